"""A generator and its discriminator as a module, with the generator's moving average."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import one_hot

from embudo.kernels.adversarial import DUELS, Duel, averaged, straight_through, warmed_up
from embudo.kernels.feedforward import Layer, through
from embudo.kernels.joints import Full
from embudo.modules.funnel import convolutions
from embudo.modules.network import ActivationName, Network, dense
from embudo.modules.ranked import RankedLayer
from embudo.modules.spectral import SpectralNorm
from embudo.modules.visible import VisibleLayer, expanded

_ORIGIN_MEMORY = 0.99


class Adversaries(nn.Module):
    """One network that makes rows of a code, and one that scores rows, the other way round.

    Columns become units of a :class:`VisibleLayer`. The generator's fields are those of the units;
    the discriminator sees their means, and of categories, and of columns that hold nothing but 0
    and 1, the likeliest state, through which slopes go as if it were the means. Where classes are
    known, the generator is told one beside the code, and the discriminator has a score for each.

    Parameters
    ----------
    columns : sequence of (name, n_states, count)
        The kinds of the data's columns, equal neighbours counted together.
    n_components : int
        Components of the code.
    hidden : sequence of int
        Units of each layer of the discriminator between columns and score; the generator has
        them in reverse. With an image shape, channels, each at half the size of the last.
    loss : str
        The name in ``DUELS`` of what they lose to each other.
    n_classes : int, default=0
        How many classes are known.
    spectral : bool, default=False
        Whether the discriminator's weights are divided by their largest singular value.
    image_shape : (height, width, channels), optional
        Of the picture in a row, if there are to be convolutions.
    binary : sequence of int, default=()
        Places of the columns that hold nothing but 0 and 1.
    n_knots : int, default=0
        Quantiles by which numbers are described, if they stand by their normal scores.
    """

    centre: Tensor
    _crisp: Tensor
    origin: Tensor
    class_counts: Tensor
    updates: Tensor
    steps: Tensor

    def __init__(
        self,
        columns: Sequence[tuple[str, int, int]],
        n_components: int,
        hidden: Sequence[int],
        loss: str,
        n_classes: int = 0,
        spectral: bool = False,
        image_shape: Sequence[int] | None = None,
        binary: Sequence[int] = (),
        n_knots: int = 0,
    ) -> None:
        super().__init__()
        self.config = {
            "columns": [list(run) for run in columns],
            "n_components": n_components,
            "hidden": list(hidden),
            "loss": loss,
            "n_classes": n_classes,
            "spectral": spectral,
            "image_shape": None if image_shape is None else list(image_shape),
            "binary": list(binary),
            "n_knots": n_knots,
        }
        self.loss, self.n_components, self.n_classes = loss, n_components, n_classes
        kinds = expanded(columns)
        self.layer = RankedLayer(kinds, n_knots) if n_knots else VisibleLayer(kinds)
        up = convolutions(self.layer.n_units, image_shape, hidden, None)
        if image_shape is None:
            up = dense([self.layer.n_units, *hidden])
        down = [joint.turned for joint in reversed(up)]
        if image_shape is None:
            down = dense([*reversed(hidden), self.layer.n_units])
        bent: list[ActivationName] = ["leaky"] * len(up)
        first = Full(n_components + n_classes, down[0].below)
        self.generator = Network([first, *down], [*bent, "linear"])
        self.average = Network([first, *down], [*bent, "linear"]).requires_grad_(False)
        head = Full(up[-1].above, max(1, n_classes))
        self.discriminator = Network([*up, head], [*bent, "linear"])
        self.spectral = SpectralNorm(self.discriminator) if spectral else None
        self.has_states = bool(binary or n_knots) or "softmax" in self.layer.kind_names
        self.register_buffer("centre", torch.zeros(self.layer.n_units))
        self.register_buffer("_crisp", self._units_of(binary), persistent=False)
        self.register_buffer("origin", torch.zeros((), dtype=torch.float64))
        self.register_buffer("class_counts", torch.zeros(n_classes, dtype=torch.float64))
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    @property
    def duel(self) -> Duel:
        """What they lose to each other."""
        return DUELS[self.loss]

    @property
    def n_columns(self) -> int:
        """How many columns its data have."""
        return len(self.layer.kinds)

    @property
    def n_features(self) -> int:
        """How many numbers the discriminator's score is a weighted sum of."""
        return self.discriminator.joints[-1].below

    def initialise(
        self,
        mean: Tensor,
        scale: Tensor,
        rates: Tensor,
        generator: Generator,
        knots: Tensor | None = None,
    ) -> None:
        """Start from the data: their base rates, and random weights.

        Parameters
        ----------
        mean, scale : Tensor of shape (columns,)
            Of the columns.
        rates : Tensor of shape (units,)
            Means of the units; not looked at for Gaussian ones.
        generator : torch.Generator
        knots : Tensor of shape (numbers, n_knots), optional
            Quantiles of the columns of numbers, if they stand by their normal scores.
        """
        if knots is not None:
            self.layer.get_buffer("knots").copy_(knots)
        self.generator.initialise(generator)
        self.discriminator.initialise(generator)
        if self.spectral is not None:
            self.spectral.initialise(generator)
        self.layer.place_on(mean, scale)
        centre = rates.to(self.centre).clone()
        centre[self.layer.stretch("gaussian")] = 0
        self.centre.copy_(centre)
        bias = self.generator.biases[-1].data  # of a picture, one for all points of a channel
        bias.copy_(self.layer.base_rates(centre).unflatten(0, (-1, len(bias))).mean(0))
        self.average.load_state_dict(self.generator.state_dict())

    def codes(self, n: int, generator: Generator) -> Tensor:
        """Draw standard normal codes."""
        return torch.randn((n, self.n_components), generator=generator, device=generator.device)

    def means(self, z: Tensor, labels: Tensor | None, layers: Sequence[Layer]) -> Tensor:
        """Return the means of the units that layers make of codes; autograd can follow.

        They are computed in the layers' type, and come in float32 at least.
        """
        told = z if labels is None else torch.cat((z, self._told(labels, z)), 1)
        field = through(told.to(layers[0].weight.dtype), layers)
        return self.layer.unit.given(field.to(torch.promote_types(field.dtype, torch.float32)))

    def states(self, means: Tensor) -> Tensor:
        """Return what the discriminator is shown: states where there is nothing between them."""
        return straight_through(means, self._nearest(means.detach())) if self.has_states else means

    def classes(self, n: int, generator: Generator) -> Tensor | None:
        """Draw classes as often as they were met, evenly before any was; None without them."""
        if not self.n_classes:
            return None
        counts = self.class_counts
        met = counts if counts.any() else torch.ones_like(counts)
        return met.multinomial(n, True, generator=generator)

    def generate(self, n: int, generator: Generator) -> Tensor:
        """Return rows on the data's scale, of codes and classes that are drawn."""
        labels = self.classes(n, generator)
        return self.draw(self.codes(n, generator), labels)

    def draw(self, z: Tensor, labels: Tensor | None, *, means: bool = False) -> Tensor:
        """Return rows on the data's scale, made by the averaged generator."""
        found = self.means(z, labels, self.average.layers(z.dtype))
        return self.layer.decode(found if means or not self.has_states else self._nearest(found))

    def judges(self, dtype: torch.dtype, *, live: bool = False) -> list[Layer]:
        """Return the discriminator's layers in a type, which autograd can follow if ``live``."""
        network = self.discriminator
        layers = network.live(dtype) if live else network.layers(dtype)
        return layers if self.spectral is None else self.spectral.scaled(layers)

    def scores(self, v: Tensor, labels: Tensor | None, layers: Sequence[Layer]) -> Tensor:
        """Return the score of each row's units, as one of its class where classes are known."""
        found = self.heads(v, layers)
        return found[:, 0] if labels is None else found.gather(1, labels[:, None])[:, 0]

    def heads(self, v: Tensor, layers: Sequence[Layer]) -> Tensor:
        """Return the scores of each row's units, one for each class."""
        found = through(v.to(layers[0].weight.dtype), layers)
        return found.to(torch.promote_types(found.dtype, torch.float32))

    def best(self, heads: Tensor) -> Tensor:
        """Return how each row scores as of the class that it passes for best, from an origin."""
        return heads.amax(1) - self.origin.to(heads)

    def authentic(self, score: Tensor) -> Tensor:
        """Return the probability of being authentic that scores from the origin stand for."""
        return self.duel.probability(score)

    def shown(self, v: Tensor, seen: Tensor | None) -> Tensor:
        """Return what enters the discriminator: units' states, 0 where one is missing."""
        centre = self.centre.to(v.dtype)
        return v - centre if seen is None else (v - centre) * seen

    def note(self, real: Tensor, made: Tensor, labels: Tensor | None, share: Tensor) -> None:
        """Take note of scores, if they float, and of how many rows of each class there were."""
        if self.duel.floats:
            middle = (real + made) @ share.to(real.dtype) / (2 * share.sum())
            averaged(self.origin, middle.to(self.origin), _ORIGIN_MEMORY)
        if labels is not None:
            self.class_counts.index_add_(0, labels, share.to(self.class_counts))

    def note_step(self) -> None:
        """Take note of a step of the discriminator."""
        self.steps += 1
        if self.spectral is not None:
            self.spectral.follow(self.discriminator)

    @torch.no_grad()
    def follow(self, decay: float) -> None:
        """Let the average take a step after the generator."""
        self.updates += 1
        decay = warmed_up(decay, int(self.updates))
        pairs = zip(self.average.parameters(), self.generator.parameters(), strict=True)
        for average, value in pairs:
            averaged(average.data, value.data, decay)

    def _told(self, labels: Tensor, z: Tensor) -> Tensor:
        """Return classes as a generator hears them: together as loud as the code."""
        told: Tensor = one_hot(labels, self.n_classes).to(z.dtype)
        return told.mul_(self.n_components**0.5)

    def _nearest(self, means: Tensor) -> Tensor:
        widths = [kind.n_states * count for kind, count in self.layer.groups]
        parts = []
        groups = zip(self.layer.groups, means.split(widths, 1), strict=True)
        for (kind, _), part in groups:
            if kind.name == "softmax":
                states = part.unflatten(1, (-1, kind.n_states)).argmax(2)
                part = one_hot(states, kind.n_states).to(part.dtype).flatten(1)
            elif kind.name == "gaussian":
                part = self.layer.nearest(part)
            parts.append(part)
        found = torch.cat(parts, 1)
        return torch.where(self._crisp, found.round(), found)

    def _units_of(self, columns: Sequence[int]) -> Tensor:
        """Return which units those of some columns are, but for categories."""
        some = torch.zeros((1, self.n_columns))
        some[:, list(columns)] = 1
        some[:, [i for i, kind in enumerate(self.layer.kinds) if kind.name != "bernoulli"]] = 0
        return self.layer.spread(some)[0].bool()
