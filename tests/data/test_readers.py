"""What counts as data, and what is said when nothing does."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from embudo.data.readers import open_source, split_key
from embudo.errors import DataError, UnknownDataError


def test_importing_the_door_loads_nothing_heavy():
    heavy = "{'torch', 'sklearn', 'scipy', 'pyarrow', 'PIL', 'pooch', 'pandas', 'polars'}"
    code = f"import embudo.data.readers, embudo.data.writers, embudo.data.images, sys; \
        print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("data", "path", "key"),
    [
        ("x.npz:train", "x.npz", "train"),
        ("x.npz", "x.npz", None),
        ("C:\\data\\x.npz", "C:\\data\\x.npz", None),
        ("C:/data/x.npz:train", "C:/data/x.npz", "train"),
        ("C:x.csv", "C:x.csv", None),
        ("a:b/x.npy", "a:b/x.npy", None),
        (Path("X.NPZ:a"), "X.NPZ", "a"),
    ],
)
def test_a_key_is_told_from_a_drive(data, path, key):
    assert split_key(data) == (Path(path), key)


def test_a_file_that_has_a_colon_in_its_name_is_that_file(tmp_path):
    with (tmp_path / "x.npz:a").open("wb") as handle:
        np.save(handle, np.ones((1, 2)))
    np.testing.assert_array_equal(open_source(tmp_path / "x.npz:a").read(), [[1, 1]])


@pytest.mark.parametrize("data", ["nonsense", "no/such/file.csv", "a\0b", "x" * 5000, ""])
def test_nothing_there(data):
    kind = DataError if data == "" else UnknownDataError
    with pytest.raises(kind):
        open_source(data or Path("/dev/null"))


@pytest.mark.parametrize(
    ("data", "meant"), [("digit", "digits"), ("mnist-test", "mnist:test"), ("mnits", "mnist")]
)
def test_a_similar_data_set_is_suggested(data, meant):
    with pytest.raises(UnknownDataError, match=f"did you mean {meant}[?]") as caught:
        open_source(data)
    assert "fashion-mnist:test, movielens-small" in str(caught.value)
    assert isinstance(caught.value, FileNotFoundError)


def test_a_similar_file_is_suggested(tmp_path):
    (tmp_path / "measurements.csv").touch()
    with pytest.raises(UnknownDataError, match=r"did you mean .*measurements\.csv\?"):
        open_source(tmp_path / "measurement.csv")


def test_names_win_and_a_path_reaches_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("digits", np.zeros((2, 3)))
    os.rename("digits.npy", "digits")
    assert open_source("digits").n_features == 64
    assert open_source("./digits").n_features == 3


@pytest.mark.parametrize("content", [b"hello", b"", b"\x1f\x8bhello", b"{}"])
def test_unknown_kinds_say_what_is_known(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(DataError, match=r"x\.json"):
        open_source(tmp_path / "x.json")


def test_a_single_picture_sends_to_its_folder(tmp_path):
    (tmp_path / "x.png").write_bytes(b"\x89PNG")
    with pytest.raises(DataError, match="give the folder"):
        open_source(tmp_path / "x.png")


def test_content_speaks_where_the_name_does_not(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((2, 2)))
    (tmp_path / "x.npy").rename(tmp_path / "x")
    np.testing.assert_array_equal(open_source(tmp_path / "x").read(), np.ones((2, 2)))


def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.ones((2, 2)))
    source = open_source(path)
    path.unlink()
    with pytest.raises(DataError, match="No such file"):
        source.read()
