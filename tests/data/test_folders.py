"""Folders of pictures, good and bad."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from embudo.data import pictures
from embudo.data.readers import open_source
from embudo.errors import DataError, ParameterError


def save(path, pixels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels)).save(path, **options)


def grey(*values, shape=(2, 2)):
    return np.resize(np.array(values, np.uint8), shape)


def test_pictures_come_in_order_of_names_below_the_folder(tmp_path):
    save(tmp_path / "b.png", grey(20))
    save(tmp_path / "a" / "z.PNG", grey(30))
    save(tmp_path / "a.bmp", grey(10))
    save(tmp_path / ".hidden.png", grey(99))
    (tmp_path / "notes.txt").write_text("not a picture")
    source = open_source(tmp_path)
    assert (source.n_rows, source.n_features, source.image_shape) == (3, 4, (2, 2))
    np.testing.assert_array_equal(source.read()[:, 0] * 255, [10, 20, 30])
    assert source.skipped == ()
    assert source.note == ""


def test_grey_pictures_have_one_channel_and_a_coloured_one_makes_three(tmp_path):
    save(tmp_path / "a.png", grey(0, 255))
    assert open_source(tmp_path).image_shape == (2, 2)
    colours = np.zeros((2, 2, 3), np.uint8)
    colours[0, 0] = (255, 51, 0)
    save(tmp_path / "b.png", colours)
    source = open_source(tmp_path)
    assert source.image_shape == (2, 2, 3)
    X = source.read().reshape(2, 2, 2, 3)
    np.testing.assert_array_equal(X[0, 0], [[0, 0, 0], [1, 1, 1]])
    np.testing.assert_array_equal(X[1, 0, 0], np.array([255, 51, 0], np.float32) / 255)


def test_sixteen_bits_are_not_cut_to_eight(tmp_path):
    save(tmp_path / "a.png", np.array([[0, 1], [32768, 65535]], np.uint16))
    X = open_source(tmp_path).read()
    np.testing.assert_allclose(X, np.array([[0, 1, 32768, 65535]]) / 65535, rtol=1e-6)


def test_one_bit_and_palette(tmp_path):
    Image.fromarray(grey(0, 255)).convert("1").save(tmp_path / "a.png")
    np.testing.assert_array_equal(open_source(tmp_path).read(), [[0, 1, 0, 1]])
    coloured = Image.new("RGB", (2, 2), (0, 255, 0)).quantize(2)
    coloured.save(tmp_path / "b.gif")
    source = open_source(tmp_path)
    np.testing.assert_array_equal(source.read()[1].reshape(2, 2, 3)[0, 0], [0, 1, 0])


def test_transparent_parts_are_white(tmp_path):
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (0, 0, 255, 255)
    save(tmp_path / "a.png", pixels)
    X = open_source(tmp_path).read().reshape(2, 2, 3)
    np.testing.assert_array_equal(X[0], [[0, 0, 1], [1, 1, 1]])


def test_the_most_frequent_size_wins(tmp_path):
    save(tmp_path / "a.png", grey(100, shape=(4, 6)))
    save(tmp_path / "b.png", grey(100, shape=(2, 3)))
    save(tmp_path / "c.png", grey(100, shape=(2, 3)))
    source = open_source(tmp_path)
    assert source.image_shape == (2, 3)
    assert source.note == "1 of 3 pictures were resized to 2 x 3 (height x width)."
    np.testing.assert_allclose(source.read() * 255, np.full((3, 6), 100), atol=1e-4)


def test_a_size_can_be_asked_for(tmp_path):
    save(tmp_path / "a.png", np.array([[0, 65535]], np.uint16))
    source = open_source(tmp_path, image_size=(3, 4))
    assert (source.n_features, source.image_shape) == (12, (3, 4))
    X = source.read().reshape(3, 4)
    assert X[0, 0] < 0.1
    assert X[0, 3] > 0.9
    assert X.min() >= 0
    assert X.max() <= 1


@pytest.mark.parametrize("size", [(0, 4), (4,), (-1, 3)])
def test_an_impossible_size_is_refused(tmp_path, size):
    save(tmp_path / "a.png", grey(1))
    with pytest.raises(ParameterError, match="image_size"):
        open_source(tmp_path, image_size=size)


def test_exif_rotation_is_applied(tmp_path):
    image = Image.fromarray(np.array([[10, 20, 30]], np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    image.save(tmp_path / "a.png", exif=exif)
    source = open_source(tmp_path)
    assert source.image_shape == (3, 1)
    np.testing.assert_allclose(source.read() * 255, [[10, 20, 30]], atol=1e-4)


def test_blocks_cut_the_folder(tmp_path):
    for i in range(7):
        save(tmp_path / f"{i}.png", grey(i))
    blocks = list(open_source(tmp_path).blocks(3))
    assert [len(block) for block in blocks] == [3, 3, 1]
    np.testing.assert_allclose(np.concatenate(blocks)[:, 0] * 255, range(7), atol=1e-5)


def png(width, height, body=b"", extra=b""):
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    ends = chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + ends


def image_bytes(kind, size=(40, 40)):
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    Image.fromarray(noise).save(buffer, kind)
    return buffer.getvalue()


def tiff_of_floats():
    buffer = io.BytesIO()
    Image.fromarray(np.ones((2, 2), np.float32)).save(buffer, "TIFF")
    return buffer.getvalue()


BAD = {
    "empty.png": b"",
    "text.png": b"this is no picture",
    "cut.png": image_bytes("PNG")[:-200],
    "cut.jpg": image_bytes("JPEG")[:400],
    "cut.gif": image_bytes("GIF")[:100],
    "cut.bmp": image_bytes("BMP")[:100],
    "cut.webp": image_bytes("WEBP")[:200],
    "cut.tif": image_bytes("TIFF")[:200],
    "cut.ppm": b"P5 9 9 255\n123",
    "no-size.png": png(0, 0),
    "huge.png": png(70_000, 70_000),
    "large.png": png(9_000, 9_000),
    "short.png": png(100, 100, b"\0" * 10),
    "eps.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "svg.png": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "icon.png": b"\0\0\1\0\1\0\x10\x10" + bytes(50),
    "floats.tif": tiff_of_floats(),
    "odd.ppm": b"P6 -1 5 255\n",
    "odd.pgm": b"P5 99999999999999999999 1 255\n",
    "bomb.png": png(1, 1, b"\0\0", struct.pack(">I", 2**31 - 1) + b"zTXt"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_picture_is_left_out_and_named(tmp_path, name):
    save(tmp_path / "good.png", grey(51))
    (tmp_path / name).write_bytes(BAD[name])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        source = open_source(tmp_path)
        X = source.read()
    assert caught == []
    np.testing.assert_array_equal(X, np.full((1, 4), np.float32(0.2)))
    assert source.n_rows == 1
    assert len(source.skipped) == 1
    assert source.skipped[0].startswith(f"{name} ")


def test_large_pictures_are_refused_before_they_are_decoded(tmp_path, monkeypatch):
    def no_decoding(*args):
        raise AssertionError("decoded")

    monkeypatch.setattr(Image.Image, "load", no_decoding)
    (tmp_path / "a.png").write_bytes(png(9_000, 9_000))
    with pytest.raises(DataError, match="9000 x 9000 pixels are too many"):
        pictures.read_header(tmp_path / "a.png")


def test_only_bad_pictures(tmp_path):
    for name, content in BAD.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=f"none of the {len(BAD)} pictures .*bomb.png"):
        open_source(tmp_path)


def test_no_picture_at_all(tmp_path):
    with pytest.raises(DataError, match="holds no picture"):
        open_source(tmp_path)


def test_a_picture_that_vanishes_is_named(tmp_path):
    save(tmp_path / "a.png", grey(1))
    source = open_source(tmp_path)
    (tmp_path / "a.png").unlink()
    with pytest.raises(DataError, match=r"a\.png"):
        source.read()
