"""Black and white: a source whose numbers are zeros and ones."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from embudo.data.source import Matrix, Source, block_rows, regrouped
from embudo.errors import DataError, ParameterError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_DRAWN_ROWS = 256  # rows that share one generator, whatever the size of the reader's blocks


def binarized(source: Source, how: str, seed: int = 0) -> Source:
    """Make every number of a source 0 or 1; missing numbers stay missing.

    Parameters
    ----------
    source : Source
        Any data for a threshold; data in [0, 1] for "sample".
    how : str
        A threshold strictly between 0 and 1, above which a number becomes 1, or "sample", which
        draws each number once as a Bernoulli variable with its value as the probability.
    seed : int, default=0
        Seed of the draws. The same seed gives the same bits for any size of block.

    Returns
    -------
    Source

    Raises
    ------
    ParameterError
        If ``how`` is neither "sample" nor such a threshold.
    DataError
        While reading, if "sample" meets a number outside [0, 1].
    """
    rule = _sampling(source.name, seed) if how == "sample" else _cutting(_threshold(how))
    drawn = block_rows(_DRAWN_ROWS, source.n_features)

    def groups() -> Iterator[Matrix]:
        start = 0
        for block in regrouped(source.blocks(drawn), drawn):
            yield rule(block, start)
            start += len(block)

    def sparse() -> "csr_matrix":
        from scipy.sparse import csr_matrix, vstack

        return csr_matrix(vstack([csr_matrix(block) for block in groups()], format="csr"))

    return dataclasses.replace(
        source,
        stream=lambda rows: regrouped(groups(), rows),
        frames=None,
        whole=sparse if source.is_sparse else None,
        note=" ".join(filter(None, [source.note, _described(how)])),
    )


def _threshold(how: str) -> float:
    try:
        threshold = float(how)
    except ValueError:
        threshold = -1.0
    if not 0 < threshold < 1:
        raise ParameterError(
            f"binarize={how!r} is not a way to binarise: "
            f"give 'sample', or a threshold between 0 and 1 such as '0.5'"
        )
    return threshold


def _described(how: str) -> str:
    if how == "sample":
        return "Each number was drawn once as 0 or 1 with its value as the probability."
    return f"Numbers above {how} became 1, all others 0."


def _cutting(threshold: float) -> Callable[[Matrix, int], Matrix]:
    def cut(block: Matrix, start: int) -> Matrix:
        return _keep_missing((block > threshold), block)

    return cut


def _sampling(name: str, seed: int) -> Callable[[Matrix, int], Matrix]:
    def draw(block: Matrix, start: int) -> Matrix:
        _require_probabilities(block, name, start)
        chance = np.random.default_rng([seed, start]).random(block.shape)
        return _keep_missing((chance < block), block)

    return draw


def _keep_missing(bits: npt.NDArray[Any], block: Matrix) -> Matrix:
    result: Matrix = bits.astype(block.dtype)
    result[np.isnan(block)] = np.nan
    return result


def _require_probabilities(block: Matrix, name: str, start: int) -> None:
    outside = np.argwhere((block < 0) | (block > 1))
    if len(outside):
        row, column = (int(i) for i in outside[0])
        raise DataError(
            f"row {start + row}, column {column} of {name} is {block[row, column]:g}, which is no "
            f"probability: scale the data to [0, 1] first, or give a threshold"
        )
