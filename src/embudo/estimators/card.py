"""The small card that a notebook shows for a fitted estimator: facts and a line, no script."""

from collections.abc import Sequence
from html import escape
from math import isfinite

_WIDTH, _HEIGHT = 160, 36
_STYLE = (
    "display:inline-block;border:1px solid #8886;border-radius:8px;padding:10px 14px;"
    "font:13px/1.5 system-ui,sans-serif"
)


def card(title: str, facts: Sequence[tuple[str, str]], name: str, values: Sequence[float]) -> str:
    """Return the card as HTML; ``values`` are drawn as a sparkline under ``name``."""
    rows = "".join(
        f'<tr><td style="padding:0 14px 0 0;opacity:.65;text-align:left">{escape(key)}</td>'
        f'<td style="text-align:left">{escape(value)}</td></tr>'
        for key, value in facts
    )
    return (
        f'<div style="{_STYLE}"><strong>{escape(title)}</strong>'
        f'<table style="border:0;margin:4px 0">{rows}</table>{_line(name, values)}</div>'
    )


def _line(name: str, values: Sequence[float]) -> str:
    finite = [value for value in values if isfinite(value)]
    if len(finite) < 2:
        return ""
    low, high = min(finite), max(finite)
    span = (high - low) or 1.0
    points = " ".join(
        f"{2 + i * (_WIDTH - 4) / (len(finite) - 1):.1f},"
        f"{_HEIGHT - 3 - (value - low) / span * (_HEIGHT - 6):.1f}"
        for i, value in enumerate(finite)
    )
    label = f"{name}: {finite[0]:.4g} to {finite[-1]:.4g}"
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'<polyline points="{points}" fill="none" stroke="#3b6fd4" stroke-width="1.6"/></svg>'
        f'<div style="opacity:.65">{escape(label)}</div>'
    )
