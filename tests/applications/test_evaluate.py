"""evaluate: the measures of what a saved model draws, beside rows put aside."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from embudo import (
    RBM,
    Autoencoder,
    DataError,
    ParameterError,
    RBMClassifier,
    VariationalAutoencoder,
    load,
)
from embudo.applications.evaluate import evaluate
from embudo.applications.evaluation import EvaluateRequest, EvaluateResult
from embudo.applications.sources import DataRequest
from embudo.metrics import class_shares, frechet_distance, sample_quality

SWIFT = {"steps": 20}


def asked(model: Path, data: Path | str = "digits", **further) -> EvaluateResult:
    return evaluate(EvaluateRequest(model=model, data=DataRequest(str(data)), **SWIFT, **further))


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory, digits: np.ndarray) -> tuple[Path, Path]:
    """The digits in two files."""
    folder = tmp_path_factory.mktemp("halves")
    paths = folder / "train.npy", folder / "test.npy"
    for path, rows in zip(paths, (digits[:1200], digits[1200:]), strict=True):
        np.save(path, rows)
    return paths


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory, digits: np.ndarray) -> Path:
    """Tells dark digits from light ones."""
    path = tmp_path_factory.mktemp("judge") / "judge.embudo"
    dark = np.where(digits.mean(1) > np.median(digits.mean(1)), "dark", "light")
    RBMClassifier(n_components=12, epochs=4, random_state=0).fit(digits, dark).save(path)
    return path


def colours(n: int) -> pl.DataFrame:
    rng = np.random.default_rng(1)
    colour = rng.choice(["red", "green", "blue"], n)
    return pl.DataFrame(
        {"colour": colour, "size": rng.normal(20, 5, n), "mass": rng.normal(size=n)}
    )


@pytest.fixture(scope="module")
def colours_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("colours") / "colours.embudo"
    RBM(n_components=4, epochs=5, random_state=0).fit(colours(200)).save(path)
    return path


def test_the_measures_are_those_of_the_models_samples(
    digits_model: Path, halves: tuple[Path, Path], digits: np.ndarray
) -> None:
    result = asked(digits_model, halves[0], test=DataRequest(str(halves[1])), seed=3)
    drawn = load(digits_model).sample(597, steps=20, means=True, random_state=3)
    assert result.quality == sample_quality(digits[:1200], drawn, digits[1200:], random_state=3)
    assert (result.model, result.means, result.steps) == ("RBM", True, 20)
    assert result.held_out == str(halves[1])
    assert result.readings == result.quality.readings


def test_rows_put_aside_are_not_among_the_others(digits_model: Path) -> None:
    result = asked(digits_model)
    assert result.quality.n_real + result.quality.n_samples == 1797
    assert result.quality.floor.nearest_training > 0
    again = asked(digits_model, test=DataRequest("digits"))
    assert again.quality.floor.nearest_training == 0
    assert result.held_out == "898 rows of digits, put aside"
    assert result.quality == asked(digits_model).quality
    assert result.quality.floor != asked(digits_model, seed=1).quality.floor


def test_no_more_rows_are_drawn_than_asked_for(digits_model: Path) -> None:
    quality = asked(digits_model, n_samples=50).quality
    assert (quality.n_real, quality.n_samples) == (1747, 50)


def test_states_are_drawn_where_the_data_are_zeros_and_ones(digits_model: Path) -> None:
    request = EvaluateRequest(model=digits_model, data=DataRequest("digits", "0.5"), **SWIFT)
    assert not evaluate(request).means
    assert not asked(digits_model, means=False).means


def test_rows_are_looked_at_through_another_model(
    digits_model: Path, judge: Path, halves: tuple[Path, Path], digits: np.ndarray
) -> None:
    result = asked(
        digits_model,
        halves[0],
        test=DataRequest(str(halves[1])),
        features=judge,
        classifier=judge,
    )
    assert result.quality.extractor == "judge.embudo (RBMClassifier)"
    assert result.quality.n_features == 12
    model, real, held = load(judge), digits[:1200], digits[1200:]
    drawn = load(digits_model).sample(597, steps=20, means=True, random_state=0)
    for rows, scores in ((drawn, result.quality.samples), (held, result.quality.floor)):
        expected = frechet_distance(model.transform(real), model.transform(rows))
        assert scores.frechet_distance == pytest.approx(expected, rel=1e-4)
    assert result.quality.classes == class_shares(real, drawn, model)


def test_a_model_without_chains_takes_no_steps(tmp_path: Path, digits: np.ndarray) -> None:
    path = tmp_path / "vae.embudo"
    VariationalAutoencoder(n_components=2, hidden=(8,), epochs=1, random_state=0).fit(digits).save(
        path
    )
    assert asked(path).steps is None


def test_the_units_of_a_table_do_not_matter(tmp_path: Path) -> None:
    """Numbers are standardised: the floor stays where it is when sizes are told in millimetres."""
    floors = []
    for factor in (1.0, 1000.0):
        table = colours(200).with_columns(pl.col("size") * factor)
        path, data = tmp_path / f"{factor}.embudo", tmp_path / f"{factor}.csv"
        table.write_csv(data)
        RBM(n_components=2, epochs=1, random_state=0).fit(table).save(path)
        quality = asked(path, data).quality
        floors.append(quality.floor)
        assert quality.n_features == 3 + 2
        assert quality.extractor == "columns, numbers standardised"
    assert floors[0].frechet_distance == pytest.approx(floors[1].frechet_distance, rel=1e-3)
    assert floors[0].nearest_training == pytest.approx(floors[1].nearest_training, rel=1e-3)


def test_so_it_is_with_numbers_that_have_no_names(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(200, 2)) * [1, 1000]
    np.save(tmp_path / "rows.npy", rows)
    RBM(n_components=2, epochs=1, random_state=0).fit(rows).save(tmp_path / "rows.embudo")
    quality = asked(tmp_path / "rows.embudo", tmp_path / "rows.npy").quality
    assert quality.floor.nearest_training < 1
    assert quality.extractor == "columns, numbers standardised"


def test_samples_may_have_categories_that_the_data_lack(
    tmp_path: Path, colours_model: Path
) -> None:
    data = tmp_path / "no_blue.csv"
    colours(200).filter(pl.col("colour") != "blue").write_csv(data)
    quality = asked(colours_model, data).quality
    assert quality.n_features == 3 + 2
    assert quality.samples.frechet_distance > 3 * quality.floor.frechet_distance


def test_a_missing_cell_is_the_mean(tmp_path: Path, colours_model: Path) -> None:
    table = colours(200).with_columns(mass=pl.lit(None, pl.Float64))
    table.write_csv(tmp_path / "holes.csv")
    quality = asked(colours_model, tmp_path / "holes.csv").quality
    assert np.isfinite(quality.samples.frechet_distance)


@pytest.fixture
def files(tmp_path: Path, digits: np.ndarray, table_model: Path) -> dict[str, Path]:
    """Data and models that do not go with the model of digits."""
    found = {name: tmp_path / f"{name}.npy" for name in ("few", "fewer", "narrow")}
    for path, rows in zip(found.values(), (digits[:19], digits[:9], digits[:, :5]), strict=True):
        np.save(path, rows)
    auto = Autoencoder(n_components=2, hidden=(4,), epochs=1, random_state=0).fit(digits[:50])
    auto.save(tmp_path / "auto.embudo")
    return {**found, "auto": tmp_path / "auto.embudo", "table": table_model}


@pytest.mark.parametrize(
    ("field", "value", "error", "message"),
    [
        ("n_samples", 9, ParameterError, "n_samples must be at least 10, but is 9"),
        ("features", "table", ParameterError, "trained on 3 columns, but .* draws rows of 64"),
        ("classifier", "table", ParameterError, "holds a RBM, which has no predict"),
        ("data", "few", DataError, "few.npy has 19 rows.* too few .* give 20 at least"),
        ("test", "fewer", DataError, "fewer.npy has 9 rows.* too few .* give 10 at least"),
        ("test", "narrow", DataError, "has 5 columns, but the model was trained on 64"),
        ("model", "auto", ParameterError, "holds a Autoencoder, which has no sample"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    digits_model: Path,
    files: dict[str, Path],
    field: str,
    value: object,
    error: type[Exception],
    message: str,
) -> None:
    given = files.get(value, value) if isinstance(value, str) else value
    wanted = {field: DataRequest(str(given)) if field == "test" else given}
    with pytest.raises(error, match=message):
        asked(**{"model": digits_model, **wanted})


def test_companions_know_the_same_names(
    tmp_path: Path, table_model: Path, table_csv: Path, table: np.ndarray
) -> None:
    other = tmp_path / "other.embudo"
    frame = pl.DataFrame(table, schema=["age", "wealth", "size"], orient="row")
    RBM(n_components=2, epochs=1, random_state=0).fit(frame).save(other)
    with pytest.raises(ParameterError, match="columns of other names"):
        asked(table_model, table_csv, features=other)
