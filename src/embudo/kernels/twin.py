"""Layers that stand twice, with the same weights: how the layers of a deep machine are pretrained.

In a deep Boltzmann machine a layer hears its neighbours on both sides. When it is trained with one
of them alone, as a restricted machine, a second copy of that one makes up for the missing other
(Salakhutdinov and Hinton 2009, section 3.1).
"""

from typing import final

from jaxtyping import Float
from torch import Generator, Tensor

from embudo.kernels.noise import bernoulli
from embudo.kernels.units import Draw, Unit


@final
class Twin(Unit):
    """The sum of two units of a kind that share their field.

    Only the sum reaches the other layer, and it is of the exponential family as the two are.
    """

    name = "twin"

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def given(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return self.unit.given(field)

    def given_(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return self.unit.given_(field)

    def mean(self, parameter: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return 2 * self.unit.mean(parameter)

    def sample(
        self, parameter: Float[Tensor, "*shape"], generator: Generator, draw: Draw = bernoulli
    ) -> Float[Tensor, "*shape"]:
        first = self.unit.sample(parameter, generator, draw)
        return first + self.unit.sample(parameter, generator, draw)

    def log_normaliser(self, field: Float[Tensor, "*batch units"]) -> Float[Tensor, "*batch"]:
        return 2 * self.unit.log_normaliser(field)

    def base(self, state: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        raise NotImplementedError("the energy of a sum is that of no single pair of states")
