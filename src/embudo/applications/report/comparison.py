"""Several models side by side, as one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from embudo.applications.contest.standings import Measures
from embudo.applications.pictures import Shape
from embudo.applications.report import pictures
from embudo.applications.report.blocks import section, table
from embudo.applications.report.charts import Line, chart
from embudo.applications.report.html import Markup, tag
from embudo.applications.report.page import write_page
from embudo.applications.report.scatter import scatter
from embudo.data.source import Matrix
from embudo.training.history import History

_HEADS = {
    "error": "recon\N{SOFT HYPHEN}struction error",
    "trustworthiness": "trust\N{SOFT HYPHEN}worthiness",
    "neighbour_accuracy": "neighbour accuracy",
    "probe_accuracy": "probe accuracy",
}
_LOWER_IS_BETTER = frozenset(("error",))


@dataclass(frozen=True)
class Entry:
    """One model: its measures, or why it has none, and what is shown of it."""

    name: str
    measures: Measures | None
    seconds: float
    n_parameters: int | None
    note: str
    codes: Matrix | None
    rebuilt: Matrix | None
    history: History | None


@dataclass(frozen=True)
class Comparison:
    """Everything that the page tells."""

    data: str
    n_components: int
    n_rows: int
    n_tested: int
    labels: npt.NDArray[Any] | None
    originals: Matrix
    image_shape: Shape | None
    entries: Sequence[Entry]
    interrupted: bool


def write_comparison(path: Path, found: Comparison) -> None:
    """Write the page, replacing the file at ``path`` in one move."""
    lead = (
        f"{found.n_rows:,} rows to learn from, {found.n_tested:,} that nobody saw to be measured "
        f"on, and {found.n_components} numbers for each of them."
    )
    if found.interrupted:
        lead += " Interrupted: those who had not had their turn are missing."
    figures = [
        (f"{len(found.entries)}", "models"),
        (f"{sum(entry.seconds for entry in found.entries):.0f} s", "of training"),
    ]
    sections = [
        _standings(found),
        *(_model(found, e) for e in found.entries if e.codes is not None),
    ]
    write_page(path, f"What {found.data} come down to", lead, figures, sections)


def _standings(found: Comparison) -> Markup:
    names = [name for name in _HEADS if any(_value(e, name) is not None for e in found.entries)]
    best = {name: _best(found.entries, name) for name in names}
    heads = ["model", *(_HEADS[name] for name in names), "seconds", "parameters"]
    body = [_row(entry, names, best) for entry in found.entries]
    caption = "Measures on rows that nobody learned from; the best of each in colour"
    told = (
        "Reconstruction error is the root mean squared difference between a number and what its "
        "code decodes to: numbers from 0 to 1 as they are, others in standard deviations. "
        "Trustworthiness tells how far neighbours among codes are neighbours among rows."
    )
    if found.labels is not None:
        told += " With labels, 5 neighbours and a logistic regression guess them from the codes."
    notes = [tag("p", f"{e.name}: {e.note}", class_="muted") for e in found.entries if e.note]
    return section("Side by side", told, table(heads, body, caption), *notes)


def _row(entry: Entry, names: Sequence[str], best: dict[str, float | None]) -> Markup:
    cells = [tag("th", entry.name, scope="row")]
    for name in names:
        value = _value(entry, name)
        shown = "\N{EN DASH}" if value is None else f"{value:.3f}"
        cells.append(tag("td", shown, class_="plus" if value == best[name] is not None else None))
    count = "\N{EN DASH}" if entry.n_parameters is None else f"{entry.n_parameters:,}"
    return tag("tr", *cells, tag("td", f"{entry.seconds:.1f}"), tag("td", count))


def _model(found: Comparison, entry: Entry) -> Markup:
    assert entry.codes is not None
    parts = [
        tag(
            "div",
            tag("h3", "Map of the codes"),
            scatter(entry.codes, found.labels),
            class_="panel top",
        )
    ]
    if entry.history is not None and "kl_divergence" in entry.history.columns:
        curve = chart("KL divergence", [Line("KL divergence", _curve(entry.history))])
        name = tag("h3", "Learning", tag("small", "KL divergence, nats per row"))
        parts.append(tag("div", name, curve, class_="panel top"))
    shown = _pictures(found, entry)
    return section(entry.name, entry.note, tag("div", *parts, class_="panels"), shown)


def _curve(history: History) -> Sequence[float]:
    *_, last = history.stages.values()
    return list(last["kl_divergence"])


def _pictures(found: Comparison, entry: Entry) -> Markup | None:
    if found.image_shape is None or entry.rebuilt is None:
        return None
    kinds = [
        (name, rows.clip(0, 1).reshape(len(rows), *found.image_shape))
        for name, rows in (("original", found.originals), ("rebuilt", entry.rebuilt))
    ]
    return pictures.rows(kinds, entry.name)


def _value(entry: Entry, name: str) -> float | None:
    found: float | None = None if entry.measures is None else getattr(entry.measures, name)
    return found


def _best(entries: Sequence[Entry], name: str) -> float | None:
    values = [value for entry in entries if (value := _value(entry, name)) is not None]
    if not values:
        return None
    return min(values) if name in _LOWER_IS_BETTER else max(values)
