"""How good the rows are that a model makes up, as one page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from embudo.applications.report import pictures
from embudo.applications.report.charts import Line, chart, number
from embudo.applications.report.histogram import Group, histogram
from embudo.applications.report.html import Markup, tag, text
from embudo.applications.report.page import write_page
from embudo.applications.report.tables import facts
from embudo.metrics.classes import ClassShares
from embudo.metrics.verdict import SampleQuality
from embudo.plots.colours import Floats
from embudo.plots.curves import grouped, measures_in
from embudo.training.history import History


@dataclass(frozen=True)
class Authenticity:
    """Probabilities of being authentic that a discriminator gives rows."""

    real: Floats
    held_out: Floats
    generated: Floats


@dataclass(frozen=True)
class Judged:
    """Everything that the page tells.

    Attributes
    ----------
    model, data : str
        What they are called.
    quality : SampleQuality
    made : ndarray of shape (n, height, width[, 3]) or None
        Samples, if they are pictures.
    nearest : ndarray of such shape or None
        The row learned from that is nearest to each of the first ones.
    by_class : sequence of (str, ndarray)
        Samples of each class that the model was asked for.
    walk : ndarray of shape (n_frames, height, width[, 3]) or None
        What is met between codes.
    table : (sequence of str, sequence of sequence of str) or None
        Names of columns and some samples, if they are no pictures.
    authenticity : Authenticity or None
    history : History
    how : dict of str to str
        How it was measured.
    """

    model: str
    data: str
    quality: SampleQuality
    made: Floats | None
    nearest: Floats | None
    by_class: Sequence[tuple[str, Floats]]
    walk: Floats | None
    table: tuple[Sequence[str], Sequence[Sequence[str]]] | None
    authenticity: Authenticity | None
    history: History
    how: dict[str, str]


def write_quality(path: Path, told: Judged) -> None:
    """Write the page, replacing the file at ``path`` in one move."""
    found = told.quality
    lead = (
        f"{found.n_samples:,} rows that {told.model} made up, beside {found.n_real:,} real ones. "
        "Rows that were held out stand in their place for the floor: as good as it gets."
    )
    figures = [
        (number(found.samples.frechet_distance), "Fréchet distance"),
        (number(found.floor.frechet_distance), "its floor"),
        (f"{found.samples.precision:.0%}", "could be real"),
        (f"{found.samples.recall:.0%}", "of the real ones in reach"),
    ]
    write_page(path, f"{told.model} beside {told.data}", lead, figures, list(_sections(told)))


def _sections(told: Judged) -> Iterator[Markup]:
    yield _measures(told.quality)
    if told.made is not None:
        yield _samples(told)
    if told.table is not None:
        yield _rows(*told.table)
    if told.by_class:
        yield _section(
            "Class by class",
            "Each line was asked for one class. They should differ from each other as much as "
            "real rows of that class do.",
            pictures.rows(told.by_class, "Samples of class"),
        )
    if told.quality.classes is not None:
        yield _shares(told.quality.classes)
    if told.walk is not None:
        yield _section(
            "A walk from code to code",
            "Where all that is met could be real, the model has learned what rows have in common; "
            "where one fades into the next, it has learned them by heart.",
            pictures.film(told.walk, "A walk through the space of codes"),
        )
    if told.authenticity is not None:
        yield _authenticity(told.authenticity)
    if told.history.columns:
        yield _learning(told.history)
    yield _section(
        "How it was measured",
        "A figure means something beside its floor, and in the features that it is taken in.",
        tag("div", facts(told.how), class_="making"),
    )


def _measures(found: SampleQuality) -> Markup:
    head = tag(
        "tr", *(tag("th", name, scope="col") for name in ("measure", "samples", "floor", "best"))
    )
    body = [
        tag(
            "tr", tag("th", line.name, scope="row"), *(tag("td", _minus(cell)) for cell in line[1:])
        )
        for line in found.lines
    ]
    readings = [tag("li", reading) for reading in found.readings]
    words = tag("ul", *readings, class_="readings") if readings else None
    return _section(
        "Side by side",
        "Distances tell how unlike all samples are to all real rows. Precision is the share of "
        "samples that could be real, recall the share of real rows that could be samples; density "
        "and coverage tell the same, less moved by single rows. A twin is nearer than real rows "
        "are to each other.",
        _table(head, body, f"In the features of {found.extractor}"),
        words,
    )


def _samples(told: Judged) -> Markup:
    assert told.made is not None
    sheet = pictures.sheet(told.made, f"{len(told.made)} samples")
    if told.nearest is None:
        return _section("What it makes up", "Nobody saw these before.", sheet)
    first = told.made[: len(told.nearest)]
    beside = [("made up", first), ("the nearest row that it learned from", told.nearest)]
    return _section(
        "What it makes up",
        "Nobody saw these before. Below, samples stand above the real row that is nearest to "
        "them: where the two are the same, the model copies.",
        sheet,
        tag("div", pictures.rows(beside, "Samples"), class_="beside"),
    )


def _rows(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    body = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
    return _section(
        "What it makes up",
        "Nobody wrote these rows.",
        _table(head, body, f"The first {len(rows)} samples"),
    )


def _shares(found: ClassShares) -> Markup:
    head = tag(
        "tr", *(tag("th", name, scope="col") for name in ("class", "samples", "real", "apart"))
    )
    body = [
        tag(
            "tr",
            tag("th", name, scope="row"),
            *(tag("td", f"{share:.1%}") for share in (made, real)),
            tag("td", _minus(f"{100 * (made - real):+.1f}")),
        )
        for name, made, real in zip(found.classes, found.generated, found.real, strict=True)
    ]
    return _section(
        "Is every class there?",
        f"{found.classifier} tells the classes of samples and of real rows alike.",
        _table(head, body, "Shares of the classes, and how many points they are apart"),
    )


def _authenticity(found: Authenticity) -> Markup:
    groups = [
        Group("real", found.real, "line"),
        Group("held out", found.held_out, "line held"),
        Group("made up", found.generated, "line counter"),
    ]
    return _section(
        "Can the discriminator tell?",
        "For how authentic it takes rows, from 0 to 1. Where real and made up lie over each other "
        "it cannot tell them apart; where rows held out lie apart from those learned from, it "
        "knows these by heart.",
        histogram("Probability of being authentic", groups),
    )


def _learning(history: History) -> Markup:
    panels = []
    for name, *validation in grouped(measures_in(history)):
        lines = [Line("training", history[name])]
        lines += [Line("held out", history[column]) for column in validation]
        title = name.replace("_", " ")
        panels.append(tag("figure", tag("h3", title), chart(title, lines), class_="panel"))
    return _section(
        "How it learned",
        "Measured at the end of every epoch, that is, every pass over the rows.",
        tag("div", *panels, class_="panels"),
    )


def _minus(figure: str) -> str:
    return figure.replace("-", "\N{MINUS SIGN}")


def _table(head: Markup, body: Sequence[Markup], caption: str) -> Markup:
    table = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body))
    return tag("div", table, class_="scroll", tabindex=0, role="region", aria_label=caption)


def _section(title: str, told: str, *body: Markup | None) -> Markup:
    head = tag("div", tag("h2", title), tag("p", told), class_="head")
    return tag("section", head, tag("div", text(*body), class_="body"))
