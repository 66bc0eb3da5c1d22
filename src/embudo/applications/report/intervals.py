"""Intervals of several things below each other, on one axis, as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from embudo.applications.report.charts import nice_ticks, number
from embudo.applications.report.html import Markup, tag

_WIDTH, _ROW = 520, 26
_LEFT, _RIGHT, _TOP, _BOTTOM = 132, 52, 6, 24
_LONGEST = 18  # letters of a name


@dataclass(frozen=True)
class Bracketed:
    """A value and the ends of its interval; the first of several is what others are held to."""

    name: str
    value: float
    low: float
    high: float


def intervals(description: str, rows: Sequence[Bracketed]) -> Markup:
    """Draw each value as a dot on its interval, and a line down from the first.

    Parameters
    ----------
    description : str
        What is shown, for those who cannot see it; the values are added.
    rows : sequence of Bracketed
    """
    ticks = nice_ticks([end for row in rows for end in (row.low, row.high)])
    height = _TOP + _ROW * len(rows) + _BOTTOM
    parts = [_tick(tick, ticks, height) for tick in ticks]
    parts.append(_down(rows[0].value, ticks, height))
    parts += [_row(row, place, ticks) for place, row in enumerate(rows)]
    told = "; ".join(
        f"{row.name} {number(row.value)} ({number(row.low)} to {number(row.high)})" for row in rows
    )
    label = f"{description}: {told}."
    return tag("svg", *parts, viewBox=f"0 0 {_WIDTH} {height}", role="img", aria_label=label)


def _x(value: float, ticks: Sequence[float]) -> float:
    share = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _tick(tick: float, ticks: Sequence[float], height: int) -> Markup:
    x = f"{_x(tick, ticks):.1f}"
    line = tag("line", x1=x, x2=x, y1=_TOP, y2=height - _BOTTOM, class_="grid")
    return tag("g", line, tag("text", number(tick), x=x, y=height - 6, text_anchor="middle"))


def _down(value: float, ticks: Sequence[float], height: int) -> Markup:
    x = f"{_x(value, ticks):.1f}"
    return tag("line", x1=x, x2=x, y1=_TOP, y2=height - _BOTTOM, class_="zero")


def _row(row: Bracketed, place: int, ticks: Sequence[float]) -> Markup:
    y = _TOP + _ROW * (place + 0.5)
    low, dot, high = (f"{_x(value, ticks):.1f}" for value in (row.low, row.value, row.high))
    name = (
        row.name
        if len(row.name) <= _LONGEST
        else f"{row.name[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
    )
    return tag(
        "g",
        tag("text", name, x=_LEFT - 10, y=f"{y + 4:.1f}", text_anchor="end", class_="name"),
        tag("path", d=f"M{low} {y:.1f}L{high} {y:.1f}", class_="line"),
        tag("circle", cx=dot, cy=f"{y:.1f}", r=4, class_="dot"),
        tag("text", f"{row.value:.3f}", x=_WIDTH - _RIGHT + 10, y=f"{y + 4:.1f}", class_="last"),
    )
