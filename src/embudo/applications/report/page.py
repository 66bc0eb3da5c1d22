"""The page around the sections: one file that needs nothing else, neither network nor script."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from embudo.applications.report.findings import Findings
from embudo.applications.report.html import Markup, tag
from embudo.applications.report.sections import sections
from embudo.files import replacing

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_FUNNEL = "M2 3h20l-7.5 9.5v8l-5 2v-10z"
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E"
    f"%3Cpath fill='%233273d8' d='{_FUNNEL}'/%3E%3C/svg%3E"
)


def write_report(path: Path, findings: Findings) -> None:
    """Write a report as one HTML page, replacing the file at ``path`` in one move.

    Parameters
    ----------
    path : Path
        Usually ending in ``.html``.
    findings : Findings
        What to tell.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    with replacing(path) as file:
        file.write(page(findings).encode())


def write_page(
    path: Path,
    title: str,
    lead: str,
    figures: Sequence[tuple[str, str]],
    parts: Sequence[Markup],
) -> None:
    """Write sections below a headline, the sentence after it and a few figures, as one page.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    with replacing(path) as file:
        file.write(_page(title, lead, figures, parts).encode())


def page(findings: Findings) -> str:
    """Return the report as HTML."""
    return _page(findings.title, findings.lead, findings.figures, sections(findings))


def _page(
    title: str, lead: str, figures: Sequence[tuple[str, str]], parts: Sequence[Markup]
) -> str:
    header = _header(title, lead, figures)
    body = tag("body", header, tag("main", *parts), _footer())
    return "<!doctype html>\n" + tag("html", _head(title), body, lang="en")


def _head(title: str) -> Markup:
    style = resources.files("embudo.applications.report").joinpath("style.css").read_text("utf-8")
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href=_ICON),
        tag("title", f"{title} \N{MIDDLE DOT} embudo"),
        tag("style", Markup(style)),
    )


def _header(title: str, lead: str, figures: Sequence[tuple[str, str]]) -> Markup:
    funnel = tag("svg", tag("path", d=_FUNNEL), viewBox="0 0 24 24", aria_hidden="true")
    return tag(
        "header",
        tag("p", funnel, "embudo", class_="mark"),
        tag("h1", title),
        tag("p", lead, class_="lead"),
        _key_figures(figures),
    )


def _key_figures(figures: Sequence[tuple[str, str]]) -> Markup:
    entries = [tag("div", tag("dt", name), tag("dd", value)) for value, name in figures]
    return tag("dl", *entries, class_="figures")


def _footer() -> Markup:
    return tag("footer", tag("p", "Written by embudo. This page loads nothing and runs nothing."))
