"""Results as JSON: one document on standard output, for programs to read."""

import dataclasses
import json
import math
import sys
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from embudo.training.history import History


def write_document(result: Any, **more: Any) -> None:
    """Write a result, and further entries, as one JSON object."""
    plain = {**as_plain(result), **as_plain(more)}
    json.dump(plain, sys.stdout, indent=2, allow_nan=False)
    sys.stdout.write("\n")


def as_plain(value: Any) -> Any:
    """Turn a result into what JSON knows: records become objects, and NaN becomes null."""
    if isinstance(value, History):
        return [as_plain(row.flat()) for row in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return as_plain(value._asdict())
    if isinstance(value, list | tuple | set | frozenset):
        return [as_plain(entry) for entry in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value) if isinstance(value, PurePath) else repr(value)
