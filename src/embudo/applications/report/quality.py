"""How good the rows are that a model makes up, as one page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from embudo.applications.report import pictures
from embudo.applications.report.blocks import section, table
from embudo.applications.report.charts import Line, chart, number
from embudo.applications.report.histogram import Group, histogram
from embudo.applications.report.html import Markup, tag
from embudo.applications.report.page import write_page
from embudo.applications.report.tables import facts
from embudo.metrics.classes import ClassShares
from embudo.metrics.verdict import SampleQuality
from embudo.plots.colours import Floats
from embudo.plots.curves import grouped, measures_in
from embudo.training.history import History

_HEADS = "measure", "samples", "floor", "best"


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
    history : History
    how : dict of str to str
        How it was measured.
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
    """

    model: str
    data: str
    quality: SampleQuality
    history: History
    how: dict[str, str]
    made: Floats | None = None
    nearest: Floats | None = None
    by_class: Sequence[tuple[str, Floats]] = ()
    walk: Floats | None = None
    table: tuple[Sequence[str], Sequence[Sequence[str]]] | None = None
    authenticity: Authenticity | None = None


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
        yield section(
            "Class by class",
            "Each line was asked for one class. They should differ from each other as much as "
            "real rows of that class do.",
            pictures.rows(told.by_class, "Samples of class"),
        )
    if told.quality.classes is not None:
        yield _shares(told.quality.classes)
    if told.walk is not None:
        yield section(
            "A walk from code to code",
            "Where all that is met could be real, the model has learned what rows have in common; "
            "where one fades into the next, it has learned them by heart.",
            pictures.film(told.walk, "A walk through the space of codes"),
        )
    if told.authenticity is not None:
        yield _authenticity(told.authenticity)
    if told.history.columns:
        yield _learning(told.history)
    yield section(
        "How it was measured",
        "A figure means something beside its floor, and in the features that it is taken in.",
        tag("div", facts(told.how), class_="making"),
    )


def _measures(found: SampleQuality) -> Markup:
    body = [
        tag(
            "tr", tag("th", line.name, scope="row"), *(tag("td", _minus(cell)) for cell in line[1:])
        )
        for line in found.lines
    ]
    readings = [tag("li", reading) for reading in found.readings]
    words = tag("ul", *readings, class_="readings") if readings else None
    return section(
        "Side by side",
        "Distances tell how unlike all samples are to all real rows. Precision is the share of "
        "samples that could be real, recall the share of real rows that could be samples; density "
        "and coverage tell the same, less moved by single rows. A twin is nearer than real rows "
        "are to each other.",
        table(
            ("measure", "samples", "floor", "best"), body, f"In the features of {found.extractor}"
        ),
        words,
    )


def _samples(told: Judged) -> Markup:
    assert told.made is not None
    assert told.nearest is not None
    sheet = pictures.sheet(told.made, f"{len(told.made)} samples")
    first = told.made[: len(told.nearest)]
    beside = [("made up", first), ("the nearest row that it learned from", told.nearest)]
    return section(
        "What it makes up",
        "Nobody saw these before. Below, samples stand above the real row that is nearest to "
        "them, pixel by pixel: where the two are the same, the model copies.",
        sheet,
        tag("div", pictures.rows(beside, "Samples"), class_="beside"),
    )


def _rows(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    body = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
    return section(
        "What it makes up",
        "Nobody wrote these rows.",
        table(names, body, f"The first {len(rows)} samples"),
    )


def _shares(found: ClassShares) -> Markup:
    heads = ("class", "samples", "real", "apart")
    body = [
        tag(
            "tr",
            tag("th", name, scope="row"),
            *(tag("td", f"{share:.1%}") for share in (made, real)),
            tag("td", _minus(f"{100 * (made - real):+.1f}")),
        )
        for name, made, real in zip(found.classes, found.generated, found.real, strict=True)
    ]
    return section(
        "Is every class there?",
        f"{found.classifier} tells the classes of samples and of real rows alike.",
        table(heads, body, "Shares of the classes, and how many points they are apart"),
    )


def _authenticity(found: Authenticity) -> Markup:
    groups = [
        Group("real", found.real, "line"),
        Group("held out", found.held_out, "line held"),
        Group("made up", found.generated, "line counter"),
    ]
    return section(
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
    return section(
        "How it learned",
        "Measured at the end of every epoch, that is, every pass over the rows.",
        tag("div", *panels, class_="panels"),
    )


def _minus(figure: str) -> str:
    return figure.replace("-", "\N{MINUS SIGN}")
