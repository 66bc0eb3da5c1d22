"""What a discriminator says of real rows and of generated ones."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from embudo import RBM, DataError, ParameterError
from embudo.plots import AuthenticityDisplay

RNG = np.random.default_rng(0)


def test_all_rows_are_in_the_bins_of_their_probabilities() -> None:
    display = AuthenticityDisplay([0.0, 0.5, 0.51, 1.0], np.full(7, 0.1), np.full(3, 0.9)).plot()
    real, held_out, generated = (
        patch.get_data() for patch in display.ax_.patches if not patch.get_fill()
    )
    assert real.values[[0, 15, -1]] == pytest.approx([0.25, 0.5, 0.25])
    assert generated.values[3] == held_out.values[27] == 1
    assert (real.edges[0], real.edges[-1]) == (0, 1)
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts == ["real 0.50", "held out 0.90", "generated 0.10"]


class Judge(BaseEstimator):
    """Takes a row for as authentic as its first number is, and makes up rows of 0.2."""

    def fit(self, X: object) -> None: ...

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def discriminate(self, X: np.ndarray) -> np.ndarray:
        return X[:, 0]

    def sample(self, n: int, *, random_state: int) -> np.ndarray:
        return np.full((n, 2), 0.2 + random_state)


def test_a_model_judges_rows_and_its_own() -> None:
    X = RNG.random((20, 2))
    display = AuthenticityDisplay.from_estimator(Judge(), X, X[:5], n=8)
    assert np.array_equal(display.real, X[:, 0])
    assert np.array_equal(display.generated, np.full(8, 0.2))
    assert np.array_equal(display.held_out, X[:5, 0])


@pytest.mark.parametrize("values", [[], [0.5, 1.1], [-0.1], [np.nan]])
def test_others_than_probabilities_are_refused(values: list[float]) -> None:
    with pytest.raises(DataError, match="generated rows need probabilities"):
        AuthenticityDisplay(RNG.random(3), values).plot()


def test_a_model_that_judges_no_rows_is_told_so(picture_rbm: RBM, pixels: np.ndarray) -> None:
    with pytest.raises(ParameterError, match="RBM does not tell authentic rows"):
        AuthenticityDisplay.from_estimator(picture_rbm, pixels)
