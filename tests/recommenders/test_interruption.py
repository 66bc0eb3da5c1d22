"""A training that was interrupted goes on to the bits it would have had."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from embudo import Callback, Checkpoint, CheckpointError, ParameterError
from recommenders.conftest import TRAINED, board, quick


class StopAt(Callback):
    """Ends training at a step, as Ctrl-C would."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, run) -> None:
        if run.step == self.step:
            run.stop("interrupted")


@pytest.mark.parametrize("name", TRAINED)
def test_interrupted_and_resumed_is_as_if_left_alone(name, ratings, fitted) -> None:
    model = quick(name, callbacks=[StopAt(17)])
    with pytest.warns(ConvergenceWarning, match="interrupted after step 17"):
        model.fit(ratings)
    assert len(model.recommend(3, n=2)) == 2  # the partial model answers
    model.callbacks = []
    model.fit(ratings, resume=True)
    for mine, whole in zip(
        model.module_.parameters(), fitted[name].module_.parameters(), strict=True
    ):
        np.testing.assert_array_equal(mine.detach(), whole.detach())


@pytest.mark.parametrize("name", ["rbm", "dae"])
def test_checkpoints_are_gone_on_from(name, ratings, fitted, tmp_path) -> None:
    path = tmp_path / "c.embudo"
    model = quick(name, callbacks=[Checkpoint(path), StopAt(23)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(ratings)
    again = quick(name).fit(ratings, resume=path)
    expected = fitted[name].predict(range(9), range(9))
    np.testing.assert_array_equal(again.predict(range(9), range(9)), expected)
    with pytest.raises(CheckpointError):
        quick(name).fit(board(30, 20), resume=path)
    with pytest.raises(CheckpointError):
        quick(name, n_components=7).fit(ratings, resume=path)


def test_nothing_to_resume_is_said(ratings) -> None:
    with pytest.raises(ParameterError, match="needs an earlier fit"):
        quick("dae").fit(ratings, resume=True)
