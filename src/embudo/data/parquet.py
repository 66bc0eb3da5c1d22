"""Stream parquet tables through pyarrow."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embudo.data.faults import reading
from embudo.data.source import Matrix, Source, float_type
from embudo.data.text import require_different, text_cell
from embudo.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet as pq

_ROW_INDEX = re.compile(r"__index_level_\d+__")  # pandas' name for a saved index without a name


def open_parquet(path: Path) -> Source:
    """Open a parquet table as rows of floats.

    The result is float32 if that holds every value of every column's type, else float64. Missing
    cells become NaN; booleans 0 and 1. A row index that pandas saved beside the data is left out.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DataError
        If the file is damaged or empty, a column holds no numbers, or a name occurs twice.
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
        _require_numbers(path, file, fields)
        n_rows = file.metadata.num_rows
        dropped = len(file.schema_arrow) - len(fields)
    if not n_rows or not fields:
        raise DataError(f"{path} has {n_rows} rows and {len(fields)} columns: give it data")
    names = tuple(field.name for field in fields)
    dtype = float_type(*(_numpy_type(field.type) for field in fields))
    return Source(
        name=str(path),
        n_features=len(names),
        stream=lambda rows: _blocks(path, names, dtype, rows),
        known_rows=n_rows,
        columns=names,
        note=f"The row index saved in {path.name} was left out." if dropped else "",
    )


def _opened(path: Path) -> "pq.ParquetFile":
    from pyarrow import parquet as pq

    return pq.ParquetFile(path, memory_map=False)


def _blocks(
    path: Path, names: tuple[str, ...], dtype: np.dtype[Any], rows: int
) -> Iterator[Matrix]:
    import pyarrow as pa

    with reading(path, "a parquet table", pa.ArrowException), _opened(path) as file:
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


def _require_numbers(path: Path, file: "pq.ParquetFile", fields: "list[pa.Field]") -> None:
    for field in fields:
        if not _is_number(field.type):
            raise _not_a_number(path, file, field)


def _is_number(kind: "pa.DataType") -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _is_number(kind.value_type)
    tests = (types.is_floating, types.is_integer, types.is_boolean, types.is_decimal, types.is_null)
    return any(test(kind) for test in tests)


def _not_a_number(path: Path, file: "pq.ParquetFile", field: "pa.Field") -> DataError:
    from pyarrow import types

    kind = field.type.value_type if types.is_dictionary(field.type) else field.type
    if not (types.is_string(kind) or types.is_large_string(kind)):
        return DataError(
            f"column {field.name!r} of {path} holds {field.type}, no plain numbers: "
            f"drop the column, or write it as numbers"
        )
    row = 0
    for batch in file.iter_batches(columns=[field.name]):
        for value in batch.column(0).to_pylist():
            if value is not None:
                return text_cell(path, field.name, row, value)
            row += 1
    return text_cell(path, field.name, 0, "")


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
