"""Whatever bytes come, only embudo's own errors leave, and they leave soon."""

import gzip
import io
import struct
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from pyarrow import parquet as pq
from scipy import sparse

from embudo.data.readers import open_source
from embudo.errors import EmbudoError

many = settings(max_examples=150, suppress_health_check=list(HealthCheck))


def attempt(name, content):
    """Open and read a file in every way; only EmbudoError may be raised."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        with suppress(EmbudoError):
            source = open_source(path)
            blocks = list(source.blocks(16))
            whole = source.read()
            assert whole.shape == (source.n_rows, source.n_features)
            assert sum(map(len, blocks)) == source.n_rows
            assert all(block.dtype.kind == "f" for block in blocks)


def damaged(content, draw):
    """Cut, flip, overwrite or repeat pieces of good bytes."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        where = draw(st.integers(0, max(len(content) - 1, 0)))
        kind = draw(st.sampled_from(["cut", "flip", "write", "insert"]))
        if kind == "cut":
            content = content[:where]
        elif kind == "flip" and content:
            content[where] ^= 1 << draw(st.integers(0, 7))
        elif kind == "write":
            piece = draw(st.binary(min_size=1, max_size=8))
            content[where : where + len(piece)] = piece
        else:
            content[where:where] = draw(st.binary(min_size=1, max_size=8))
    return bytes(content)


def saved(write, *args, **options):
    buffer = io.BytesIO()
    write(buffer, *args, **options)
    return buffer.getvalue()


X = np.random.default_rng(0).random((20, 3))
IMAGES = (np.random.default_rng(0).random((6, 4, 5)) * 255).astype(np.uint8)
IDX = struct.pack(">4B3I", 0, 0, 8, 3, *IMAGES.shape) + IMAGES.tobytes()
GOOD = {
    "x.npy": saved(np.save, X),
    "y.npy": saved(np.save, np.asfortranarray(IMAGES)),
    "x.npz": saved(np.savez_compressed, x_train=IMAGES, y_train=np.arange(6)),
    "sparse.npz": saved(sparse.save_npz, sparse.csr_array(np.rint(X)), compressed=False),
    "x.idx": IDX,
    "x.idx.gz": gzip.compress(IDX),
    "x.csv": b"a,b,c\n1,2,true\n4,,false\n7,8.5,\n",
    "x.csv.gz": gzip.compress(b"a,b,c\n1,2,3\n4,,6\n"),
    "x.txt": b"1 2 3\n4 5 6\n",
    "x.parquet": saved(lambda f: pq.write_table(pa.table({"a": [1.0, None], "b": [1, 2]}), f)),
}


@pytest.mark.parametrize("name", GOOD)
def test_the_good_files_are_good(tmp_path, name):
    (tmp_path / name).write_bytes(GOOD[name])
    assert open_source(tmp_path / name).read().shape[0] in (2, 3, 6, 20)


@pytest.mark.parametrize("name", GOOD)
@many
@given(data=st.data())
def test_damaged_files(name, data):
    attempt(name, damaged(GOOD[name], data.draw))


@pytest.mark.parametrize("name", GOOD)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=200))
def test_junk_files(name, content):
    attempt(name, content)


CELL = st.one_of(
    st.floats().map(str),
    st.integers().map(str),
    st.sampled_from(
        ["", "NA", "true", "x", '"', '""', '"a\nb"', "1_0", "\0", " ", "é", "0x1", "1e400"]
    ),
    st.text(max_size=4),
)


@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.txt", "x.data"])
@many
@given(
    rows=st.lists(st.lists(CELL, max_size=4), max_size=6),
    delimiter=st.sampled_from([",", ";", "\t", " "]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
@example(rows=[["a"] * 4, ["1"] * 3], delimiter=",", end="\n")
@example(rows=[["a", "b"], ['"1', "2"]], delimiter=",", end="\n")
def test_malformed_tables(name, rows, delimiter, end):
    text = end.join(delimiter.join(row) for row in rows)
    attempt(name, text.encode("utf-8", "surrogatepass"))


@many
@given(
    descr=st.sampled_from(
        ["'<f4'", "'|u1'", "'|O'", "'>f8'", "'<U3'", "[('a','<f4')]", "None", "0"]
    ),
    order=st.sampled_from(["True", "False", "None"]),
    shape=st.one_of(
        st.lists(st.integers(-3, 10), max_size=4).map(lambda s: repr(tuple(s))),
        st.sampled_from(["(10**9,)", "(99999999999999999999, 2)", "((((", "('a',)", "(2.0, 2)"]),
    ),
    body=st.binary(max_size=400),
    extra=st.sampled_from(["", ", 'x': 1", "}", "__import__('os')"]),
)
def test_npy_headers(descr, order, shape, body, extra):
    header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}{extra}}}".encode()
    attempt("x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + body)


@many
@given(
    code=st.sampled_from([8, 9, 11, 12, 13, 14, 10, 0]),
    shape=st.lists(st.sampled_from([0, 1, 2, 3, 255, 2**31, 2**32 - 1]), max_size=9),
    body=st.binary(max_size=300),
    packed=st.booleans(),
)
def test_idx_headers(code, shape, body, packed):
    content = struct.pack(f">4B{len(shape)}I", 0, 0, code, len(shape), *shape) + body
    attempt("x.idx", gzip.compress(content) if packed else content)


def picture(kind):
    image = Image.fromarray(IMAGES[0]).convert("P" if kind == "GIF" else "RGB")
    return saved(image.save, kind)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM"])
@many
@given(data=st.data())
def test_damaged_pictures(kind, data):
    content = damaged(picture(kind), data.draw)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "bad.png").write_bytes(content)
        Path(folder, "good.png").write_bytes(picture("PNG"))
        source = open_source(folder, image_size=(4, 5))
        assert source.n_rows + len(source.skipped) == 2
        values = source.read()
        assert values.shape == (source.n_rows, source.n_features)
        assert values.min() >= 0
        assert values.max() <= 1
