"""npy, npz and IDX: the numbers come out as they went in, and no header is believed."""

import gzip
import struct
import time
import tracemalloc
import zipfile

import numpy as np
import pytest
from scipy import sparse

from embudo.data.readers import open_source
from embudo.errors import DataError


def joined(source, rows):
    blocks = list(source.blocks(rows))
    assert all(len(block) <= rows for block in blocks)
    return np.concatenate(blocks)


def idx_bytes(array, code=0x08):
    head = struct.pack(f">4B{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return head + array.tobytes()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(
    "dtype", ["float32", "float64", ">f8", "int16", "int64", "bool", "float16"]
)
@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_numbers_survive_in_every_type_and_order(tmp_path, kind, order, dtype):
    numbers = np.arange(33).reshape(11, 3) % 7
    X = np.asarray(numbers, dtype, order=order)
    path = tmp_path / f"x.{kind}"
    np.save(path, X) if kind == "npy" else np.savez_compressed(path, X)
    source = open_source(path)
    expected = np.float64 if dtype in ("float64", ">f8", "int64", "longdouble") else np.float32
    assert (source.n_rows, source.n_features, source.image_shape) == (11, 3, None)
    for result in (source.read(), joined(source, 4)):
        assert result.dtype == expected
        np.testing.assert_array_equal(result, X.astype(expected))


def test_blocks_are_the_readers_own(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((5, 2), np.float32))
    source = open_source(tmp_path / "x.npy")
    for block in source.blocks(2):
        block[:] = 7
    np.testing.assert_array_equal(source.read(), np.ones((5, 2)))


@pytest.mark.parametrize("order", ["C", "F"])
def test_uint8_images_are_flattened_and_scaled(tmp_path, order):
    images = np.random.default_rng(0).integers(0, 256, (7, 2, 3), np.uint8)
    np.save(tmp_path / "x.npy", np.asarray(images, order=order))
    source = open_source(tmp_path / "x.npy")
    assert source.image_shape == (2, 3)
    expected = images.reshape(7, 6).astype(np.float32) / 255
    np.testing.assert_array_equal(source.read(), expected)
    np.testing.assert_array_equal(joined(source, 3), expected)


def test_white_is_exactly_one(tmp_path):
    np.save(tmp_path / "x.npy", np.full((1, 2, 2), 255, np.uint8))
    np.testing.assert_array_equal(open_source(tmp_path / "x.npy").read(), np.ones((1, 4)))


@pytest.mark.parametrize(("largest", "expected"), [(1, 1.0), (51, 0.2)])
def test_a_uint8_matrix_is_scaled_unless_it_is_binary(tmp_path, largest, expected):
    X = np.zeros((3, 2), np.uint8)
    X[2, 1] = largest
    np.save(tmp_path / "x.npy", X)
    assert open_source(tmp_path / "x.npy").read()[2, 1] == np.float32(expected)


def test_float_images_keep_their_values(tmp_path):
    images = np.linspace(-3, 300, 24).reshape(2, 3, 4)
    np.save(tmp_path / "x.npy", images)
    np.testing.assert_array_equal(open_source(tmp_path / "x.npy").read(), images.reshape(2, 12))


@pytest.mark.parametrize(
    ("shape", "image_shape"),
    [
        ((2, 4, 5, 3), (4, 5, 3)),
        ((2, 4, 5, 1), (4, 5)),
        ((2, 3, 4, 5), (4, 5, 3)),
        ((2, 1, 4, 5), (4, 5)),
        ((2, 2, 2, 2, 2), None),
    ],
)
def test_channels_end_up_last(tmp_path, shape, image_shape):
    images = np.random.default_rng(1).random(shape)
    np.save(tmp_path / "x.npy", images)
    source = open_source(tmp_path / "x.npy")
    assert source.image_shape == image_shape
    first = shape[1] in (1, 3) and len(shape) == 4
    expected = np.moveaxis(images, 1, -1) if first else images
    np.testing.assert_array_equal(source.read(), expected.reshape(2, -1))


