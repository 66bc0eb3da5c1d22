"""Damage data on purpose: the noise that a model is asked to remove."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from embudo.errors import ParameterError

Kind: TypeAlias = Literal["gaussian", "mask", "salt"]


@dataclass(frozen=True)
class Corruption:
    """A kind of damage and how much of it.

    Parameters
    ----------
    kind : {"gaussian", "mask", "salt"}
        Gaussian noise is added; a mask hides entries, which become 0 and are reported as missing;
        salt sets entries to 0 or 1, each as likely.
    amount : float
        Standard deviation of the noise, above 0; else the share of entries, up to 1.

    Raises
    ------
    ParameterError
        If the kind is unknown or the amount outside its limits.
    """

    kind: Kind
    amount: float

    def __post_init__(self) -> None:
        """Check the limits."""
        most = np.inf if self.kind == "gaussian" else 1.0
        if self.kind not in get_args(Kind) or not 0 < self.amount <= most or np.isinf(self.amount):
            raise _unusable(f"{self.kind}:{self.amount:g}")

    @classmethod
    def parse(cls, spec: str) -> "Corruption":
        """Read a corruption written as ``gaussian:0.3``, ``mask:0.3`` or ``salt:0.2``.

        Raises
        ------
        ParameterError
            If it is written otherwise.
        """
        kind, _, amount = spec.partition(":")
        for known in get_args(Kind):
            if kind == known:
                return cls(known, _number(spec, amount))
        raise _unusable(spec)

    def apply(
        self, X: npt.NDArray[Any], generator: np.random.Generator
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """Damage a copy of the data.

        Parameters
        ----------
        X : ndarray of floats
            Numbers in [0, 1]; NaN stays NaN.
        generator : numpy.random.Generator

        Returns
        -------
        damaged : ndarray
            Of the shape and dtype of ``X``, clipped to [0, 1].
        missing : ndarray of bool
            True where the damage hides the entry rather than changing it, or ``X`` is NaN.
        """
        hidden = np.zeros(X.shape, bool)
        if self.kind == "gaussian":
            damaged = X + self.amount * generator.standard_normal(X.shape)
        else:
            hit = generator.random(X.shape) < self.amount
            value = generator.random(X.shape) < 0.5 if self.kind == "salt" else 0.0
            damaged = np.where(hit & ~np.isnan(X), value, X)
            hidden = hit if self.kind == "mask" else hidden
        return np.clip(damaged, 0, 1).astype(X.dtype), hidden | np.isnan(X)


def corrupt(X: npt.NDArray[Any], spec: str, generator: np.random.Generator) -> npt.NDArray[Any]:
    """Damage a copy of the data; see `Corruption`.

    Parameters
    ----------
    X : ndarray of floats
        Numbers in [0, 1].
    spec : str
        ``gaussian:0.3``, ``mask:0.3`` or ``salt:0.2``.
    generator : numpy.random.Generator

    Returns
    -------
    ndarray
        Of the shape and dtype of ``X``, clipped to [0, 1]; masked entries are 0.
    """
    return Corruption.parse(spec).apply(X, generator)[0]


def _number(spec: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _unusable(spec) from None


def _unusable(spec: str) -> ParameterError:
    return ParameterError(
        f"noise={spec!r} cannot be used: write gaussian: and a deviation above 0, "
        f"or mask: or salt: and a share of the entries up to 1, such as mask:0.3"
    )
