"""Pictures that are changed come back in their size, mode and kind."""

import numpy as np
import pytest
from PIL import Image

from embudo.data.repaint import Painting
from embudo.errors import DataError

rng = np.random.default_rng(0)
GREY = rng.integers(0, 256, (11, 17), np.uint8)
COLOURS = rng.integers(0, 256, (11, 17, 3), np.uint8)


def of_mode(mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(rng.integers(0, 65536, (11, 17), np.uint16))
    if mode in ("LA", "RGBA"):
        image = Image.fromarray(GREY if mode == "LA" else COLOURS)
        image.putalpha(Image.fromarray(GREY[::-1].copy()))
        return image
    if mode == "1":
        return Image.fromarray(GREY > 127)
    return Image.fromarray(GREY if mode == "L" else COLOURS).convert(mode)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "P", "I;16"])
@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 3)])
def test_what_changes_nothing_changes_nothing(tmp_path, mode, shape):
    image = of_mode(mode)
    image.save(tmp_path / "a.png")
    painting = Painting.read(tmp_path / "a.png")
    painting.changed(lambda tiles: tiles, shape).write(tmp_path / "b.png")
    with Image.open(tmp_path / "a.png") as before, Image.open(tmp_path / "b.png") as after:
        assert (after.mode, after.size) == (before.mode, before.size)
        same = [
            np.asarray(picture.convert("RGB") if mode == "P" else picture)
            for picture in (before, after)
        ]
        np.testing.assert_array_equal(*same)


def test_colours_are_changed_one_by_one_where_a_patch_has_none(tmp_path):
    Image.fromarray(COLOURS).save(tmp_path / "a.png")
    seen = []

    def darker(tiles):
        seen.append(tiles.shape)
        return tiles / 2

    found = Painting.read(tmp_path / "a.png").changed(darker, (4, 4))
    assert seen == [(5 * 8, 4, 4)] * 3
    np.testing.assert_allclose(found.pixels, COLOURS / 510)


def test_transparency_and_the_kind_of_file_are_kept(tmp_path):
    of_mode("RGBA").save(tmp_path / "a.webp", lossless=True)
    painting = Painting.read(tmp_path / "a.webp")
    painting.changed(lambda tiles: 1 - tiles, (4, 4)).write(tmp_path / "b.webp")
    with Image.open(tmp_path / "b.webp") as image:
        assert (image.format, image.mode) == ("WEBP", "RGBA")
        np.testing.assert_array_equal(np.asarray(image)[:, :, 3], GREY[::-1])


def test_a_turned_photo_comes_back_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(GREY).save(tmp_path / "a.jpg", exif=exif, quality=100)
    Painting.read(tmp_path / "a.jpg").write(tmp_path / "b.jpg")
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.size == (11, 17)
        assert 0x0112 not in image.getexif()


def test_what_is_no_picture_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"a\.png is no picture"):
        Painting.read(tmp_path / "a.png")
