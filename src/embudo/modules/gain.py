"""How strongly two real layers may drive each other."""

import torch
from torch import Tensor, nn

LARGEST_GAIN = 0.9
"""Of weights between two layers whose energy does not bound them by itself."""

_TRACKED = 16  # directions near the bound at once


class GainBound(nn.Module):
    """Holds the singular values of weights below 1, where the energy would lose its minimum.

    Only directions beyond the bound are cut back: scaling the whole matrix would let all others
    fade. One step of subspace iteration after each update follows the strongest directions, also
    to one that an odd row made all at once; a single vector would lag behind where several are
    about equally strong.

    Parameters
    ----------
    n_hidden : int
    """

    directions: Tensor

    def __init__(self, n_hidden: int) -> None:
        super().__init__()
        self.register_buffer("directions", torch.eye(n_hidden, min(_TRACKED, n_hidden)))

    def hold(self, weight: Tensor, bias: Tensor, offset: Tensor) -> None:
        """Cut weights (visible, hidden) back in place, and keep ``bias + weight @ offset``.

        Without the latter each cut would push the units' means the same way: centred gradients
        take weights and biases to have moved together.
        """
        self.directions.copy_(torch.linalg.qr(weight.t() @ (weight @ self.directions)).Q)
        left = weight @ self.directions
        squares, basis = torch.linalg.eigh(torch.nan_to_num(left.t() @ left, 0, 0, 0))
        excess = 1 - LARGEST_GAIN / squares.clamp(min=1e-12).sqrt()
        right = self.directions @ basis
        removed = left @ basis * excess.clamp_(min=0)
        weight.addmm_(removed, right.t(), alpha=-1)
        bias.add_(removed @ (offset @ right))
