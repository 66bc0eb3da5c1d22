"""Data sets by name: found, fetched, verified; no test touches the network."""

import gzip
import hashlib
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pooch
import pytest

from embudo.data import mnist, movielens
from embudo.data.datasets import DATASETS, movielens_files
from embudo.data.readers import open_source
from embudo.errors import DataError, UnknownDataError

EMBUDO_DATA = os.environ.get("EMBUDO_DATA", "")
HAS_MNIST = Path(EMBUDO_DATA, "mnist.npz").is_file()
HAS_MOVIELENS = Path(EMBUDO_DATA, "ml-latest-small").is_dir()


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No data folder, a cache of one's own, and no network."""
    monkeypatch.delenv("EMBUDO_DATA", raising=False)
    monkeypatch.setenv("EMBUDO_CACHE", str(tmp_path / "cache"))

    def unplugged(self, url, output_file, pooch, check_only=False):
        raise OSError("no network")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", unplugged)


@pytest.fixture
def network(monkeypatch):
    """A web of a few pages; tells what was asked for."""
    pages, asked = {}, []

    def download(self, url, output_file, pooch, check_only=False):
        asked.append(url)
        Path(output_file).write_bytes(pages[url])

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", download)
    return pages, asked


def test_the_names():
    names = ["digits", "mnist", "mnist:test", "fashion-mnist", "fashion-mnist:test"]
    assert list(DATASETS) == [*names, "movielens-small"]
    assert all(data.description and "cite" in data.licence for data in DATASETS.values())


def test_digits():
    source = open_source("digits")
    X = source.read()
    assert (source.n_rows, source.n_features, source.image_shape) == (1797, 64, (8, 8))
    assert (X.dtype, X.min(), X.max()) == (np.float32, 0, 1)
    np.testing.assert_array_equal(X[0, :5] * 16, [0, 0, 5, 13, 9])
    assert np.bincount(source.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    np.testing.assert_array_equal(np.concatenate(list(source.blocks(100))), X)


def idx_bytes(array):
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture(scope="module")
def fake():
    """Arrays in the shape of MNIST's test part, with a dot that tells each image."""
    images = np.zeros((10_000, 28, 28), np.uint8)
    images[:, 3, 4] = np.arange(10_000) % 256
    return images, (np.arange(10_000) % 10).astype(np.uint8)


@pytest.fixture
def genuine(fake, monkeypatch):
    """Let the fake arrays pass for the original."""
    for name, array in zip(("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"), fake, strict=True):
        content = hashlib.sha256(idx_bytes(array)).hexdigest()
        monkeypatch.setitem(mnist.MNIST.contents, name, content)
        for family in (mnist.MNIST, mnist.FASHION):
            archive = hashlib.md5(packed(array)).hexdigest()
            monkeypatch.setitem(family.archives, name, f"md5:{archive}")


def packed(array):
    return gzip.compress(idx_bytes(array), compresslevel=1, mtime=0)


def is_fake(source, fake):
    assert (source.n_rows, source.image_shape) == (10_000, (28, 28))
    X = source.read().reshape(-1, 28, 28)
    np.testing.assert_array_equal(X[:, 3, 4], fake[0][:, 3, 4] / np.float32(255))
    np.testing.assert_array_equal(source.labels, fake[1])
    return True


@pytest.mark.parametrize("below", [".", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("form", ["npz", "plain", "gz"])
@pytest.mark.parametrize("given", ["argument", "environment"])
def test_mnist_is_found_in_a_folder(tmp_path, monkeypatch, fake, genuine, below, form, given):
    folder = tmp_path / below
    folder.mkdir(parents=True, exist_ok=True)
    if form == "npz":
        np.savez(folder / "mnist.npz", x_test=fake[0], y_test=fake[1])
    else:
        for name, array in zip(("images-idx3", "labels-idx1"), fake, strict=True):
            content = packed(array) if form == "gz" else idx_bytes(array)
            suffix = ".gz" if form == "gz" else ""
            (folder / f"t10k-{name}-ubyte{suffix}").write_bytes(content)
    if given == "environment":
        monkeypatch.setenv("EMBUDO_DATA", str(tmp_path))
    assert is_fake(
        open_source("mnist:test", data_dir=tmp_path if given == "argument" else None), fake
    )


@pytest.mark.parametrize("name", ["mnist:test", "fashion-mnist:test"])
def test_files_are_fetched_once(network, fake, genuine, name):
    pages, asked = network
    family = mnist.MNIST if name == "mnist:test" else mnist.FASHION
    pages[f"{family.url}t10k-images-idx3-ubyte.gz"] = packed(fake[0])
    pages[f"{family.url}t10k-labels-idx1-ubyte.gz"] = packed(fake[1])
    assert is_fake(open_source(name), fake)
    assert is_fake(open_source(name), fake)
    assert sorted(asked) == sorted(pages)


def test_both_families_keep_their_files_apart(network, fake, genuine):
    pages, asked = network
    for family in (mnist.MNIST, mnist.FASHION):
        pages[f"{family.url}t10k-images-idx3-ubyte.gz"] = packed(fake[0])
        pages[f"{family.url}t10k-labels-idx1-ubyte.gz"] = packed(fake[1])
    open_source("mnist:test")
    open_source("fashion-mnist:test")
    assert len(asked) == 4


def test_a_download_that_is_not_the_original_is_refused(network, fake):
    pages, _ = network
    pages[f"{mnist.MNIST.url}t10k-images-idx3-ubyte.gz"] = packed(fake[0])
    with pytest.raises(DataError, match="no longer gives the file"):
        open_source("mnist:test")


def test_a_local_copy_that_is_not_the_original_is_refused(tmp_path, fake):
    np.savez(tmp_path / "mnist.npz", x_test=fake[0], y_test=fake[1])
    with pytest.raises(DataError, match="is not the original"):
        open_source("mnist:test", data_dir=tmp_path)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x_test": np.zeros((10_000, 28, 28), np.uint8)}, "no array 'y_test'"),
        ({"x_test": np.zeros((9, 28, 28), np.uint8), "y_test": np.zeros(9, np.uint8)}, "shape"),
        ({"x_test": np.array([None]), "y_test": np.zeros(9, np.uint8)}, "mnist"),
    ],
)
def test_a_local_archive_of_another_form_is_refused(tmp_path, arrays, words):
    np.savez_compressed(tmp_path / "fashion-mnist.npz", **arrays)
    (tmp_path / "fashion-mnist").mkdir()
    (tmp_path / "fashion-mnist.npz").rename(tmp_path / "fashion-mnist" / "fashion-mnist.npz")
    with pytest.raises(DataError, match=words):
        open_source("fashion-mnist:test", data_dir=tmp_path)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("mnist", "mnist.npz, or the four IDX files train-images-idx3-ubyte"),
        ("fashion-mnist:test", "fashion-mnist.npz, or the four IDX files"),
        ("movielens-small", "the folder ml-latest-small"),
    ],
)
def test_without_a_network_the_way_by_hand_is_told(name, files):
    with pytest.raises(UnknownDataError, match=f"could not be fetched .*place {files}") as caught:
        open_source(name)
    assert "--data-dir or EMBUDO_DATA" in str(caught.value)


