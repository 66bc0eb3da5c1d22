"""Results on disk: complete, or never there."""

import os
import stat
import sys
import tracemalloc

import numpy as np
import pyarrow.parquet as pq
import pytest

from embudo.data.readers import open_source
from embudo.data.writers import open_writer
from embudo.errors import MissingExtraError, OutputError, ParameterError
from embudo.files import check_target, replacing

KINDS = [".npy", ".csv", ".parquet"]


def write(path, X, columns=None, **options):
    columns = columns or [f"h{i}" for i in range(X.shape[1])]
    with open_writer(path, len(X), columns, **options) as writer:
        for start in range(0, len(X), 7):
            writer.write(X[start : start + 7])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_written_is_read_back_bit_by_bit(tmp_path, kind, dtype):
    rng = np.random.default_rng(0)
    X = (rng.standard_normal((50, 3)) * 10.0 ** rng.integers(-30, 30, (50, 3))).astype(dtype)
    X[3, 1] = np.nan
    write(tmp_path / f"x{kind}", X, dtype=dtype)
    source = open_source(tmp_path / f"x{kind}")
    np.testing.assert_array_equal(source.read().astype(dtype), X)
    if kind != ".npy":
        assert source.columns == ("h0", "h1", "h2")
    if kind != ".csv":
        assert source.read().dtype == dtype


def test_npy_is_numpys_own(tmp_path):
    X = np.arange(24.0).reshape(8, 3)
    write(tmp_path / "x.npy", X.T.copy().T)
    read = np.load(tmp_path / "x.npy", allow_pickle=False)
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, X)


def test_csv_text_is_short_and_missing_is_empty(tmp_path):
    X = np.array([[0.1, np.nan, 1.0], [-1e-7, np.inf, 3.0]], np.float32)
    write(tmp_path / "x.csv", X, ["a", "b,c", 'd"'])
    expected = 'a,"b,c","d"""\n0.1,,1.0\n-1e-07,inf,3.0\n'
    assert (tmp_path / "x.csv").read_text() == expected


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_names_that_a_spreadsheet_would_run_are_made_harmless(tmp_path, sign):
    write(tmp_path / "x.csv", np.ones((1, 2)), [f"{sign}cmd", "a=b"])
    written = (tmp_path / "x.csv").read_bytes().replace(b'"', b"")
    assert written == f"'{sign}cmd,a=b\n1.0,1.0\n".encode()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt, GeneratorExit])
def test_after_an_exception_nothing_has_changed(tmp_path, kind, fault):
    path = tmp_path / f"x{kind}"
    path.write_text("as it was")

    def fail_half_way():
        with open_writer(path, 4, ["a"]) as writer:
            writer.write(np.ones((2, 1)))
            raise fault

    with pytest.raises(fault):
        fail_half_way()
    assert path.read_text() == "as it was"
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [3, 5])
def test_a_wrong_number_of_rows_is_no_result(tmp_path, kind, rows):
    with (
        pytest.raises(OutputError, match=f"4 rows but got {rows}"),
        open_writer(tmp_path / f"x{kind}", 4, ["a"]) as writer,
    ):
        writer.write(np.ones((rows, 1)))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("shape", [(2, 2), (2,), (2, 1, 1)])
def test_a_block_of_another_shape_is_refused(tmp_path, shape):
    with (
        pytest.raises(OutputError, match="columns"),
        open_writer(tmp_path / "x.npy", 2, ["a"]) as writer,
    ):
        writer.write(np.ones(shape))


@pytest.mark.parametrize("name", ["x.txt", "x", "x.npz", "x.csv.gz"])
def test_other_endings_are_refused(tmp_path, name):
    with pytest.raises(ParameterError, match=r"\.npy, \.csv, \.parquet"):
        open_writer(tmp_path / name, 1, ["a"])


def test_one_name_twice_is_no_parquet(tmp_path):
    with pytest.raises(ParameterError, match="one name"):
        open_writer(tmp_path / "x.parquet", 1, ["a", "a"])


def test_parquet_without_pyarrow(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"embudo\[data\]"):
        open_writer(tmp_path / "x.parquet", 1, ["a"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no/such/x.npy", "does not exist"),
        ("folder.npy", "is a folder"),
        ("file/x.npy", "file"),
        ("pipe.npy", "no ordinary file"),
        ("a\0b.npy", "null"),
        ("n" * 300 + ".npy", "too long"),
    ],
)
def test_an_impossible_place_is_known_before_work_starts(tmp_path, name, words):
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe.npy")
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(OutputError, match=words):
        open_writer(f"{tmp_path}/{name}", 1, ["a"])
    assert sorted(os.listdir(tmp_path)) == before


def test_a_device_is_never_replaced():
    with pytest.raises(OutputError, match="no ordinary file"):
        check_target("/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "real.npy").touch()
    (tmp_path / "link.npy").symlink_to(tmp_path / "real.npy")
    write(tmp_path / "link.npy", np.ones((1, 1)))
    assert (tmp_path / "link.npy").is_symlink()
    np.testing.assert_array_equal(np.load(tmp_path / "real.npy"), [[1]])


def test_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "plain").touch()
    write(tmp_path / "x.npy", np.ones((1, 1)))
    assert os.stat(tmp_path / "x.npy").st_mode == os.stat(tmp_path / "plain").st_mode


def test_a_full_disk_is_an_output_error(tmp_path):
    def run_out_of_space():
        with replacing(tmp_path / "x") as handle:
            handle.write(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        run_out_of_space()
    assert os.listdir(tmp_path) == []


def test_memory_does_not_grow_with_the_rows(tmp_path):
    block = np.ones((8192, 100), np.float32)
    tracemalloc.start()
    with open_writer(tmp_path / "x.npy", 40 * 8192, [f"c{i}" for i in range(100)]) as writer:
        for _ in range(40):
            writer.write(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * block.nbytes
    assert (tmp_path / "x.npy").stat().st_size == 40 * block.nbytes + 128


def test_parquet_is_written_in_groups_as_rows_come(tmp_path):
    write(tmp_path / "x.parquet", np.ones((21, 2)))
    assert pq.ParquetFile(tmp_path / "x.parquet").num_row_groups == 3
