"""Frames of a matplotlib figure as an animated GIF, by Pillow alone."""

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PALETTE_FRAMES = 8  # looked at for the colours that all frames share
_NEARLY_WHITE = 248


def gif_bytes(
    figure: "Figure", draw: Callable[[int], None], seconds: Sequence[float], dpi: int
) -> bytes:
    """Draw frame after frame and return the content of a GIF file, on white.

    Parameters
    ----------
    figure : matplotlib figure
    draw : callable
        Shows a frame, given by number, in the figure.
    seconds : sequence of float
        For which each frame stands.
    dpi : int
    """
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")  # so that a longer word moves nothing
    try:
        frames = [_frame(figure, draw, number, dpi) for number in range(len(seconds))]
    finally:
        if engine is not None:
            figure.set_layout_engine(engine)
        draw(0)
    palette = _palette(frames)
    first, *others = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    buffer = io.BytesIO()
    times = [round(1000 * time) for time in seconds]
    first.save(buffer, format="GIF", save_all=True, append_images=others, duration=times, loop=0)
    return buffer.getvalue()


def _frame(figure: "Figure", draw: Callable[[int], None], number: int, dpi: int) -> Image.Image:
    draw(number)
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format="png", dpi=dpi, facecolor="white", pil_kwargs={"compress_level": 0}
    )
    buffer.seek(0)
    return Image.open(buffer).convert("RGB")


def _palette(frames: Sequence[Image.Image]) -> Image.Image:
    """Return 256 colours for all frames: one palette for each would flicker."""
    some = frames[:: -(-len(frames) // _PALETTE_FRAMES)]
    width, height = some[0].size
    pile = Image.new("RGB", (width, height * len(some)))
    for place, frame in enumerate(some):
        pile.paste(frame, (0, place * height))
    palette = pile.quantize(256, dither=Image.Dither.NONE)
    colours = palette.getpalette() or []
    entries = [colours[at : at + 3] for at in range(0, len(colours), 3)]
    # Pillow looks colours up coarsely; with one white alone, the ground stays as white as it was.
    white = [[255] * 3 if min(entry) >= _NEARLY_WHITE else entry for entry in entries]
    palette.putpalette([part for entry in white for part in entry])
    return palette
