"""One look over a table before training: its range, its holes, its columns' means."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from embudo.data.adapt import Table
from embudo.errors import DataError

_SMALL = 2**18  # elements, whose sums in double precision cost nothing


@dataclass(frozen=True)
class Survey:
    """What a table holds.

    Attributes
    ----------
    low, high : float
        The least and the greatest observed value.
    has_missing : bool
        Whether any entry is NaN. Here as above, rows of weight 0 do not count.
    mean, scale : Tensor of shape (features,), float64
        Weighted mean and standard deviation of each column's observed values; the scale of a
        constant column is 1.
    """

    low: float
    high: float
    has_missing: bool
    mean: Tensor
    scale: Tensor

    @property
    def within_unit_interval(self) -> bool:
        """Whether every observed value lies in [0, 1]."""
        return self.low >= 0 and self.high <= 1


def survey(
    table: Table, weight: Tensor | None = None, names: Sequence[str] | None = None
) -> Survey:
    """Look over a table block by block.

    Raises
    ------
    DataError
        If a value is infinite or too large for float32, or if nothing is observed at all.
    """
    low, high, has_missing = float("inf"), float("-inf"), False
    total = torch.zeros(table.n_features, dtype=torch.float64)
    mass = torch.zeros(table.n_features, dtype=torch.float64)
    for rows, block in table.blocks():
        missing = check_finite(block, rows.start, names)
        weights = _weights(weight, rows, block)
        if weight is not None:
            block, weights, missing = _taking_part(block, weights, missing)
        if not len(block):
            continue
        if missing is not None:
            has_missing = True
            observed = ~missing
            if not bool(observed.any()):
                continue
            low = min(low, float(block[observed].min()))
            high = max(high, float(block[observed].max()))
            block = block.masked_fill_(missing, 0)
            mass += weights @ observed.to(weights.dtype)
        else:
            least, greatest = block.aminmax()
            low, high = min(low, float(least)), max(high, float(greatest))
            mass += weights.sum()
        total += weights @ block.to(weights.dtype) if weight is not None else _column_sums(block)
    if low > high:
        raise DataError("every entry of X is missing (NaN); at least one must be observed")
    mean = total / mass.clamp(min=torch.finfo(torch.float64).tiny)
    return Survey(low, high, has_missing, mean, torch.ones_like(mean))


def with_scale(facts: Survey, table: Table, weight: Tensor | None = None) -> Survey:
    """Return the survey with the columns' standard deviations, found in a second look.

    The first look's means, rounded as float32 sums are, serve as the origin; here they gain the
    digits that they lack, without which a constant column would seem to vary.
    """
    excess = torch.zeros_like(facts.mean)
    squares = torch.zeros_like(facts.mean)
    mass = torch.zeros_like(facts.mean)
    for rows, block in table.blocks(torch.float64):
        deviation = block - facts.mean
        observed = ~deviation.isnan()
        weights = _weights(weight, rows, block)
        excess += weights @ deviation.nan_to_num_(0)
        squares += weights @ deviation.square_()
        mass += weights @ observed.double()
    mass.clamp_(min=torch.finfo(torch.float64).tiny)
    excess /= mass
    mean = facts.mean + excess
    scale = (squares / mass - excess.square()).clamp(min=0).sqrt()
    negligible = 1e-7 * mean.abs().clamp(min=torch.finfo(torch.float32).tiny)
    constant = scale <= negligible  # what is left of a constant column after rounding
    return dataclasses.replace(facts, mean=mean, scale=scale.masked_fill(constant, 1.0))


def check_finite(block: Tensor, first_row: int, names: Sequence[str] | None) -> Tensor | None:
    """Return where a block is NaN (None if nowhere); refuse infinities by row and column."""
    if bool(block.sum().isfinite()):
        return None
    infinite = block.isinf()
    if bool(infinite.any()):
        row, column = (int(i) for i in infinite.nonzero()[0])
        raise DataError(
            f"X holds inf, or a value too large for float32, at row {first_row + row}, "
            f"{column_label(column, names)}; remove or clip it"
        )
    missing = block.isnan()
    return missing if bool(missing.any()) else None


def check_unit_interval(
    table: Table, names: Sequence[str] | None, columns: Sequence[int] | None = None
) -> None:
    """Refuse the first value outside [0, 1], and say which scaling would help.

    Looks at ``columns`` alone, if these are given.

    Raises
    ------
    DataError
        Naming row, column and value.
    """
    for rows, block in table.blocks():
        outside = (block < 0) | (block > 1)
        if columns is not None:
            outside[:, ~torch.isin(torch.arange(block.shape[1]), torch.tensor(columns))] = False
        if bool(outside.any()):
            row, column = (int(i) for i in outside.nonzero()[0])
            value = float(block[row, column])
            whole_bytes = value.is_integer() and 0 <= value <= 255
            advice = "divide by 255 if these are 8-bit pixels, or " if whole_bytes else ""
            raise DataError(
                f"visible='bernoulli' needs values in [0, 1], but row {rows.start + row}, "
                f"{column_label(column, names)} holds {value:g}; {advice}scale with "
                "sklearn.preprocessing.MinMaxScaler, or take visible='gaussian'"
            )


def column_label(column: int, names: Sequence[str] | None) -> str:
    """Name a column as the caller knows it."""
    return f"column {column}" if names is None else f"column {str(names[column])!r}"


def _weights(weight: Tensor | None, rows: slice, block: Tensor) -> Tensor:
    if weight is None:
        return torch.ones(len(block), dtype=torch.float64)
    return weight[rows].double()


def _taking_part(
    block: Tensor, weights: Tensor, missing: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Leave out the rows of weight 0, and the marks of missing entries if none is left."""
    some = weights > 0
    if missing is not None:
        missing = missing[some] if bool(missing[some].any()) else None
    return block[some], weights[some], missing


def _column_sums(block: Tensor) -> Tensor:
    """Sum exactly what is small, else in float32 over a thousand rows, which keeps six digits."""
    if block.numel() <= _SMALL:
        return block.sum(0, dtype=torch.float64)
    pieces = [piece.sum(0) for piece in block.split(1024)]
    return torch.stack(pieces).double().sum(0) if pieces else np.nan * block.sum(0).double()
