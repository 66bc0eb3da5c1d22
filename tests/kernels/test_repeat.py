"""A loop ends when its step says so, or when it has gone on for long enough; recorded or not."""

import pytest
import torch
from torch import Tensor, nn

from embudo.kernels.repeat import State, until_still


def halve(state: State, held: State) -> tuple[State, Tensor]:
    """Halve the numbers as long as one is above the limit."""
    (numbers,), (limit,) = state, held
    return (numbers / 2,), (numbers / 2 > limit).any()


class Halved(nn.Module):
    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def forward(self, numbers: Tensor) -> Tensor:
        return until_still(halve, (numbers,), (torch.ones(()),), self.most)[0]


@pytest.mark.parametrize(
    ("most", "expected"), [(100, [0.75, 0.5]), (2, [1.5, 1.0]), (1, [3.0, 2.0])]
)
def test_the_loop_ends_by_its_step_or_its_count(most: int, expected: list[float]) -> None:
    numbers = torch.tensor([6.0, 4.0])
    assert Halved(most)(numbers).tolist() == expected
    batch = torch.export.Dim("batch")
    example = (torch.ones(3),)
    program = torch.export.export(Halved(most), example, dynamic_shapes=({0: batch},), strict=False)
    assert program.module()(numbers).tolist() == expected