def test_large_files_are_mapped_and_stream_in_little_memory(tmp_path):
    path = tmp_path / "x.npy"
    X = np.lib.format.open_memmap(path, "w+", np.float32, (700_000, 100))
    X[-1, -1] = 5.0
    X.flush()
    del X
    source = open_source(path)
    whole = source.read()
    assert isinstance(whole, np.memmap)
    assert not whole.flags.writeable
    assert whole[-1, -1] == 5.0
    tracemalloc.start()
    total = sum(float(block.sum()) for block in source.blocks())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 5.0
    assert peak < 3 * 8192 * 100 * 4  # two blocks, and not the 280 MB of the file


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array([{"a": 1}, None]), "Python objects"),
        (np.array([["a", "b"]]), "no real numbers"),
        (np.zeros((2, 2), complex), "no real numbers"),
        (np.zeros(2, [("a", float)]), "no real numbers"),
        (np.zeros(3), "rows and columns"),
        (np.zeros(()), "rows and columns"),
        (np.zeros((0, 3)), "nothing in it"),
        (np.zeros((3, 0)), "nothing in it"),
    ],
)
@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_what_is_no_matrix_of_numbers_is_refused(tmp_path, kind, array, words):
    path = tmp_path / f"x.{kind}"
    np.save(path, array) if kind == "npy" else np.savez(path, array)
    with pytest.raises(DataError, match=words):
        open_source(path)


def npy_with_shape(shape):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


@pytest.mark.parametrize("shape", ["(1000000000000, 784)", "(-1, 3)", "(3, True)", "(1e3, 2)", "5"])
def test_a_lying_npy_header_costs_nothing(tmp_path, shape):
    path = tmp_path / "x.npy"
    path.write_bytes(npy_with_shape(shape) + bytes(100))
    start = time.perf_counter()
    with pytest.raises(DataError, match=r"x\.npy"):
        open_source(path)
    assert time.perf_counter() - start < 1


def test_a_lying_npz_header_costs_nothing(tmp_path):
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", npy_with_shape("(1000000000000, 784)") + bytes(100))
    with pytest.raises(DataError, match="cannot have the shape"):
        open_source(path)


@pytest.mark.parametrize("kind", ["npy", "npz", "idx", "idx.gz"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_cut_short_is_refused(tmp_path, kind, share):
    path = tmp_path / f"x.{kind}"
    X = np.random.default_rng(0).integers(0, 256, (300, 4, 4), np.uint8)
    if kind == "npy":
        np.save(path, X)
    elif kind == "npz":
        np.savez_compressed(path, X)
    else:
        path.write_bytes(gzip.compress(idx_bytes(X)) if kind.endswith("gz") else idx_bytes(X))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DataError, match="x"):
        open_source(path).read()


def test_a_file_that_shrinks_while_it_is_read_is_noticed(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.ones((100, 10)))
    source = open_source(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError, match="too early"):
        source.read()


def test_a_flipped_bit_in_an_archive_is_noticed(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, x=np.ones((50, 50)))
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="CRC"):
        open_source(path).read()


def test_the_usual_key_of_several_is_taken(tmp_path):
    np.savez(tmp_path / "x.npz", y=np.zeros((2, 2)), X=np.ones((2, 3)), z=np.zeros((4, 4)))
    np.testing.assert_array_equal(open_source(tmp_path / "x.npz").read(), np.ones((2, 3)))


def test_a_key_chooses_among_arrays(tmp_path):
    np.savez(tmp_path / "x.npz", first=np.zeros((2, 2)), second=np.ones((2, 3)))
    source = open_source(f"{tmp_path}/x.npz:second")
    assert source.n_features == 3
    assert source.name.endswith("x.npz:second")


