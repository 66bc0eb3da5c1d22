"""A gradient's matrix kept as its factors, so that an update needs no matrix of its own."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


class Outer(NamedTuple):
    """The matrix ``left' right``, formed only where it is used.

    A gradient made of a batch's states has far fewer rows than the weights it belongs to. Added
    to them as one product, it is never written to memory, nor read again.
    """

    left: Float[Tensor, "rank rows"]
    right: Float[Tensor, "rank columns"]

    def __matmul__(self, vector: Float[Tensor, " columns"]) -> Float[Tensor, " rows"]:
        """Return the matrix times a column."""
        return torch.mv(self.left.t(), torch.mv(self.right, vector))

    def t(self) -> "Outer":
        """Return the transposed matrix."""
        return Outer(self.right, self.left)

    def dense(self, out: Float[Tensor, "rows columns"] | None = None) -> Tensor:
        """Return the matrix itself, in ``out`` if that is given."""
        return torch.mm(self.left.t(), self.right, out=out)

    def add_to(self, target: Float[Tensor, "rows columns"], beta: float, alpha: float) -> None:
        """Set ``target`` to ``beta * target + alpha * self``, in place."""
        target.addmm_(self.left.t(), self.right, beta=beta, alpha=alpha)


def plus(
    matrix: Tensor | Outer,
    left: Float[Tensor, "rank rows"],
    right: Float[Tensor, "rank columns"],
    factor: float,
) -> Tensor | Outer:
    """Return ``matrix + factor left' right``, in the form that the matrix has."""
    if isinstance(matrix, Outer):
        return Outer(torch.cat((matrix.left, left)), torch.cat((matrix.right, right * factor)))
    return torch.addmm(matrix, left.t(), right, alpha=factor)
