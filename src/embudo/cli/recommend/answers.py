"""How answers are shown: a table that fits a terminal, or JSON."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embudo.applications.recommend.ask import Answer

_SHOWN = {
    "user": "user",
    "title": "title",
    "item": "id",
    "rating": "rating",
    "score": "score",
    "similarity": "similarity",
    "share": "share",
    "source": "source",
    "reason": "why",
}
_NUMBERS = frozenset({"rating", "score", "similarity", "share"})


def tell(answer: "Answer", notes: list[str], as_json: bool, then: tuple[str, ...]) -> None:
    """Show an answer, and what to ask next."""
    from embudo.cli.document import write_document
    from embudo.cli.screen import conclude, show

    if as_json:
        write_document(answer, notes=notes)
        return
    show(answer.about)
    if not answer.rows:
        show("nothing is left to recommend: ask for less with --only or --exclude")
        return
    show(table_of(answer.rows))
    conclude(then=then)


def table_of(rows: list[dict[str, Any]]) -> Any:
    """Return rows as a table, of the columns that tell something."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    names = [name for name in _SHOWN if name in rows[0] and _tells(rows, name)]
    for name in names:
        number = name in _NUMBERS
        table.add_column(
            _SHOWN[name], justify="right" if number else "left", overflow="fold", no_wrap=number
        )
    for row in rows:
        table.add_row(*(_cell(name, row[name]) for name in names))
    return table


def _tells(rows: list[dict[str, Any]], name: str) -> bool:
    """Say whether a column is worth its place."""
    cells = {str(row[name]) for row in rows}
    if name == "user":
        return len(cells) > 1
    if name == "item":
        return any(str(row["item"]) != row.get("title") for row in rows)
    if name == "source":
        return cells != {"collaborative"}
    return name != "reason" or cells not in ({""}, {"popular"})


def _cell(name: str, value: Any) -> str:
    if name in _NUMBERS and value is not None:
        return f"{value:g}" if name == "rating" else f"{value:.3g}"
    return "" if value is None else str(value)
