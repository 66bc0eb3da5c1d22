"""How a generator and a discriminator learn from each other: two objectives for the one loop."""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from embudo.kernels.adversarial import between, distance_from_slope_1, squared_slopes
from embudo.modules.adversaries import Adversaries
from embudo.modules.learning import Rows
from embudo.modules.shares import merged, shared
from embudo.training.objective import Objective, autograd


@dataclass(frozen=True)
class Duelling:
    """How the two are to learn.

    Attributes
    ----------
    precision : torch.dtype
        Of the matrix products.
    penalty : float
        Factor on the penalty of the discriminator's slope.
    penalty_end : float
        What is left of it when the schedule's factor is 0, as a share.
    penalty_every : int
        Steps of the discriminator from one penalty to the next, which counts for all of them.
    critic_steps : int
        Steps of the discriminator for each of the generator.
    ema : float
        Decay of the generator's moving average.
    merge : bool
        Whether rows that are alike are taken as one that counts for all of them.
    """

    precision: torch.dtype
    penalty: float
    penalty_end: float = 1.0
    penalty_every: int = 1
    critic_steps: int = 1
    ema: float = 0.999
    merge: bool = False


class Shown(NamedTuple):
    """Rows as the discriminator sees them, and what each counts."""

    real: Tensor
    seen: Tensor | None
    share: Tensor
    labels: Tensor | None


def objectives(module: Adversaries, how: Duelling) -> tuple[Objective, Objective]:
    """Hand the loop what the discriminator loses, and then what the generator does.

    The discriminator's includes the penalty; both are means over the rows.
    """
    critic = Critic(module, how)
    return (
        autograd(
            "discriminator_loss",
            module.discriminator,
            critic.loss,
            after_step=module.note_step,
            repeats=how.critic_steps,
            pace=critic.pace,
        ),
        autograd(
            "generator_loss",
            module.generator,
            partial(generator_loss, module, how),
            after_step=partial(module.follow, how.ema),
        ),
    )


def shown(module: Adversaries, how: Duelling, batch: Rows) -> Shown:
    """Return the rows of a batch as the discriminator sees them."""
    wide = torch.promote_types(how.precision, torch.float32)
    rows = merged(batch) if how.merge else shared(batch)
    v, seen = module.layer.encode(rows.x, rows.observed)
    seen = None if seen is None else seen.to(wide)
    return Shown(module.shown(v.to(wide), seen), seen, rows.weight.to(wide), rows.labels)


def penalty(
    module: Adversaries, x: Tensor, score: Tensor, rows: Shown, how: Duelling, generator: Generator
) -> Tensor:
    """Return what the slopes of the scores cost the discriminator, at a factor of 1.

    ``x`` holds the real rows and then the made ones, ``score`` their scores. Of the relativistic
    loss it is (R1 + R2) / 2, of the classic one and least squares R1 / 2, of Wasserstein's the
    gradient penalty halfway.
    """
    share, n = rows.share, len(rows.share)
    if module.duel.paired:
        return 0.5 * squared_slopes(score, x) @ torch.cat((share, share))
    if not module.duel.floats:
        return 0.5 * squared_slopes(score, x)[:n] @ share
    where = torch.rand(n, generator=generator, device=x.device).to(x.dtype)
    middle = between(x[:n].detach(), x[n:].detach(), where).requires_grad_()
    layers = module.judges(how.precision, live=True)
    squared = squared_slopes(module.scores(middle, rows.labels, layers), middle)
    return distance_from_slope_1(squared) @ share


class Critic:
    """The discriminator's side, whose penalty falls along the schedule.

    Parameters
    ----------
    module : Adversaries
    how : Duelling
    """

    def __init__(self, module: Adversaries, how: Duelling) -> None:
        self._module, self._how = module, how
        self._weight = how.penalty

    def pace(self, factor: float) -> None:
        """Take the penalty from one order to the next as the schedule's factor goes to 0."""
        self._weight = self._how.penalty * self._how.penalty_end ** (1 - factor)

    @property
    def _is_due(self) -> bool:
        """Whether this step pays the penalty, for all up to the next (Karras et al. 2020)."""
        every = self._how.penalty_every
        return every == 1 or int(self._module.steps) % every == 0

    def loss(self, batch: Rows, generator: Generator) -> Tensor:
        """Return what the discriminator loses on a batch and as many rows made for it."""
        module, how = self._module, self._how
        rows = shown(module, how, batch)
        with torch.no_grad():
            made = forged(module, rows, how, generator)
        weight = how.penalty_every * self._weight if self._is_due else 0.0
        x = torch.cat((rows.real, made)).requires_grad_(weight > 0)
        labels = None if rows.labels is None else rows.labels.repeat(2)
        score = module.scores(x, labels, module.judges(how.precision, live=True))
        real, fake = score.chunk(2)
        module.note(real.detach(), fake.detach(), rows.labels, rows.share)
        value = module.duel.discriminator(real, fake) @ rows.share
        if weight > 0:
            value = value + weight * penalty(module, x, score, rows, how, generator)
        return value


def forged(
    module: Adversaries, rows: Shown, how: Duelling, generator: Generator, *, live: bool = False
) -> Tensor:
    """Return a made row for each real one, of its class and with its gaps, as it is shown."""
    network = module.generator
    layers = network.live(how.precision) if live else network.layers(how.precision)
    z = module.codes(len(rows.real), generator).to(rows.real.dtype)
    return module.shown(module.states(module.means(z, rows.labels, layers)), rows.seen)


def generator_loss(module: Adversaries, how: Duelling, batch: Rows, generator: Generator) -> Tensor:
    """Return what the generator loses: how well its rows are told from those of a batch."""
    rows = shown(module, how, batch)
    judges = module.judges(how.precision)
    made = forged(module, rows, how, generator, live=True)
    fake = module.scores(made, rows.labels, judges)
    real = fake.detach()
    if module.duel.paired:
        with torch.no_grad():
            real = module.scores(rows.real, rows.labels, judges)
    return module.duel.generator(real, fake) @ rows.share
