"""Stream parquet tables through pyarrow."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embudo.data.faults import reading
from embudo.data.frames import of_arrow
from embudo.data.source import Frame, Matrix, Source, float_type
from embudo.data.text import require_different, text_cell
from embudo.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet as pq

_ROW_INDEX = re.compile(r"__index_level_\d+__")  # pandas' name for a saved index without a name


def open_parquet(path: Path) -> Source:
    """Open a parquet table as rows of floats, or as frames.

    Rows are float32 if that holds every value of every column's type, else float64. Missing
    cells become NaN; booleans 0 and 1. A row index that pandas saved beside the data is left out.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DataError
        If the file is damaged or empty, a column holds neither numbers nor text, or a name occurs
        twice; while it is read as rows of numbers, also if a column holds text.
    MissingExtraError
        If pyarrow is not installed.
    """
    try:
        import pyarrow as pa
    except ImportError:
        raise MissingExtraError.of("reading csv and parquet files", "data") from None

    with reading(path, "a parquet table", pa.ArrowException), _opened(path) as file:
        require_different(path, file.schema_arrow.names)
        fields = [field for field in file.schema_arrow if not _ROW_INDEX.fullmatch(field.name)]
        for field in fields:
            if not (_is_number(field.type) or _is_text(field.type)):
                raise _no_plain_column(path, field)
        n_rows = file.metadata.num_rows
        dropped = len(file.schema_arrow) - len(fields)
    if not n_rows or not fields:
        raise DataError(f"{path} has {n_rows} rows and {len(fields)} columns: give it data")
    names = tuple(field.name for field in fields)
    texts = tuple(field.name for field in fields if _is_text(field.type))
    numbers = [field for field in fields if field.name not in texts]
    dtype = float_type(*(_numpy_type(field.type) for field in numbers))
    return Source(
        name=str(path),
        n_features=len(names),
        stream=lambda rows: _blocks(path, names, texts, dtype, rows),
        known_rows=n_rows,
        columns=names,
        texts=texts,
        frames=lambda rows, as_text: _frames(path, names, rows, as_text),
        note=f"The row index saved in {path.name} was left out." if dropped else "",
    )


def _opened(path: Path) -> "pq.ParquetFile":
    from pyarrow import parquet as pq

    return pq.ParquetFile(path, memory_map=False)


def _frames(
    path: Path, names: tuple[str, ...], rows: int, as_text: frozenset[str]
) -> Iterator[Frame]:
    import pyarrow as pa

    with reading(path, "a parquet table", pa.ArrowException), _opened(path) as file:
        for batch in file.iter_batches(batch_size=rows, columns=list(names)):
            columns = [_plain(batch.column(name), name in as_text) for name in names]
            yield of_arrow(pa.table(columns, list(names)))


def _plain(column: "pa.Array", as_text: bool) -> "pa.Array":
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_null(column.type):
        column = column.cast(pa.float64())
    return column.cast(pa.string()) if as_text else column


def _blocks(
    path: Path,
    names: tuple[str, ...],
    texts: tuple[str, ...],
    dtype: np.dtype[Any],
    rows: int,
) -> Iterator[Matrix]:
    import pyarrow as pa

    with reading(path, "a parquet table", pa.ArrowException), _opened(path) as file:
        if texts:
            raise _first_text(path, file, texts[0])
        for batch in file.iter_batches(batch_size=rows, columns=list(names)):
            matrix = np.empty((batch.num_rows, len(names)), dtype)
            for index, name in enumerate(names):
                matrix[:, index] = _floats(batch.column(name), dtype)
            yield matrix


def _floats(column: "pa.Array", dtype: np.dtype[Any]) -> Any:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.from_numpy_dtype(dtype), safe=False).to_numpy(zero_copy_only=False)


def _is_number(kind: "pa.DataType") -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _is_number(kind.value_type)
    tests = (types.is_floating, types.is_integer, types.is_boolean, types.is_decimal, types.is_null)
    return any(test(kind) for test in tests)


def _is_text(kind: "pa.DataType") -> bool:
    from pyarrow import types

    kind = kind.value_type if types.is_dictionary(kind) else kind
    tests = (types.is_string, types.is_large_string, types.is_string_view)
    return any(test(kind) for test in tests)


def _no_plain_column(path: Path, field: "pa.Field") -> DataError:
    return DataError(
        f"column {field.name!r} of {path} holds {field.type}, no plain numbers: "
        f"drop the column, or write it as numbers"
    )


def _first_text(path: Path, file: "pq.ParquetFile", name: str) -> DataError:
    row = 0
    for batch in file.iter_batches(columns=[name]):
        for value in batch.column(0).to_pylist():
            if value is not None:
                return text_cell(path, name, row, value)
            row += 1
    return text_cell(path, name, 0, "")


def _numpy_type(kind: "pa.DataType") -> np.dtype[Any]:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _numpy_type(kind.value_type)
    if types.is_decimal(kind):
        return np.dtype(np.float64)
    if types.is_null(kind):
        return np.dtype(np.float32)
    dtype: np.dtype[Any] = np.dtype(kind.to_pandas_dtype())
    return dtype
