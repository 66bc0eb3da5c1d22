"""transform, reconstruct and score: what the model answers, block by block."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image
from small_data import COLUMNS, Heard, write_csv

from embudo import DataError, OutputError, ParameterError, UnknownDataError, load
from embudo.applications import outputs
from embudo.applications.reconstruct import ReconstructRequest, reconstruct
from embudo.applications.score import ScoreRequest, score
from embudo.applications.sources import DataRequest
from embudo.applications.transform import TransformRequest, transform
from embudo.data.corruption import Corruption
from embudo.data.images import strip

DIGITS = DataRequest("digits")
VERBS = (
    (transform, TransformRequest),
    (reconstruct, ReconstructRequest),
    (score, ScoreRequest),
)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "BLOCK_ROWS", 100)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_codes_are_the_hidden_units_means(
    tmp_path: Path, digits: np.ndarray, digits_model: Path, small_blocks: None, heard: Heard
) -> None:
    out = tmp_path / "codes.npy"
    result = transform(TransformRequest(model=digits_model, data=DIGITS, out=out), heard)
    rbm = load(digits_model)
    expected = sigmoid(digits @ rbm.components_.T + rbm.intercept_hidden_)
    np.testing.assert_allclose(np.load(out), expected, atol=1e-6)
    assert (result.out, result.n_rows, result.n_columns) == (out, 1797, 8)
    assert heard.progress == [*((k, 1797) for k in range(100, 1800, 100)), (1797, 1797)]


def test_a_table_of_codes_bears_the_names_of_the_units(
    tmp_path: Path, table: np.ndarray, table_csv: Path, table_model: Path
) -> None:
    for ending, read in ((".csv", pl.read_csv), (".parquet", pl.read_parquet)):
        out = tmp_path / f"codes{ending}"
        transform(TransformRequest(model=table_model, data=DataRequest(str(table_csv)), out=out))
        frame = read(out)
        assert frame.columns == ["rbm0", "rbm1", "rbm2", "rbm3"]
        codes = load(table_model).transform(pl.DataFrame(table, schema=COLUMNS, orient="row"))
        np.testing.assert_allclose(frame.to_numpy(), codes, rtol=1e-12)


def test_the_order_of_columns_makes_no_difference(
    tmp_path: Path, table: np.ndarray, table_csv: Path, table_model: Path
) -> None:
    turned = write_csv(tmp_path / "turned.csv", COLUMNS[::-1], table[:, ::-1])
    outs = tmp_path / "a.npy", tmp_path / "b.npy"
    for data, out in zip((table_csv, turned), outs, strict=True):
        transform(TransformRequest(model=table_model, data=DataRequest(str(data)), out=out))
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_infinity_is_refused_by_its_row_in_the_file(
    tmp_path: Path, table: np.ndarray, table_model: Path, small_blocks: None
) -> None:
    rows = table.copy()
    rows[150, 1] = np.inf
    np.save(tmp_path / "rows.npy", rows)
    data, out = DataRequest(str(tmp_path / "rows.npy")), tmp_path / "codes.npy"
    out.write_bytes(b"old")
    with pytest.raises(DataError, match="at row 150, column 'income'"):
        transform(TransformRequest(model=table_model, data=data, out=out))
    assert out.read_bytes() == b"old"


def test_reconstructions_go_up_again_and_fill_holes(
    tmp_path: Path, table: np.ndarray, table_csv: Path, table_model: Path
) -> None:
    out = tmp_path / "rebuilt.csv"
    data = DataRequest(str(table_csv))
    result = reconstruct(ReconstructRequest(model=table_model, data=data, out=out))
    frame = pl.read_csv(out)
    assert tuple(frame.columns) == COLUMNS
    rebuilt = frame.to_numpy()
    named = pl.DataFrame(table, schema=COLUMNS, orient="row")
    np.testing.assert_allclose(rebuilt, load(table_model).reconstruct(named), rtol=1e-12)
    known = ~np.isnan(table)
    expected = np.sqrt(np.mean((rebuilt - table)[known] ** 2))
    assert result.error == pytest.approx(expected, rel=1e-12)
    assert result.noisy_error is None


@pytest.mark.parametrize("spec", ["gaussian:0.3", "salt:0.2", "mask:0.3"])
def test_noise_goes_in_before_the_model_and_both_errors_are_told(
    tmp_path: Path, digits: np.ndarray, digits_model: Path, spec: str
) -> None:
    out, picture = tmp_path / "clean.npy", tmp_path / "clean.png"
    result = reconstruct(
        ReconstructRequest(
            model=digits_model, data=DIGITS, out=out, noise=spec, seed=3, picture=picture
        )
    )
    noise = Corruption.parse(spec)
    damaged, hidden = noise.apply(digits, np.random.default_rng(3))
    given = np.where(hidden, np.nan, damaged).astype(np.float32)
    rebuilt = load(digits_model).reconstruct(given)
    np.testing.assert_allclose(np.load(out), rebuilt, atol=1e-6)
    assert result.noisy_error == pytest.approx(np.sqrt(np.mean((damaged - digits) ** 2)), rel=1e-6)
    assert result.error == pytest.approx(np.sqrt(np.mean((rebuilt - digits) ** 2)), rel=1e-6)
    batches = [rows[:10].reshape(10, 8, 8) for rows in (digits, given, rebuilt)]
    expected = strip(batches, ["original", noise.kind, "rebuilt"])
    with Image.open(picture) as image:
        shown = np.asarray(image, dtype=int)
    assert np.abs(shown - np.asarray(expected, dtype=int)).max() <= 1


def test_noise_on_other_scales_is_refused(
    tmp_path: Path, table_csv: Path, table_model: Path
) -> None:
    request = ReconstructRequest(
        model=table_model,
        data=DataRequest(str(table_csv)),
        out=tmp_path / "rebuilt.npy",
        noise="mask:0.3",
    )
    with pytest.raises(DataError, match=r"\[0, 1\], but .*table\.csv holds"):
        reconstruct(request)
    assert not request.out.exists()


def test_scores_are_the_models_and_the_oddest_rows_stand_out(
    tmp_path: Path, digits: np.ndarray, digits_model: Path, small_blocks: None
) -> None:
    out = tmp_path / "scores.csv"
    result = score(ScoreRequest(model=digits_model, data=DIGITS, out=out))
    expected = load(digits_model).score_samples(digits)
    frame = pl.read_csv(out)
    assert frame.columns == ["row", "score", "unusual"]
    order = np.argsort(expected, kind="stable")
    np.testing.assert_allclose(frame["score"].to_numpy(), expected[order], rtol=1e-5)
    np.testing.assert_allclose(expected[frame["row"].to_numpy()], frame["score"], rtol=1e-5)
    assert [odd.row for odd in result.oddest] == np.argsort(expected)[:5].tolist()
    assert result.oddest[0].score == result.lowest == pytest.approx(expected.min(), rel=1e-5)
    assert result.mean == pytest.approx(expected.mean(), rel=1e-5)
    assert result.median == pytest.approx(np.median(expected), rel=1e-5)
    assert result.highest == pytest.approx(expected.max(), rel=1e-5)


@pytest.mark.parametrize(("verb", "request_type"), VERBS)
def test_an_output_that_cannot_be_is_refused_before_anything_is_read(
    verb: Callable[[Any], Any], request_type: Callable[..., Any], tmp_path: Path
) -> None:
    nothing: dict[str, Any] = {"model": tmp_path / "no.embudo", "data": DataRequest("nothing")}
    with pytest.raises(OutputError, match="does not exist"):
        verb(request_type(**nothing, out=tmp_path / "no" / "x.npy"))
    with pytest.raises(ParameterError, match="no ending that embudo writes"):
        verb(request_type(**nothing, out=tmp_path / "x.txt"))


@pytest.mark.parametrize(("verb", "request_type"), VERBS)
def test_the_data_are_never_replaced_by_the_result(
    verb: Callable[[Any], Any],
    request_type: Callable[..., Any],
    tmp_path: Path,
    digits: np.ndarray,
    digits_model: Path,
) -> None:
    rows = tmp_path / "rows.npy"
    np.save(rows, digits)
    before = rows.read_bytes()
    with pytest.raises(ParameterError, match="would replace the data"):
        verb(request_type(model=digits_model, data=DataRequest(str(rows)), out=rows))
    assert rows.read_bytes() == before


def test_a_picture_path_must_be_one(tmp_path: Path, digits_model: Path) -> None:
    request = ReconstructRequest(
        model=digits_model, data=DIGITS, out=tmp_path / "x.npy", picture=tmp_path / "x.jpg"
    )
    with pytest.raises(ParameterError, match=r"ending \.png"):
        reconstruct(request)


def test_data_that_do_not_exist(tmp_path: Path, digits_model: Path) -> None:
    request = TransformRequest(
        model=digits_model, data=DataRequest("digit"), out=tmp_path / "x.npy"
    )
    with pytest.raises(UnknownDataError, match="did you mean digits"):
        transform(request)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak stands in /proc")
def test_memory_does_not_grow_with_the_number_of_rows(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(
        "import sys\n"
        "import numpy as np\n"
        "from embudo import RBM\n"
        "from embudo.cli.run import run\n"
        "def memory(line):\n"
        "    return int(open('/proc/self/status').read().split(line + ':')[1].split()[0]) / 1024\n"
        "some = np.random.default_rng(0).random((50, 784), dtype=np.float32)\n"
        "RBM(n_components=32, epochs=1).fit(some).save('model.embudo')\n"
        "rows = np.lib.format.open_memmap('rows.npy', 'w+', np.float32, (120_000, 784))\n"
        "del rows\n"
        "run(['transform', 'model.embudo', 'rows.npy', '-o', 'few.npy'])  # warms everything up\n"
        "before = memory('VmRSS')\n"
        "assert run(['transform', 'model.embudo', 'rows.npy', '-o', 'codes.npy']) == 0\n"
        "print(memory('VmHWM') - before)\n"
    )
    answer = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        text=True,
        capture_output=True,
        check=True,
    )
    assert np.load(tmp_path / "codes.npy", mmap_mode="r").shape == (120_000, 32)
    assert float(answer.stdout) < 150, "the file alone has 359 MB"
