"""Small line charts as SVG: one measure each, a few hairlines, and the last value at its end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from embudo.applications.report.html import Markup, tag

_WIDTH, _HEIGHT = 360, 168
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 58, 10, 24
_APART = 32  # pixels that the labels of two line ends keep between them


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Parameters
    ----------
    label : str
        Written at its end, if the chart has more than one line.
    values : sequence of float
        One an epoch; what is not finite is left out.
    """

    label: str
    values: Sequence[float]


def chart(description: str, lines: Sequence[Line]) -> Markup:
    """Draw lines over the epochs.

    Parameters
    ----------
    description : str
        What the chart is about, for those who cannot see it; first and last values are added.
    lines : sequence of Line
        The first is drawn solid, the others dashed.
    """
    shown = [line for line in lines if any(map(math.isfinite, line.values))]
    if not shown:
        return tag("p", "no finite values", class_="muted")
    ticks = nice_ticks([value for line in shown for value in line.values if math.isfinite(value)])
    epochs = max(len(line.values) for line in shown)
    ends = [_points(line.values, epochs, ticks)[-1] for line in shown]
    parts = [_hairline(tick, ticks) for tick in ticks]
    parts += [_path(line.values, epochs, ticks, dashed=at > 0) for at, line in enumerate(shown)]
    for line, end, height in zip(shown, ends, _spread([y for _, y in ends]), strict=True):
        name = line.label if len(shown) > 1 else ""
        parts.append(_end(end, height, number(_known(line.values)[-1]), name))
    parts += [_epoch(1, _LEFT, "start"), _epoch(epochs, _WIDTH - _RIGHT, "end")]
    changes = [f"{line.label}: {_change(line.values)}" for line in shown]
    label = f"{description}. {'; '.join(changes)}."
    return tag("svg", *parts, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=label)


def number(value: float) -> str:
    """Write a number with three digits and a true minus sign."""
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def nice_ticks(values: Sequence[float]) -> list[float]:
    """Return up to five round numbers in even steps that span the values."""
    low, high = min(values), max(values)
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / 2))
    step = next(size * power for size in (1, 2, 2.5, 5, 10) if span / (size * power) <= 3)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, max(last, first + 1) + 1)]


def _known(values: Sequence[float]) -> list[float]:
    return [value for value in values if math.isfinite(value)]


def _change(values: Sequence[float]) -> str:
    known = _known(values)
    return f"from {number(known[0])} to {number(known[-1])}"


def _height(value: float, ticks: Sequence[float]) -> float:
    share = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _points(
    values: Sequence[float], epochs: int, ticks: Sequence[float]
) -> list[tuple[float, float]]:
    pitch = (_WIDTH - _LEFT - _RIGHT) / max(epochs - 1, 1)
    return [
        (_LEFT + at * pitch, _height(value, ticks))
        for at, value in enumerate(values)
        if math.isfinite(value)
    ]


def _path(values: Sequence[float], epochs: int, ticks: Sequence[float], *, dashed: bool) -> Markup:
    course = "L".join(f"{x:.1f} {y:.1f}" for x, y in _points(values, epochs, ticks))
    return tag("path", d=f"M{course}", class_="line held" if dashed else "line")


def _hairline(tick: float, ticks: Sequence[float]) -> Markup:
    y = _height(tick, ticks)
    kind = "axis" if tick == ticks[0] else "zero" if tick == 0 else "grid"
    line = tag("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=f"{y:.1f}", y2=f"{y:.1f}", class_=kind)
    name = tag("text", number(tick), x=_LEFT - 7, y=f"{y + 3.5:.1f}", text_anchor="end")
    return tag("g", line, name)


def _end(point: tuple[float, float], height: float, value: str, name: str) -> Markup:
    x, y = point
    words = [tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=3, class_="dot")]
    words.append(tag("text", value, x=f"{x + 8:.1f}", y=f"{height + 4:.1f}", class_="last"))
    if name:
        words.append(tag("text", name, x=f"{x + 8:.1f}", y=f"{height + 15:.1f}"))
    return tag("g", *words)


def _epoch(epoch: int, x: float, anchor: str) -> Markup:
    return tag("text", f"epoch {epoch}", x=x, y=_HEIGHT - 6, text_anchor=anchor)


def _spread(heights: Sequence[float]) -> list[float]:
    """Push labels apart that would lie on each other, and keep all of them inside."""
    order = sorted(range(len(heights)), key=lambda at: heights[at])
    places = list(heights)
    for above, below in pairwise(order):
        places[below] = max(places[below], places[above] + _APART)
    places[order[-1]] = min(places[order[-1]], _HEIGHT - _BOTTOM - 12)
    for below, above in pairwise(reversed(order)):
        places[above] = min(places[above], places[below] - _APART)
    return places
