"""Histograms of shares between 0 and 1 that lie over each other, as SVG."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from embudo.applications.report.charts import number
from embudo.applications.report.html import Markup, tag
from embudo.plots.colours import Floats

_WIDTH, _HEIGHT = 520, 200
_SIDE, _TOP, _BOTTOM = 12, 24, 24
_BINS = 25


class Group(NamedTuple):
    """Values of one kind, what they are called, and the class of their line's style."""

    name: str
    values: Floats
    style: str


def histogram(description: str, groups: Sequence[Group]) -> Markup:
    """Draw the outline of each group's histogram, all of the same area.

    Parameters
    ----------
    description : str
        What is shown, for those who cannot see it; the means are added.
    groups : sequence of Group
        With values between 0 and 1.
    """
    heights = [np.histogram(one.values, _BINS, (0, 1))[0] / len(one.values) for one in groups]
    most = max(float(bars.max()) for bars in heights)
    parts = [_axis(), *(_tick(share) for share in (0, 0.25, 0.5, 0.75, 1))]
    for one, bars in zip(groups, heights, strict=True):
        parts.append(tag("path", d=_outline(bars / most), class_=one.style))
    told = [f"{one.name} {number(float(one.values.mean()))}" for one in groups]
    label = f"{description}. Means: {', '.join(told)}."
    drawing = tag("svg", *parts, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=label)
    keys = [
        tag("span", tag("i", class_=f"key {one.style}"), f"{words} in the mean")
        for one, words in zip(groups, told, strict=True)
    ]
    return tag("div", tag("p", *keys, class_="keys"), drawing, class_="panel")


def _outline(bars: Floats) -> str:
    floor, width = _HEIGHT - _BOTTOM, (_WIDTH - 2 * _SIDE) / _BINS
    steps = [f"M{_SIDE} {floor}"]
    for at, share in enumerate(bars):
        y = floor - share * (floor - _TOP)
        steps.append(f"L{_SIDE + at * width:.1f} {y:.1f}L{_SIDE + (at + 1) * width:.1f} {y:.1f}")
    return "".join([*steps, f"L{_WIDTH - _SIDE} {floor}"])


def _axis() -> Markup:
    y = _HEIGHT - _BOTTOM
    return tag("line", x1=_SIDE, x2=_WIDTH - _SIDE, y1=y, y2=y, class_="axis")


def _tick(share: float) -> Markup:
    x = _SIDE + share * (_WIDTH - 2 * _SIDE)
    return tag("text", f"{share:g}", x=f"{x:.0f}", y=_HEIGHT - 6, text_anchor="middle")
