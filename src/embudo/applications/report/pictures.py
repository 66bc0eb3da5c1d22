"""Pictures of a report: each is its own little PNG, so that a page can lay them out as it likes."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from embudo.applications.report.html import Markup, tag
from embudo.data.images import data_uri
from embudo.plots.colours import Floats, shades, signed

_FILM_SIDE = 168  # pixels


def rows(kinds: Sequence[tuple[str, Floats]], subject: str) -> Markup:
    """Put kinds of the same images below each other, with the name of each above it."""
    return tag(
        "figure",
        *(
            tag(
                "div", tag("p", name, class_="row-name"), _grid(images, f"{subject}: {name}", "ten")
            )
            for name, images in kinds
        ),
        class_="pictures",
    )


def sheet(images: Floats, description: str) -> Markup:
    """Lay images of one kind out in a grid."""
    return tag("figure", _grid(images, description, "ten"), class_="pictures")


def filters(weights: Floats, description: str) -> Markup:
    """Lay filters out in a grid, coloured by sign."""
    pictures = [_picture(colours, "filter") for colours in signed(weights)]
    grid = tag("div", *pictures, role="img", aria_label=description, class_="grid many")
    return tag("figure", grid, class_="pictures")


def film(frames: Floats, description: str, seconds: float = 0.12) -> Markup:
    """Show pictures one after the other, for ever, as a GIF.

    Parameters
    ----------
    frames : ndarray of shape (n, height, width) or (n, height, width, 3)
    description : str
    seconds : float, default=0.12
        For which a frame stands.
    """
    height, width = frames.shape[1:3]
    scale = max(1, _FILM_SIDE // max(height, width))
    images = [
        _image(colours[..., :3]).resize((scale * width, scale * height), Image.Resampling.NEAREST)
        for colours in shades(frames)
    ]
    buffer = io.BytesIO()
    times = {"duration": round(1000 * seconds), "loop": 0}
    images[0].save(buffer, format="GIF", save_all=True, append_images=images[1:], **times)
    content = base64.b64encode(buffer.getvalue()).decode("ascii")
    size = {"width": images[0].width, "height": images[0].height}
    picture = tag(
        "img", src=f"data:image/gif;base64,{content}", alt=description, **size, class_="ink film"
    )
    return tag("figure", picture)


def _grid(images: Floats, description: str, kind: str) -> Markup:
    pictures = [_picture(colours[..., :3], "ink") for colours in shades(images)]
    return tag("div", *pictures, role="img", aria_label=description, class_=f"grid {kind}")


def _picture(colours: Floats, kind: str) -> Markup:
    height, width = colours.shape[:2]
    uri = data_uri(_image(colours))
    return tag("img", src=uri, alt="", width=width, height=height, class_=kind)


def _image(colours: Floats) -> Image.Image:
    return Image.fromarray(np.rint(colours * 255).astype(np.uint8))
