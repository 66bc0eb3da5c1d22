"""inspect, models and doctor tell the truth."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pytest
import torch

from embudo import RBM, Checkpoint, ModelFileError, container, load
from embudo.applications import doctor as doctors
from embudo.applications.doctor import doctor
from embudo.applications.inspect import inspect
from embudo.applications.models import models
from embudo.estimators import MODELS


def test_inspecting_a_model(table_model: Path) -> None:
    facts = inspect(table_model)
    model = load(table_model)
    assert (facts.kind, facts.model) == ("model", "RBM")
    assert (facts.n_rows, facts.n_features) == (200, 3)
    assert facts.feature_names == ("age", "income", "size")
    assert facts.layout == model.layout_
    assert facts.layout.summary == {"gaussian": 3}
    assert facts.parameters["n_components"] == 4
    assert facts.parameters["seed"] == 0
    assert facts.history == model.history_
    assert facts.tensors["weight"] == (3, 4)
    assert facts.size == table_model.stat().st_size
    assert facts.format_version == 1


def test_inspecting_a_checkpoint(tmp_path: Path, digits: np.ndarray) -> None:
    path = tmp_path / "run.checkpoint"
    RBM(n_components=4, epochs=2, random_state=3, callbacks=[Checkpoint(path)]).fit(digits)
    facts = inspect(path)
    assert (facts.kind, facts.model) == ("checkpoint", "RBM")
    assert (facts.n_rows, facts.n_features) == (1797, 64)
    assert facts.parameters["seed"] == 3
    assert len(facts.history) == 2


def test_damaged_and_foreign_files_are_refused(tmp_path: Path, digits_model: Path) -> None:
    content = bytearray(digits_model.read_bytes())
    content[-5] ^= 1
    damaged = tmp_path / "damaged.embudo"
    damaged.write_bytes(content)
    with pytest.raises(ModelFileError, match="SHA-256"):
        inspect(damaged)
    with pytest.raises(ModelFileError, match="cannot be read"):
        inspect(tmp_path / "missing.embudo")


@pytest.mark.parametrize(
    "manifest",
    [None, [], {"kind": "checkpoint"}, {"kind": "checkpoint", "identity": 3}, {"kind": "poem"}],
)
def test_an_intact_file_with_another_manifest(tmp_path: Path, manifest: object) -> None:
    path = tmp_path / "odd.embudo"
    container.write(path, {"x": torch.zeros(2)}, manifest)
    with pytest.raises(ModelFileError):
        inspect(path)


def test_every_model_is_listed() -> None:
    found = models()
    assert [facts.name for facts in found] == list(MODELS)
    assert found[0].class_name == "RBM"
    assert found[0].summary == "Restricted Boltzmann machine"


def test_the_doctor_knows_versions_and_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBUDO_DATA", str(tmp_path))
    monkeypatch.setenv("EMBUDO_CACHE", str(tmp_path / "no"))
    found = doctor()
    assert found.versions["torch"] == version("torch")
    assert found.threads == torch.get_num_threads()
    assert [(f.source, f.path, f.exists) for f in found.folders] == [
        ("EMBUDO_DATA", tmp_path, True),
        ("data cache", tmp_path / "no", False),
    ]
    assert all(not extra.missing for extra in found.extras)


def test_the_doctor_notices_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(package: str) -> str:
        if package == "polars":
            raise PackageNotFoundError(package)
        return version(package)

    monkeypatch.setattr(doctors, "version", lacking)
    missing = {extra.name: extra.missing for extra in doctor().extras}
    assert missing == {"plots": (), "data": ("polars",), "track": (), "onnx": ()}


@pytest.mark.parametrize(
    ("has_products", "words"),
    [(True, "bfloat16 for large matrix products, float32 for small ones"), (False, "float32")],
)
def test_the_doctor_says_what_auto_precision_takes(
    monkeypatch: pytest.MonkeyPatch, has_products: bool, words: str
) -> None:
    for place in ("embudo.training.hardware", "embudo.applications.doctor"):
        monkeypatch.setattr(f"{place}.has_bfloat16_products", lambda device: has_products)
    found = doctor()
    assert found.bfloat16_products is has_products
    assert found.auto_precision == words
