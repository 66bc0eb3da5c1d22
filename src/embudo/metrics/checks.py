"""What rows and numbers have to be before anything is measured."""

from torch import Tensor

from embudo.errors import DataError, ParameterError


def at_least(least: float, **numbers: float) -> None:
    """Refuse numbers that are below ``least``.

    Raises
    ------
    ParameterError
        If one is.
    """
    for name, value in numbers.items():
        if not value >= least:
            raise ParameterError(f"{name} must be at least {least}, but is {value}")


def same_width(real: Tensor, others: Tensor, name: str) -> None:
    """Refuse rows whose features are not as many as those of the real ones.

    Raises
    ------
    DataError
        If they are not.
    """
    if real.shape[1] != others.shape[1]:
        raise DataError(
            f"{name} has {others.shape[1]} features, but the real rows have {real.shape[1]}: give "
            "rows of the same kind"
        )


def check_rows(rows: Tensor, name: str, fewest: int) -> None:
    """Refuse rows that are too few.

    Raises
    ------
    DataError
        If they are.
    """
    if len(rows) < fewest:
        raise DataError(f"{name} holds {len(rows)} rows, which are too few: give {fewest} at least")
