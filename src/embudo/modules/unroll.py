"""A stack of restricted Boltzmann machines as one network: what backprop goes on from."""

from typing import Any, TypeAlias

from torch import Tensor

from embudo.modules.dbn import DBNModule
from embudo.modules.funnel import Funnel
from embudo.modules.network import ActivationName

Layer: TypeAlias = tuple[Tensor, Tensor]
"""Weights of shape (below, above), and biases."""

MEANS: dict[str, ActivationName] = {
    "bernoulli": "sigmoid",
    "gaussian": "linear",
    "relu": "truncated",
}
"""The activation that gives the mean of each kind of hidden unit."""


def way_up(stack: DBNModule) -> list[Layer]:
    """Return the layers that lead from the columns' units to the topmost ones."""
    return [(machine.weight, machine.hidden_bias) for machine in stack.up_machines()]


def way_down(stack: DBNModule) -> list[Layer]:
    """Return the layers that lead from the topmost units back to the columns'."""
    machines = [rbm.machine() for rbm in reversed(stack.rbms)]
    return [(machine.weight.t(), machine.visible_bias) for machine in machines]


def unroll(stack: DBNModule) -> Funnel:
    """Return the autoencoder that encodes and decodes by means as the stack does.

    Hinton and Salakhutdinov (2006). What is on the way up is no longer tied to what is on the way
    down.
    """
    columns: Any = stack.config["columns"]
    code = MEANS[stack.top.hidden.name]
    funnel = Funnel.from_layers(columns, way_up(stack), way_down(stack), "sigmoid", code)
    funnel.layer.load_state_dict(stack.layer.state_dict())
    return funnel


def stacked(funnel: Funnel) -> DBNModule:
    """Return the stack of machines that encodes as a funnel of dense sigmoid layers does.

    Its machines have the weights and hidden biases of the encoder and the decoder's biases.
    """
    columns: Any = funnel.config["columns"]
    stack = DBNModule(columns, funnel.hidden_sizes, "bernoulli", n_chains=1)
    stack.layer.load_state_dict(funnel.layer.state_dict())
    last = len(funnel.hidden_sizes) - 1
    for depth, rbm in enumerate(stack.rbms):
        weight, bias = funnel.encoder.weights[depth].detach(), funnel.encoder.biases[depth].detach()
        rbm.weight.copy_(weight)
        rbm.hidden_bias.copy_(bias if depth else bias - funnel.centre @ weight)
        rbm.visible_bias.copy_(funnel.decoder.biases[last - depth].detach())
    return stack


def take_over(funnel: Funnel, stack: DBNModule) -> None:
    """Give a funnel of the same sizes what a stack has learned.

    The stack's field of a row is that of the centred row and other biases. A code that is drawn
    gets its means from the stack; the logarithms of its variances stay where they are.
    """
    centre = funnel.centre
    for number, (weight, bias) in enumerate(way_up(stack)):
        n = len(bias)
        funnel.encoder.weights[number].data[:, :n] = weight
        funnel.encoder.biases[number].data[:n] = bias if number else bias + centre @ weight
    for number, (weight, bias) in enumerate(way_down(stack)):
        if len(funnel.decoder.weights):
            funnel.decoder.weights[number].data.copy_(weight)
        funnel.decoder.biases[number].data.copy_(bias)