def test_a_cache_that_cannot_be_made(tmp_path, monkeypatch, network):
    (tmp_path / "file").touch()
    monkeypatch.setenv("EMBUDO_CACHE", str(tmp_path / "file"))
    with pytest.raises(UnknownDataError, match="could not be fetched"):
        open_source("mnist")


def test_a_data_folder_that_is_none(tmp_path):
    with pytest.raises(UnknownDataError, match="does not exist"):
        open_source("mnist", data_dir=tmp_path / "nowhere")


FILES = {
    "ratings.csv": "userId,movieId,rating,timestamp\r\n"
    "2,10,5.0,1\r\n2,7,0.5,2\r\n9,7,3.5,3\r\n9,30,4.0,4\r\n",
    "movies.csv": 'movieId,title,genres\r\n7,"Saturn, 3 (1980)",A|B\r\n10,Emma (1996),A\r\n'
    "20,Unseen (2001),A\r\n30,Emma (1996),C\r\n",
    "tags.csv": "userId,movieId,tag,timestamp\r\n",
    "links.csv": "movieId,imdbId,tmdbId\r\n",
    "README.txt": "terms\n",
}


@pytest.fixture
def small(monkeypatch):
    """Let a MovieLens of four ratings pass for the original; return it zipped."""
    for name, text in FILES.items():
        digest = hashlib.sha256(text.encode()).hexdigest()
        monkeypatch.setitem(movielens._CONTENTS, name, digest)


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"ml-latest-small/{name}", text)
    return path.read_bytes()


