"""What was saved comes back, bit for bit, and goes on as if it had never left."""

import numpy as np
import pytest

from embudo import RBM, ModelFileError, container, load


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(0).random((60, 6)).astype(np.float32)


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_round_trip_keeps_every_bit(tmp_path, rows, visible) -> None:
    rbm = RBM(n_components=4, visible=visible, epochs=3, random_state=0).fit(rows)
    rbm.save(tmp_path / "m.embudo")
    again = load(tmp_path / "m.embudo")
    assert again.get_params() == rbm.get_params()
    assert again.history_ == rbm.history_
    np.testing.assert_array_equal(again.transform(rows), rbm.transform(rows))
    np.testing.assert_array_equal(again.score_samples(rows), rbm.score_samples(rows))
    np.testing.assert_array_equal(again.sample(3, steps=5), rbm.sample(3, steps=5))


def test_training_goes_on_as_if_never_saved(tmp_path, rows) -> None:
    rbm = RBM(n_components=4, epochs=2, momentum=0.9, random_state=0).fit(rows)
    rbm.save(tmp_path / "m.embudo")
    again = load(tmp_path / "m.embudo").partial_fit(rows)
    np.testing.assert_array_equal(again.components_, rbm.partial_fit(rows).components_)


def test_newer_format_asks_for_an_upgrade(tmp_path, rows) -> None:
    path = tmp_path / "m.embudo"
    RBM(n_components=4, epochs=1, random_state=0).fit(rows).save(path)
    tensors, manifest = container.read(path)
    container.write(path, tensors, {**manifest, "format_version": 2})
    with pytest.raises(ModelFileError, match="upgrade embudo"):
        load(path)


@pytest.mark.parametrize("part", ["module", "parameters", "run", "model"])
def test_intact_file_with_parts_that_do_not_fit_is_refused(tmp_path, rows, part) -> None:
    path = tmp_path / "m.embudo"
    RBM(n_components=4, epochs=1, random_state=0).fit(rows).save(path)
    tensors, manifest = container.read(path)
    container.write(path, tensors, {**manifest, part: "nonsense"})
    with pytest.raises(ModelFileError, match="do not fit together"):
        load(path)
