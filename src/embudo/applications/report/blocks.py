"""What every page is made of: sections, and tables that may be wider than a screen."""

from collections.abc import Sequence

from embudo.applications.report.html import Markup, tag, text


def section(title: str, told: str, *body: Markup | None) -> Markup:
    """Return a headline, a sentence or two about what is to be seen, and that."""
    head = tag("div", tag("h2", title), tag("p", told) if told else None, class_="head")
    return tag("section", head, tag("div", text(*body), class_="body"))


def table(
    heads: Sequence[str], rows: Sequence[Markup], caption: str, kind: str | None = None
) -> Markup:
    """Return a table that can be scrolled; rows are elements already.

    Parameters
    ----------
    heads : sequence of str
        Over the columns.
    rows : sequence of Markup
    caption : str
    kind : str, optional
        The class of its style.
    """
    head = tag("tr", *(tag("th", name, scope="col") for name in heads))
    parts = tag("caption", caption), tag("thead", head), tag("tbody", *rows)
    found = tag("table", *parts, class_=kind)
    return tag("div", found, class_="scroll", tabindex=0, role="region", aria_label=caption)
