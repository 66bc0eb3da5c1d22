"""A stack of restricted Boltzmann machines with a layer of classes on top of it, as one network."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import log_softmax, one_hot

from embudo.kernels.activations import ACTIVATIONS
from embudo.kernels.feedforward import dropping, error, surprise, through
from embudo.kernels.units import Softmax
from embudo.modules.agreement import agreement
from embudo.modules.dbn import DBNModule
from embudo.modules.learning import Rows
from embudo.modules.network import ActivationName, Network, dense
from embudo.modules.rbm import RBMModule
from embudo.modules.unroll import way_up
from embudo.modules.visible import VisibleLayer, expanded
from embudo.training.objective import Objective, Slope


class StackClassifierModule(nn.Module):
    """A network of sigmoid layers under a softmax of the classes.

    Parameters
    ----------
    columns : sequence of (name, n_states, count)
        The kinds of the data's columns, equal neighbours counted together.
    hidden : sequence of int
        Units of each hidden layer, from the lowest to the topmost.
    n_classes : int
    n_chains, n_temperatures : int
        Of each machine of the stack.
    pretrained : bool, default=True
        Whether there is a stack, whose weights the network starts from.
    """

    centre: Tensor

    def __init__(
        self,
        columns: Sequence[tuple[str, int, int]],
        hidden: Sequence[int],
        n_classes: int,
        n_chains: int,
        n_temperatures: int = 1,
        pretrained: bool = True,
    ) -> None:
        super().__init__()
        self.config = {
            "columns": [list(run) for run in columns],
            "hidden": list(hidden),
            "n_classes": n_classes,
            "n_chains": n_chains,
            "n_temperatures": n_temperatures,
            "pretrained": pretrained,
        }
        self.hidden_sizes = tuple(hidden)
        self.classes = Softmax(n_classes)
        replicas = (n_chains, n_temperatures)
        self.stack = DBNModule(columns, hidden, "bernoulli", *replicas) if pretrained else None
        self.layer = VisibleLayer(expanded(columns))
        sizes = [self.layer.n_units, *hidden, n_classes]
        bent: list[ActivationName] = ["sigmoid"] * len(hidden)
        self.network = Network(dense(sizes), [*bent, "linear"])
        self.register_buffer("centre", torch.zeros(self.layer.n_units))

    @property
    def n_columns(self) -> int:
        """How many columns its data have."""
        return len(self.layer.kinds)

    def initialise(self, mean: Tensor, scale: Tensor, rates: Tensor, generator: Generator) -> None:
        """Start the stack from the data, or the network from random weights and centred rows.

        Parameters
        ----------
        mean, scale : Tensor of shape (columns,)
            Of the columns.
        rates : Tensor of shape (units,)
            Means of the units; not looked at for Gaussian ones.
        generator : torch.Generator
        """
        self.layer.place_on(mean, scale)
        if self.stack is not None:
            self.stack.rbms[0].initialise(mean, scale, rates, generator)
            spread_out(self.stack.rbms[0], generator)
            return
        self.network.initialise(generator)
        self.network.weights[-1].data.zero_()  # as after a stack: at first all classes are alike
        centre = rates.to(self.centre).clone()
        centre[self.layer.stretch("gaussian")] = 0
        self.centre.copy_(centre)

    def start_from(self, stack: DBNModule) -> None:
        """Start stack and network from a stack that has learned, of the same columns and sizes."""
        assert self.stack is not None
        for rbm, fitted in zip(self.stack.rbms, stack.rbms, strict=True):
            rbm.learn_from(fitted)
        self.take_over(stack)

    def take_over(self, stack: DBNModule) -> None:
        """Give the network's hidden layers what a stack has learned."""
        self.layer.load_state_dict(stack.layer.state_dict())
        for number, (weight, bias) in enumerate(way_up(stack)):
            self.network.place(number, weight, bias)

    def encode(self, x: Tensor, observed: Tensor | None, depth: int) -> Tensor:
        """Return what the hidden layer ``depth`` (from 1) makes of rows.

        A missing entry adds to no unit's field.
        """
        return through(self._inputs(x, observed), self.network.layers(x.dtype)[:depth])

    def decode(self, h: Tensor, depth: int) -> Tensor:
        """Return the visible units' means, as the stack has them, from the layer ``depth``."""
        assert self.stack is not None
        return self.stack.decode(h, depth)

    def log_posterior(self, x: Tensor, observed: Tensor | None = None) -> Tensor:
        """Return ``log p(class | row)`` of each row and class."""
        return log_softmax(self.encode(x, observed, len(self.network.weights)), 1)

    def objective(
        self,
        precision: torch.dtype,
        dropout: float = 0.0,
        visible_dropout: float = 0.0,
        *,
        first: int = 0,
    ) -> Objective:
        """Hand the loop ``-log p(label | row)`` in nats; every row must have a label.

        Parameters
        ----------
        precision : torch.dtype
            Of the matrix products.
        dropout : float, default=0.0
            Share of the hidden units that is left out, drawn anew for each row and step.
        visible_dropout : float, default=0.0
            The same of the visible units.
        first : int, default=0
            The lowest layer that learns, counted from 0; dropout leaves those below it alone.
        """

        def gradient(batch: Rows, generator: Generator) -> tuple[Tensor, Sequence[Slope]]:
            assert batch.labels is not None
            labels = one_hot(batch.labels, self.classes.n_states)

            def loss(field: Tensor) -> tuple[Tensor, Tensor]:
                return self._loss(labels.to(field.dtype), field, batch.weight)

            drop = dropping(dropout, generator) if dropout else None
            v = self._inputs(batch.x, batch.observed)
            if visible_dropout:
                v = v * dropping(visible_dropout, generator)(v)
            return self.network.slopes(v, loss, precision, drop, first=first)

        return Objective("cross_entropy", self.network.in_order[2 * first :], gradient)

    def _loss(self, labels: Tensor, field: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor]:
        of_row = surprise(labels, field, self.classes)
        slope = error(labels, field, self.classes)
        if weight is None:
            return of_row.mean(), slope.div_(len(labels))
        share = weight.to(field.dtype)
        return of_row.dot(share), slope.mul_(share[:, None])

    def _inputs(self, x: Tensor, observed: Tensor | None) -> Tensor:
        v, seen = self.layer.encode(x, observed)
        centred = v - self.centre.to(v.dtype)
        return centred if seen is None else centred * seen


def spread_out(rbm: RBMModule, generator: Generator) -> None:
    """Start a machine's weights as wide as those of the network that has no stack.

    From smaller ones a layer that gets few updates passes on next to nothing of what it sees, and
    backprop has nothing to go on from.
    """
    spread = ACTIVATIONS["sigmoid"].gain * (6 / sum(rbm.weight.shape)) ** 0.5
    rbm.weight.uniform_(-spread, spread, generator=generator)


@torch.no_grad()
def label_measures(
    module: StackClassifierModule, train: Rows, validation: Rows | None
) -> dict[str, float]:
    """Return the measures of one epoch, those of :func:`agreement`, of validation rows too."""
    found = _agreement(module, train)
    if validation is not None:
        found |= {f"validation_{k}": value for k, value in _agreement(module, validation).items()}
    return found


def _agreement(module: StackClassifierModule, rows: Rows) -> dict[str, float]:
    assert rows.labels is not None
    return agreement(module.log_posterior(rows.x, rows.observed), rows.labels)
