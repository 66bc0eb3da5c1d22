"""Ratings and items from files, read batch by batch: only codes stay in memory, not the file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from embudo.data.catalogue import Catalogue, id_column
from embudo.data.faults import reading
from embudo.data.id_codes import Codes, as_ids
from embudo.data.ids import UNKNOWN, Ids
from embudo.data.place import Place
from embudo.data.rating_columns import Named, named_columns
from embudo.data.rating_text import genres_of_flags, text_form
from embudo.data.ratings import Ratings
from embudo.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    import pyarrow as pa

_PARQUET = (".parquet", ".pq")
_BLOCK = 2**22  # bytes of text parsed at once
_ROWS = 2**18  # of parquet
_BESIDE = ("movies.csv", "items.csv", "movies.dat", "u.item", "products.csv", "books.csv")


@dataclass(frozen=True, kw_only=True)
class RatingFile:
    """Where ratings are, and what their columns are called; None where a usual name is.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.tsv``, ``.parquet`` or the files of MovieLens and RecBole, also with ``.gz``.
    items : Path, optional
        A table of items; by default one of a usual name beside the ratings.
    people : Path, optional
        A table of users.
    user, item, rating, time : str, optional
        Names of columns.
    implicit : bool, default=False
        Whether each line says that an item is liked, whatever the rating.
    scale : sequence of float, optional
        All levels of a rating; by default those that occur.
    duplicates : {"refuse", "last"}, default="refuse"
        What to do with a pair that is rated again: an error, or the last one counts, by time if
        there is one.
    """

    path: Path
    items: Path | None = None
    people: Path | None = None
    user: str | None = None
    item: str | None = None
    rating: str | None = None
    time: str | None = None
    implicit: bool = False
    scale: Sequence[float] | None = None
    duplicates: Literal["refuse", "last"] = "refuse"


def read_ratings(file: RatingFile) -> tuple[Ratings, tuple[str, ...]]:
    """Read ratings, and say what was decided on the way.

    Raises
    ------
    DataError
        If a file cannot be read, a column is not there, an id or a rating is missing, a rating is
        none or outside the scale, or a pair is rated twice; the message names lines.
    MissingExtraError
        If pyarrow is not installed.
    """
    _require_pyarrow()
    table = _table(file.path, "ratings")
    named, said = named_columns(
        file.path,
        table.columns,
        user=file.user,
        item=file.item,
        rating=file.rating,
        time=file.time,
        implicit=file.implicit,
    )
    gathered = _gathered(file.path, table, named)
    notes = [said] if said else []
    path, beside = _catalogue_path(file)
    catalogue = None if path is None else _catalogue(path, "items", file.item)
    people = None if file.people is None else _catalogue(file.people, "users", file.user)
    notes += [f"items are described by {path}, which lies beside the ratings"] if beside else []
    listed = () if catalogue is None else catalogue[0]
    item_ids, items = as_ids(gathered.items.found, listed, "item")
    user_ids, _ = as_ids(gathered.users.found, (), "user")
    described = _described(user_ids, people)
    ratings, again = Ratings.of_codes(
        user_ids,
        item_ids,
        gathered.users.ranked(user_ids),
        gathered.items.ranked(item_ids),
        gathered.value(),
        gathered.time(),
        is_implicit=named.rating is None,
        scale=file.scale,
        name=named.rating or "",
        keep_last=file.duplicates == "last" or named.rating is None,
        place=table.place,
        catalogue=None if catalogue is None else Catalogue(items, catalogue[1]),
    )
    notes += [f"{again:,} pairs that came again count once"] if again else []
    return replace(ratings, people=described), tuple(notes)


@dataclass(frozen=True)
class _Table:
    """The columns of a file, and its rows in batches of some of them."""

    path: Path
    kind: str
    columns: tuple[str, ...]
    place: Place
    form: Any = None

    def batches(self, texts: Sequence[str], numbers: Sequence[str]) -> Iterator["pa.RecordBatch"]:
        """Yield some columns, those of ids as text."""
        import pyarrow as pa

        with reading(self.path, self.kind, pa.ArrowException):
            yield from self._text(texts, numbers) if self.form else self._parquet(texts, numbers)

    def _text(self, texts: Sequence[str], numbers: Sequence[str]) -> Iterator["pa.RecordBatch"]:
        import pyarrow as pa
        from pyarrow import csv

        form = self.form
        quote = False if form.is_double or form.delimiter == "\t" else '"'
        options = {
            "read_options": csv.ReadOptions(
                column_names=list(form.columns),
                skip_rows=int(form.has_names),
                block_size=_BLOCK,
                encoding=form.encoding,
                use_threads=False,
            ),
            "parse_options": csv.ParseOptions(delimiter=form.delimiter, quote_char=quote),
            "convert_options": csv.ConvertOptions(
                column_types={name: pa.string() for name in texts},
                include_columns=[*texts, *numbers],
                strings_can_be_null=True,
                null_values=["", "NA", "NaN", "nan", "null", "NULL", "None"],
                quoted_strings_can_be_null=False,
            ),
        }
        with form.open(self.path) as handle, csv.open_csv(handle, **options) as reader:
            yield from reader

    def _parquet(self, texts: Sequence[str], numbers: Sequence[str]) -> Iterator["pa.RecordBatch"]:
        from pyarrow import parquet as pq

        with pq.ParquetFile(self.path) as file:
            yield from file.iter_batches(_ROWS, columns=list(dict.fromkeys([*texts, *numbers])))


@dataclass
class _Gathered:
    """What was read so far, as codes and numbers."""

    users: Codes = field(default_factory=Codes)
    items: Codes = field(default_factory=Codes)
    values: list[NDArray[np.float64]] = field(default_factory=list)
    times: list[NDArray[np.float64]] = field(default_factory=list)

    def value(self) -> NDArray[np.float64]:
        """Return all ratings."""
        return np.concatenate(self.values)

    def time(self) -> NDArray[np.float64] | None:
        """Return all times, if there are any."""
        return np.concatenate(self.times) if self.times else None


def _gathered(path: Path, table: _Table, named: Named) -> _Gathered:
    found = _Gathered()
    numbers = [name for name in (named.rating, named.time) if name is not None]
    row = 0
    for batch in table.batches([named.user, named.item], numbers):
        for codes, role in ((found.users, named.user), (found.items, named.item)):
            _require_all(path, table, batch.column(role), role, row)
            codes.add(batch.column(role))
        for name, into in ((named.rating, found.values), (named.time, found.times)):
            if name is not None:
                into.append(_numbers(path, table, batch.column(name), name, row))
        if named.rating is None:
            found.values.append(np.ones(batch.num_rows))
        row += batch.num_rows
    if not row:
        raise DataError(f"{path} has names of columns but no row below them: add ratings")
    return found


def _numbers(path: Path, table: _Table, column: Any, name: str, row: int) -> NDArray[np.float64]:
    import pyarrow as pa

    _require_all(path, table, column, name, row)
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.timestamp("s"), safe=False).cast(pa.int64())
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        first = column[0].as_py()
        raise DataError(f"{path} has no numbers in column {name!r}, but {first!r}: name another")
    found = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    bad = np.flatnonzero(~np.isfinite(found))
    if len(bad):
        where = table.place.of(row + bad)
        raise DataError(f"{path} has no finite number in column {name!r}, {where}: correct it")
    return np.asarray(found, np.float64)


def _require_all(path: Path, table: _Table, column: Any, name: str, row: int) -> None:
    if column.null_count:
        missing = np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))
        where = table.place.of(row + missing)
        raise DataError(
            f"{path} has nothing in column {name!r}, {where}: fill or remove such lines"
        )


def _table(path: Path, what: str) -> _Table:
    if not path.is_file():
        raise DataError(f"{path} is no file: give a table of {what}, such as {what}.csv")
    if path.suffix.lower() not in _PARQUET:
        form = text_form(path, what)
        return _Table(
            path, f"a table of {what}", form.columns, Place("line", 1 + form.has_names), form
        )
    import pyarrow as pa
    from pyarrow import parquet as pq

    with reading(path, "a parquet table", pa.ArrowException):
        names = tuple(pq.read_schema(path).names)
    return _Table(path, "a parquet table", names, Place("row", 0))


def _catalogue_path(file: RatingFile) -> tuple[Path | None, bool]:
    """Return where items are described, and whether nobody named that file."""
    if file.items is not None:
        return file.items, False
    names = [*_BESIDE, f"{file.path.stem}.item"]
    beside = (file.path.with_name(name) for name in names)
    found = next((path for path in beside if path.is_file() and path != file.path), None)
    return found, found is not None


def _described(
    users: Ids, people: tuple[list[str], dict[str, list[Any]]] | None
) -> Catalogue | None:
    """Return what is known of those users who have ratings."""
    if people is None:
        return None
    codes = users.codes(people[0])
    known = np.flatnonzero(codes != UNKNOWN)
    columns = {name: [cells[row] for row in known] for name, cells in people[1].items()}
    return Catalogue([users[int(codes[row])] for row in known], columns, "user")


def _catalogue(path: Path, what: str, item: str | None) -> tuple[list[str], dict[str, list[Any]]]:
    """Return ids as text, and the other columns."""
    import pyarrow as pa

    table = _table(path, what)
    name = id_column(table.columns) if item is None or item not in table.columns else item
    others = [column for column in table.columns if column != name]
    parts = list(table.batches([name], others))
    if not parts:
        raise DataError(f"{path} has names of columns but no row below them: add {what}")
    whole = pa.Table.from_batches(parts).select(list(table.columns))
    _require_all(path, table, whole.column(name), name, 0)
    columns = {column: _cells(whole.column(column)) for column in table.columns}
    columns = genres_of_flags(columns)
    ids = [str(one) for one in columns.pop(name)]
    return ids, columns


def _cells(column: Any) -> list[Any]:
    import pyarrow as pa

    plain = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    if plain or pa.types.is_boolean(column.type) or pa.types.is_null(column.type):
        return list(column.to_pylist())
    return [None if cell is None else str(cell) for cell in column.to_pylist()]


def _require_pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise MissingExtraError.of("reading files of ratings", "data") from None