def is_small(source):
    assert source.columns == ("Saturn, 3 (1980)", "Emma (1996) [10]", "Emma (1996) [30]")
    scaled = (np.array([[0.5, 5.0, np.nan], [3.5, np.nan, 4.0]], np.float32) - 0.5) / 4.5
    np.testing.assert_allclose(source.read(), scaled, rtol=1e-6)
    return True


def test_movielens_in_a_folder(tmp_path, small):
    (tmp_path / "ml-latest-small").mkdir()
    for name, text in FILES.items():
        (tmp_path / "ml-latest-small" / name).write_bytes(text.encode())
    assert is_small(open_source("movielens-small", data_dir=tmp_path))
    files = movielens_files(tmp_path)
    assert files.ratings == tmp_path / "ml-latest-small" / "ratings.csv"
    assert files.links.name == "links.csv"
    (tmp_path / "ml-latest-small" / "movies.csv").write_text("something else")
    with pytest.raises(DataError, match=r"movies\.csv is not the file of September 2018"):
        open_source("movielens-small", data_dir=tmp_path)


def test_movielens_is_fetched_once(tmp_path, monkeypatch, small, network):
    pages, asked = network
    pages[movielens._URL] = zipped(tmp_path / "x.zip", FILES)
    digest = hashlib.sha256(pages[movielens._URL]).hexdigest()
    monkeypatch.setattr(movielens, "_ARCHIVE", f"sha256:{digest}")
    assert is_small(open_source("movielens-small"))
    assert is_small(open_source("movielens-small"))
    assert asked == [movielens._URL]
    kept = {path.name for path in (tmp_path / "cache" / "ml-latest-small").iterdir()}
    assert kept == set(FILES)


@pytest.mark.parametrize("damage", [{"movies.csv": "other"}, {"../evil": "x"}])
def test_a_zip_with_other_files_is_refused(tmp_path, monkeypatch, small, network, damage):
    pages, _ = network
    files = {k: v for k, v in FILES.items() if k != "movies.csv"} | damage
    pages[movielens._URL] = zipped(tmp_path / "x.zip", files)
    digest = hashlib.sha256(pages[movielens._URL]).hexdigest()
    monkeypatch.setattr(movielens, "_ARCHIVE", f"sha256:{digest}")
    with pytest.raises(DataError, match=r"movies\.csv"):
        open_source("movielens-small")
    assert not (tmp_path / "cache" / "evil").exists()


@pytest.mark.skipif(not HAS_MNIST, reason="needs mnist.npz below EMBUDO_DATA")
def test_the_real_mnist():
    for name, rows, zeros in (("mnist", 60_000, 5923), ("mnist:test", 10_000, 980)):
        source = open_source(name, data_dir=EMBUDO_DATA)
        assert (source.n_rows, source.n_features, source.image_shape) == (rows, 784, (28, 28))
        assert np.bincount(source.labels)[0] == zeros
    train = open_source("mnist", data_dir=EMBUDO_DATA).read()
    assert train.dtype == np.float32
    assert abs(train.mean(dtype=float) - 0.13066) < 1e-5
    assert abs(train.std(dtype=float) - 0.30811) < 1e-5


@pytest.mark.skipif(not HAS_MOVIELENS, reason="needs ml-latest-small below EMBUDO_DATA")
def test_the_real_movielens():
    source = open_source("movielens-small", data_dir=EMBUDO_DATA)
    X = source.read()
    assert X.shape == (610, 9724)
    assert len(set(source.columns)) == 9724
    observed = X[~np.isnan(X)].astype(float) * 4.5 + 0.5
    counts = np.bincount(np.rint(2 * observed).astype(int))[1:]
    known = [1370, 2811, 1791, 7551, 5550, 20047, 13136, 26818, 8551, 13211]
    assert counts.tolist() == known
    assert abs(observed.mean() - 3.5016) < 1e-4


@pytest.mark.skipif(not HAS_MNIST, reason="needs the binary sets below EMBUDO_DATA")
@pytest.mark.parametrize(
    ("path", "shape", "ones"),
    [
        ("dna/dna.train.data", (1600, 180), 0.2535),
        ("mushrooms/mushrooms.test.data", (5624, 112), 0.1875),
    ],
)
def test_the_real_binary_sets(path, shape, ones):
    source = open_source(Path(EMBUDO_DATA, "binary", path))
    X = source.read()
    assert X.shape == shape
    assert abs(X.mean() - ones) < 5e-5