@pytest.mark.parametrize(
    ("key", "words"),
    [("", r"first \(2, 2\), second \(2, 3\)"), (":secnd", r"did you mean .*x\.npz:second\?")],
)
def test_an_unclear_key_lists_the_arrays(tmp_path, key, words):
    np.savez(tmp_path / "x.npz", first=np.zeros((2, 2)), second=np.ones((2, 3)))
    with pytest.raises(DataError, match=words):
        open_source(f"{tmp_path}/x.npz{key}")


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
@pytest.mark.parametrize(("dtype", "expected"), [("float64", "float64"), ("uint8", "float32")])
def test_sparse_matrices_stay_sparse(tmp_path, form, dtype, expected):
    matrix = sparse.random_array((20, 7), density=0.3, rng=np.random.default_rng(0)) * 9
    matrix = sparse.csr_matrix(matrix).astype(dtype)
    sparse.save_npz(tmp_path / "x.npz", matrix.asformat(form))
    source = open_source(tmp_path / "x.npz")
    whole = source.read()
    assert source.is_sparse
    assert sparse.issparse(whole)
    assert (whole.format, whole.dtype) == ("csr", expected)
    np.testing.assert_array_equal(whole.toarray(), matrix.toarray())
    np.testing.assert_array_equal(joined(source, 6), matrix.toarray())


@pytest.mark.parametrize(
    "damage",
    [
        {"indices": np.array([0, 99, 1])},
        {"indices": np.array([0, -1, 1])},
        {"indptr": np.array([0, 3, 1, 3])},
        {"shape": np.array([3, 0])},
        {"shape": np.array([-3, 4])},
        {"shape": np.array([10**12, 4])},
        {"format": np.array(b"dia")},
        {"format": np.array(b"odd")},
        {"format": np.array(1)},
    ],
)
def test_a_damaged_sparse_matrix_is_refused(tmp_path, damage):
    parts = {
        "data": np.ones(3),
        "indices": np.array([0, 2, 1]),
        "indptr": np.array([0, 1, 2, 3]),
        "shape": np.array([3, 4]),
        "format": np.array(b"csr"),
    }
    np.savez(tmp_path / "x.npz", **parts)
    assert open_source(tmp_path / "x.npz").read()[1, 2] == 1
    np.savez(tmp_path / "x.npz", **(parts | damage))
    with pytest.raises(DataError, match=r"x\.npz"):
        open_source(tmp_path / "x.npz")


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "x.idx", "t10k-images.idx3-ubyte"])
@pytest.mark.parametrize("packed", [False, True])
def test_idx_images(tmp_path, name, packed):
    images = np.random.default_rng(2).integers(0, 256, (9, 3, 5), np.uint8)
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(idx_bytes(images)) if packed else idx_bytes(images))
    source = open_source(path)
    assert (source.n_rows, source.n_features, source.image_shape) == (9, 15, (3, 5))
    np.testing.assert_array_equal(joined(source, 4), images.reshape(9, 15) / np.float32(255))


@pytest.mark.parametrize(
    ("code", "dtype"), [(0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")]
)
def test_idx_types(tmp_path, code, dtype):
    X = np.array([[1, -2], [3, 4]], dtype)
    (tmp_path / "x.idx").write_bytes(idx_bytes(X, code))
    np.testing.assert_array_equal(open_source(tmp_path / "x.idx").read(), [[1, -2], [3, 4]])


def test_idx_labels_are_no_rows(tmp_path):
    (tmp_path / "labels").write_bytes(idx_bytes(np.arange(10, dtype=np.uint8)))
    with pytest.raises(DataError, match="rows and columns"):
        open_source(tmp_path / "labels")


@pytest.mark.parametrize("packed", [False, True])
def test_an_idx_header_is_held_against_the_size_of_the_file(tmp_path, packed):
    content = struct.pack(">4B3I", 0, 0, 8, 3, 2**31, 2**15, 2**15) + bytes(1000)
    (tmp_path / "x").write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DataError, match="header promises"):
        open_source(tmp_path / "x")


def test_a_gzip_bomb_is_read_no_further_than_its_header_says(tmp_path):
    images = np.zeros((2, 100, 100), np.uint8)
    (tmp_path / "x").write_bytes(gzip.compress(idx_bytes(images) + bytes(200_000_000)))
    source = open_source(tmp_path / "x")
    tracemalloc.start()
    with pytest.raises(DataError, match="goes on after its last row"):
        source.read()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
