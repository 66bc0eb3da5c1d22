"""HTML that cannot be broken by what stands in it: text is escaped unless it is markup already."""

from html import escape
from typing import TypeAlias

_VOID = frozenset(("img", "line", "link", "meta", "path", "circle"))  # have no end tag here


class Markup(str):
    """Text that is HTML or SVG already."""

    __slots__ = ()


Child: TypeAlias = "str | None"


def text(*children: Child) -> Markup:
    """Join children, escaping all that is not markup; None is left out."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else escape(child)
            for child in children
            if child is not None
        )
    )


def tag(name: str, /, *children: Child, **attributes: object) -> Markup:
    """Build an element.

    Parameters
    ----------
    name : str
        Of the element.
    *children : str or Markup
        What it holds; strings are escaped.
    **attributes : object
        ``class_`` stands for ``class`` and ``aria_label`` for ``aria-label``; values are escaped,
        and None leaves the attribute out.
    """
    inside = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(
            f"<{name}{inside}>" if name in ("img", "link", "meta") else f"<{name}{inside}/>"
        )
    return Markup(f"<{name}{inside}>{text(*children)}</{name}>")
