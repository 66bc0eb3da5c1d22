"""Pictures of a report: each is its own little PNG, so that a page can lay them out as it likes."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from embudo.applications.report.html import Markup, tag
from embudo.data.images import data_uri
from embudo.plots.colours import Floats, shades, signed


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


def _grid(images: Floats, description: str, kind: str) -> Markup:
    pictures = [_picture(colours[..., :3], "ink") for colours in shades(images)]
    return tag("div", *pictures, role="img", aria_label=description, class_=f"grid {kind}")


def _picture(colours: Floats, kind: str) -> Markup:
    height, width = colours.shape[:2]
    image = Image.fromarray(np.rint(colours * 255).astype(np.uint8))
    return tag("img", src=data_uri(image), alt="", width=width, height=height, class_=kind)
