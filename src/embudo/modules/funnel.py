"""The deep autoencoder as a module: down the funnel to a few numbers, and up again."""

import math
from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Generator, Tensor, nn

from embudo.kernels.bottlenecks import narrowed
from embudo.kernels.feedforward import surprise, through
from embudo.kernels.joints import Joint
from embudo.kernels.patches import Patches, Picture
from embudo.modules.dbn import DBNModule
from embudo.modules.network import ActivationName, Network, dense
from embudo.modules.revival import Revival
from embudo.modules.visible import VisibleLayer, expanded


class Funnel(nn.Module):
    """An autoencoder of given sizes; its decoder has the encoder's layers in reverse.

    Columns become units of a :class:`VisibleLayer`, and so does the output: the last layer's
    fields are those of the units, its loss minus their log-density. That is the cross-entropy of
    Bernoulli and Softmax columns, and half the squared error of Gaussian ones, plus a constant.

    Parameters
    ----------
    columns : sequence of (name, n_states, count)
        The kinds of the data's columns, equal neighbours counted together.
    hidden : sequence of int
        Units of each layer between the columns and the code.
    n_components : int
        Units of the code.
    activation : {"elu", "relu", "leaky", "sigmoid", "tanh", "linear", "truncated"}
        Of the layers between.
    code : the same
        Of the code.
    tied : bool, default=False
        Whether the decoder's weights are the encoder's, transposed.
    bottleneck : dict, optional
        What stands between encoder and decoder: its name in ``BOTTLENECKS``, and its fields.
    image_shape : (height, width, channels), optional
        Of the picture in a row, if convolutions are to come first.
    channels : sequence of int, optional
        Channels that each of these makes, while it halves height and width.
    code_channels : int, optional
        Channels of the code, if it is a picture of the size that these leave.
    stack : dict, optional
        The arguments of a :class:`DBNModule` whose weights the funnel is to start from.
    """

    centre: Tensor
    _resting: Tensor

    def __init__(
        self,
        columns: Sequence[tuple[str, int, int]],
        hidden: Sequence[int],
        n_components: int,
        activation: ActivationName = "elu",
        code: ActivationName = "linear",
        tied: bool = False,
        bottleneck: dict[str, Any] | None = None,
        image_shape: Sequence[int] | None = None,
        channels: Sequence[int] = (),
        code_channels: int | None = None,
        stack: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        bottleneck = {"name": "plain"} if bottleneck is None else bottleneck
        self.config = {
            "columns": [list(run) for run in columns],
            "hidden": list(hidden),
            "n_components": n_components,
            "activation": activation,
            "code": code,
            "tied": tied,
            "bottleneck": bottleneck,
            "image_shape": None if image_shape is None else list(image_shape),
            "channels": list(channels),
            "code_channels": code_channels,
            "stack": stack,
        }
        self.layer = VisibleLayer(expanded(columns))
        self.bottleneck = narrowed(**bottleneck)
        patches = convolutions(self.layer.n_units, image_shape, channels, code_channels)
        up = ways = patches
        if code_channels is None:
            sizes = (patches[-1].above if patches else self.layer.n_units, *hidden)
            up = [*patches, *dense([*sizes, self.bottleneck.width * n_components])]
            ways = [*patches, *dense([*sizes, n_components])]
        if ways[-1].above != n_components:
            raise ValueError(f"a code of {n_components} units is not what the layers lead to")
        bent: list[ActivationName] = [activation] * (len(up) - 1)
        self.hidden_sizes = tuple(joint.above for joint in ways)
        self.encoder = Network(up, [*bent, code])
        down = [joint.turned for joint in reversed(ways)]
        self.decoder = Network(down, [*bent, "linear"], self.encoder if tied else None)
        self.stack = None if stack is None else DBNModule(columns, **stack)
        self.revival = Revival(n_components) if self.bottleneck.loses_units else None
        self.register_buffer("centre", torch.zeros(self.layer.n_units))
        self.register_buffer("_resting", _resting(self.layer), persistent=False)

    @classmethod
    def from_layers(
        cls,
        columns: Sequence[tuple[str, int, int]],
        up: Sequence[tuple[Tensor, Tensor]],
        down: Sequence[tuple[Tensor, Tensor]],
        activation: ActivationName = "sigmoid",
        code: ActivationName = "linear",
    ) -> Self:
        """Unroll a stack: the way to its topmost layer and the way back, one after the other.

        Parameters
        ----------
        columns : sequence of (name, n_states, count)
        up : sequence of (weight, bias)
            Of each layer on the way from the columns to the code, weights of shape
            (below, above).
        down : sequence of (weight, bias)
            Of each layer on the way back, the code's first, weights likewise of shape
            (what is multiplied, what comes out).
        activation, code : str
            As of the class.
        """
        *hidden, n_components = (bias.numel() for _, bias in up)
        funnel = cls(columns, hidden, n_components, activation, code)
        for network, layers in ((funnel.encoder, up), (funnel.decoder, down)):
            for number, (weight, bias) in enumerate(layers):
                network.place(number, weight, bias)
        return funnel

    @property
    def n_columns(self) -> int:
        """How many columns its data have."""
        return len(self.layer.kinds)

    def initialise(self, mean: Tensor, scale: Tensor, rates: Tensor, generator: Generator) -> None:
        """Start from the data: its base rates, and random weights between them.

        Parameters
        ----------
        mean, scale : Tensor of shape (columns,)
            Of the columns.
        rates : Tensor of shape (units,)
            Means of the units; not looked at for Gaussian ones.
        generator : torch.Generator
        """
        self.encoder.initialise(generator)
        self.decoder.initialise(generator)
        self.layer.place_on(mean, scale)
        centre = rates.to(self.centre).clone()
        centre[self.layer.stretch("gaussian")] = 0
        self.centre.copy_(centre)
        self.start_output(centre)
        if self.stack is not None:
            self.stack.rbms[0].initialise(mean, scale, rates, generator)

    def rung(self, depth: int) -> "Funnel":
        """Return a layer (from 0) and the one that leads back from it as a funnel of their own.

        It learns the same parameters, from rows as :meth:`encode` has them below that layer.
        """
        activation, last = self.encoder.activations[depth], len(self.hidden_sizes) - 1
        columns: Any = [self._outputs_of(depth - 1)] if depth else self.config["columns"]
        rung = Funnel(columns, (), self.hidden_sizes[depth], code=activation)
        rung.encoder = self.encoder.part(depth, activation)
        rung.decoder = self.decoder.part(last - depth, "linear")
        if depth == 0:
            rung.layer, rung.centre = self.layer, self.centre
        if depth == last:
            rung.bottleneck = self.bottleneck
        return rung

    def _outputs_of(self, depth: int) -> tuple[str, int, int]:
        kind = "bernoulli" if self.encoder.activations[depth] == "sigmoid" else "gaussian"
        return (kind, 1, self.hidden_sizes[depth])

    def start_output(self, rates: Tensor) -> None:
        """Start the last biases so that each unit, on its own, has the data's mean."""
        bias = self.decoder.biases[-1].data  # of a picture, one for all points of a channel
        bias.copy_(self.layer.base_rates(rates).unflatten(0, (-1, len(bias))).mean(0))

    def encode(self, x: Tensor, observed: Tensor | None, depth: int) -> Tensor:
        """Return what the layer ``depth`` (from 1) makes of rows; the topmost one is the code.

        A missing entry adds to no unit's field.
        """
        output = self._output(x, observed, depth)
        return self.bottleneck.settled(output) if depth == len(self.hidden_sizes) else output

    def features(self, x: Tensor, observed: Tensor | None, depth: int) -> Tensor:
        """Return the same, but in place of the code what stands for it before another model."""
        output = self._output(x, observed, depth)
        return self.bottleneck.features(output) if depth == len(self.hidden_sizes) else output

    def decode(self, h: Tensor, depth: int) -> Tensor:
        """Return the means of the units at the other end, from outputs of the layer ``depth``."""
        if depth < len(self.hidden_sizes):
            above = self.encoder.layers(h.dtype)[depth:]
            h = self.bottleneck.settled(through(h, above))
        unit = self.layer.unit
        fields = through(h, self.decoder.layers(h.dtype))
        return unit.mean(unit.given(fields))

    def draw(self, code: Tensor, generator: Generator | None) -> Tensor:
        """Return rows on the data's scale, drawn given codes, or their means."""
        unit = self.layer.unit
        given = unit.given(through(code, self.decoder.layers(code.dtype)))
        state = unit.mean(given) if generator is None else unit.sample(given, generator)
        return self.layer.decode(state)

    def reconstruct(self, v: Tensor, seen: Tensor | None = None) -> Tensor:
        """Return the means of the units given their states."""
        return self.decode(self.centred(v, seen), 0)

    def impute(self, x: Tensor, observed: Tensor, steps: int) -> Tensor:
        """Return rows with missing entries filled by what the reconstruction has there.

        After the first step the reconstruction sees what the last one filled in.
        """
        v, seen = self.layer.encode(x, observed)
        assert seen is not None
        mean = self.reconstruct(v, seen)
        for _ in range(steps - 1):
            mean = self.reconstruct(torch.where(seen.bool(), v, mean))
        return torch.where(observed.bool(), x, self.layer.decode(mean))

    def surprise(self, v: Tensor, seen: Tensor | None, field: Tensor) -> Tensor:
        """Return ``-log p(v | field)`` of each row's observed units, in nats; autograd follows."""
        unit = self.layer.unit
        if seen is None:
            return surprise(v, field, unit)
        return surprise(v, field * seen, unit) - (1 - seen) @ self._resting.to(v.dtype)

    def _output(self, x: Tensor, observed: Tensor | None, depth: int) -> Tensor:
        v, seen = self.layer.encode(x, observed)
        return through(self.centred(v, seen), self.encoder.layers(v.dtype)[:depth])

    def centred(self, v: Tensor, seen: Tensor | None) -> Tensor:
        """Return what enters the encoder: the units' states, 0 where one is missing."""
        centre = self.centre.to(v.dtype)
        return v - centre if seen is None else (v - centre) * seen


def convolutions(
    n_units: int,
    image_shape: Sequence[int] | None,
    channels: Sequence[int],
    code_channels: int | None,
) -> list[Joint]:
    """Return the joints that halve a picture one after the other, and the code's, if it is one.

    Raises
    ------
    ValueError
        If a row is no such picture, or nothing would be left of it.
    """
    if image_shape is None:
        return []
    fine, found = Picture(*image_shape), list[Joint]()
    if fine.n_units != n_units:
        raise ValueError(f"a picture of {n_units} units has not the shape {tuple(fine)}")
    for number in channels:
        coarse = fine.halved(number)
        if not coarse.n_units:
            raise ValueError(f"{len(channels)} halvings leave nothing of {tuple(image_shape)}")
        found.append(Patches(fine, coarse, side=4, stride=2))
        fine = coarse
    if code_channels is not None:
        found.append(Patches(fine, fine._replace(channels=code_channels), side=3, stride=1))
    return found


def _resting(layer: VisibleLayer) -> Tensor:
    """Return what a unit adds to the surprise where its field and state are 0."""
    of_kind = {"bernoulli": math.log(2), "gaussian": 0.5 * math.log(2 * math.pi)}
    parts = [
        torch.full(
            (kind.n_states * count,),
            of_kind.get(kind.name, math.log(kind.n_states) / kind.n_states),
            dtype=torch.float64,
        )
        for kind, count in layer.groups
    ]
    return torch.cat(parts)
