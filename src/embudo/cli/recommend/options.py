"""Arguments and options that the verbs share, and how titles are chosen on a terminal."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from embudo.cli.options import whole

if TYPE_CHECKING:
    from embudo.applications.recommend.sources import RatingsRequest

Ratings: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="RATINGS",
        help="A table of ratings (.csv, .tsv, .parquet, MovieLens, RecBole), a folder that holds "
        "one, or movielens-small.",
    ),
]
Items: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--items",
        metavar="FILE",
        help="A table of items: titles, genres, texts, numbers. By default one beside RATINGS.",
    ),
]
People: TypeAlias = Annotated[
    Path | None,
    typer.Option("--people", metavar="FILE", help="A table of users, to ask for groups of them."),
]
User: TypeAlias = Annotated[
    str | None,
    typer.Option("--user", metavar="COLUMN", help="The column of users; else a usual name."),
]
Item: TypeAlias = Annotated[
    str | None,
    typer.Option("--item", metavar="COLUMN", help="The column of items; else a usual name."),
]
Rating: TypeAlias = Annotated[
    str | None,
    typer.Option("--rating", metavar="COLUMN", help="The column of ratings; else a usual name."),
]
Time: TypeAlias = Annotated[
    str | None,
    typer.Option("--time", metavar="COLUMN", help="The column of times; else a usual name."),
]
Implicit: TypeAlias = Annotated[
    bool,
    typer.Option("--implicit", help="Each line is a like or a play, whatever its rating."),
]
Duplicates: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="refuse|last", help="A pair that is rated again: an error, or the last one counts."
    ),
]
Model: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--model", "-m", metavar="FILE", help="A file that 'embudo recommend train' wrote."
    ),
]
Places: TypeAlias = Annotated[
    int, typer.Option("-n", parser=whole, metavar="N", help="How many of the best.")
]
Only: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="COLUMN=VALUE",
        help="What items must have, as genre=Comedy or year=1990:1999; may be given many times.",
    ),
]
Exclude: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude", metavar="ITEM", help="Leave out an item, by title or id; many times."
    ),
]
IncludeSeen: TypeAlias = Annotated[
    bool, typer.Option("--include-seen", help="List what somebody has already, too.")
]


def ratings_request(
    data: str,
    items: Path | None,
    user: str | None,
    item: str | None,
    rating: str | None,
    time: str | None,
    implicit: bool,
    duplicates: str,
    data_dir: Path | None,
    people: Path | None = None,
) -> "RatingsRequest":
    """Return where ratings are, as it was typed."""
    from embudo.applications.recommend.sources import RatingsRequest
    from embudo.data.rating_files import RatingFile

    if duplicates not in ("refuse", "last"):
        raise typer.BadParameter(f"--duplicates is refuse or last, not {duplicates!r}")
    file = RatingFile(
        path=Path(data),
        items=items,
        people=people,
        user=user,
        item=item,
        rating=rating,
        time=time,
        implicit=implicit,
        duplicates=duplicates,  # type: ignore[arg-type]
    )
    return RatingsRequest(data=data, file=file, data_dir=data_dir)


def pairs_of(given: Sequence[str] | None, option: str) -> dict[str, str]:
    """Read what was typed as ``name=value``."""
    found = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise typer.BadParameter(f"{option} {text!r} is no pair: write it as NAME=VALUE")
        found[name.strip()] = value.strip()
    return found


def wanted(only: Sequence[str] | None) -> dict[str, Any]:
    """Read what items must have; a span as ``year=1990:1999``."""
    return {name: _span(value) for name, value in pairs_of(only, "--only").items()}


def chosen_title(words: str, titles: Sequence[str]) -> str | None:
    """Ask which title is meant, where somebody can answer."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    lines = [f"  {number}  {title}" for number, title in enumerate(titles, 1)]
    typer.echo("\n".join([f"{words!r} could be", *lines]), err=True)
    answer = typer.prompt("which one (0 for none)", type=int, default=1, err=True)
    return titles[answer - 1] if 1 <= answer <= len(titles) else None


def _span(value: str) -> Any:
    low, colon, high = value.partition(":")
    try:
        return (float(low), float(high)) if colon else value
    except ValueError:
        return value
