"""What was saved comes back, bit for bit, and goes on as if it had never left."""

import copy

import numpy as np
import pandas as pd
import pytest

from embudo import RBM, Checkpoint, CheckpointError, ModelFileError, container, load


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


@pytest.fixture(scope="module")
def parts(rows, tmp_path_factory) -> tuple[dict, dict]:
    path = tmp_path_factory.mktemp("model") / "m.embudo"
    RBM(n_components=4, epochs=1, random_state=0).fit(rows).save(path)
    return container.read(path)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("module", "nonsense"),
        ("module.columns", [["bernoulli", 1, 10**30]]),
        ("module.columns", [["bernoulli", 1, 10**12]]),
        ("module.columns", [["bernoulli", 1, -1]]),
        ("module.columns", [["softmax", 10**12, 6]]),
        ("module.columns", 6),
        ("module.n_hidden", 5),
        ("module.columns", [["cubist", 1, 6]]),
        ("parameters", "nonsense"),
        ("parameters.n_components", "x"),
        ("parameters.epochs", -1),
        ("parameters.unheard_of", 1),
        ("model", "nonsense"),
        ("model", ["rbm"]),
        ("n_features", 7),
        ("n_features", "6"),
        ("feature_names", ["too", "few"]),
        ("feature_names", 6),
        ("identity", None),
        ("identity.seed", "x"),
        ("run", "nonsense"),
        ("run.epoch", None),
        ("run.history", [1]),
        ("run.history", [{"epoch": 1}]),
    ],
)
def test_intact_file_with_parts_that_do_not_fit_is_refused(tmp_path, parts, place, value) -> None:
    tensors, manifest = parts[0], copy.deepcopy(parts[1])
    *outer, name = place.split(".")
    (manifest[outer[0]] if outer else manifest)[name] = value
    container.write(tmp_path / "m.embudo", tensors, manifest)
    with pytest.raises(ModelFileError, match=r"m\.embudo: its parts do not fit together"):
        load(tmp_path / "m.embudo")


@pytest.mark.parametrize("part", ["model", "parameters", "module", "n_features", "run", "identity"])
def test_intact_file_without_a_part_is_refused(tmp_path, parts, part) -> None:
    manifest = {name: value for name, value in parts[1].items() if name != part}
    container.write(tmp_path / "m.embudo", parts[0], manifest)
    with pytest.raises(ModelFileError, match="its parts do not fit together"):
        load(tmp_path / "m.embudo")


@pytest.mark.parametrize("manifest", [None, 1, "model", [], {}, {"kind": "checkpoint"}])
def test_intact_file_of_something_else_is_refused(tmp_path, parts, manifest) -> None:
    container.write(tmp_path / "m.embudo", parts[0], manifest)
    with pytest.raises(ModelFileError, match="holds no model"):
        load(tmp_path / "m.embudo")


def test_a_checkpoint_is_no_model_and_a_model_no_checkpoint(tmp_path, rows) -> None:
    rbm = RBM(n_components=4, epochs=1, random_state=0, callbacks=[Checkpoint(tmp_path / "c")])
    rbm.fit(rows).save(tmp_path / "m")
    with pytest.raises(ModelFileError, match="holds no model"):
        load(tmp_path / "c")
    with pytest.raises(CheckpointError, match="is not a checkpoint"):
        rbm.fit(rows, resume=tmp_path / "m")


def test_names_and_drawn_seeds_are_kept(tmp_path, rows) -> None:
    frame = pd.DataFrame(rows, columns=list("äbc=\"'"))
    rbm = RBM(n_components=4, epochs=1, random_state=np.random.RandomState(5)).fit(frame)
    rbm.save(tmp_path / "m.embudo")
    again = load(tmp_path / "m.embudo")
    assert list(again.feature_names_in_) == list(frame.columns)
    np.testing.assert_array_equal(again.sample(2, steps=3), rbm.sample(2, steps=3))
    with pytest.raises(ValueError, match="feature names"):
        again.transform(frame.rename(columns={"b": "z"}))


def test_what_is_changed_by_hand_is_saved(tmp_path, rows) -> None:
    rbm = RBM(n_components=4, epochs=1, random_state=0).fit(rows)
    for value in (1.0, 2.0):  # of a fitted estimator, then of a loaded one
        rbm.module_.weight.data.fill_(value)
        rbm.save(tmp_path / "m.embudo")
        rbm = load(tmp_path / "m.embudo")
        assert (rbm.components_ == value).all()
