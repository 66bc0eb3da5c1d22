"""Units of a code that no row turns on any more, and how they get another chance."""

import torch
from torch import Generator, Tensor, nn

from embudo.kernels.feedforward import Passed
from embudo.modules.network import Network

_PATIENCE = 100  # steps


class Revival(nn.Module):
    """Counts for how many steps each unit has been at rest, and starts anew those that stay so.

    A unit that is never among the largest gets no slope, and would be lost for good. It is given
    the weights that answer to one of the rows at hand, at the strength that others have.
    """

    idle: Tensor

    def __init__(self, n_components: int) -> None:
        super().__init__()
        self.register_buffer("idle", torch.zeros(n_components, dtype=torch.int64))

    def note(self, code: Tensor) -> None:
        """Look at which units a batch has turned on."""
        self.idle.add_(1).masked_fill_((code != 0).any(0), 0)

    def revive(self, encoder: Network, top: Passed, generator: Generator) -> None:
        """Start the units anew that have been at rest for too long.

        Parameters
        ----------
        encoder : Network
        top : Passed
            A batch's way through its last layer.
        generator : torch.Generator
            Says which rows are answered to.
        """
        lost = (self.idle >= _PATIENCE).nonzero()[:, 0]
        if not len(lost):
            return
        entered = top.entered.float()
        rows = torch.randint(len(entered), (len(lost),), generator=generator, device=lost.device)
        mean = entered.mean(0)
        unlike = entered[rows] - mean
        size = unlike.square().sum(1, keepdim=True).clamp(min=torch.finfo(torch.float32).eps)
        strength = top.output.float().amax(1)[rows, None]
        weight = unlike / size * strength
        encoder.weights[-1].data[:, lost] = weight.t()
        encoder.biases[-1].data[lost] = -(weight @ mean)
        self.idle[lost] = 0
