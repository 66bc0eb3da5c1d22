"""What a duel is watched by, at the end of every epoch, and what that means in words."""

import math
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Generator, Tensor

from embudo.kernels.energy_distance import energy_distance
from embudo.kernels.neighbours import neighbours
from embudo.modules.adversaries import Adversaries
from embudo.modules.duelling import Duelling, Shown, forged, objectives, penalty, shown
from embudo.modules.learning import Rows

_NEAR = 0.25  # of the usual distance from a real row to the next: nearer ones are duplicates
_STEEP = 1e4  # norm of a slope that no duel in balance comes to
_TOLD, _MISTAKEN = 0.95, 0.05
_FEW, _MANY = 0.5, 0.2


def duel_measures(
    module: Adversaries, how: Duelling, train: Rows, validation: Rows | None
) -> dict[str, float]:
    """Return the measures of one epoch.

    ``d_real``, ``d_fake``
        Mean probability of being authentic that the discriminator gives real and made rows.
    ``penalty``
        Of its slope, before the factor.
    ``discriminator_slope``, ``generator_slope``
        Norm of each player's gradient.
    ``diversity``
        Mean distance between two made rows over that between two real ones.
    ``duplicates``
        Share of the made rows that are nearly equal to another one, beyond that of the real ones.
    ``validation_d_real``
        Mean probability of held-out rows.
    ``validation_score``
        Minus the energy distance between held-out and made rows: larger is better.
    """
    generator = Generator(train.x.device).manual_seed(0)
    rows = shown(module, how, train)
    with torch.no_grad():
        made = forged(module, rows, how, generator)
    x = torch.cat((rows.real, made)).requires_grad_()
    labels = None if rows.labels is None else rows.labels.repeat(2)
    with torch.enable_grad():
        score = module.scores(x, labels, module.judges(how.precision))
        steep = penalty(module, x, score, rows, how, generator)
    real, fake = (_mean_probability(module, some) for some in score.detach().chunk(2))
    found = {"d_real": real, "d_fake": fake, "penalty": float(steep.detach())}
    found |= _slopes(module, how, train, generator) | _spread(rows, made)
    return found if validation is None else found | _held_out(module, how, validation, generator)


def verdict(values: Mapping[str, float]) -> str:
    """Say in words how a duel stands, and what to change if it does not stand well."""
    slopes = values["discriminator_slope"], values["generator_slope"]
    if not all(math.isfinite(value) for value in values.values()) or max(slopes) > _STEEP:
        return "diverging: lower learning_rate"
    if values["diversity"] < _FEW or values["duplicates"] > _MANY:
        return "collapse suspected: made rows are too much alike; raise penalty or batch_size"
    if values["d_real"] > _TOLD and values["d_fake"] < _MISTAKEN:
        return "discriminator winning: raise penalty, or lower critic_steps or learning_rate"
    return "balanced"


def _mean_probability(module: Adversaries, score: Tensor) -> float:
    return float(module.authentic(score - module.origin.to(score)).mean())


def _slopes(
    module: Adversaries, how: Duelling, train: Rows, generator: Generator
) -> dict[str, float]:
    noted = module.origin.clone(), module.class_counts.clone()
    found = {}
    for player in objectives(module, replace(how, penalty_every=1)):
        _, gradients = player.gradient(train, generator)
        norm = torch.nn.utils.get_total_norm([g for g in gradients if isinstance(g, Tensor)])
        found[player.name.replace("_loss", "_slope")] = float(norm)
    module.origin.copy_(noted[0])
    module.class_counts.copy_(noted[1])
    return found


def _spread(rows: Shown, made: Tensor) -> dict[str, float]:
    real, fake = rows.real.double(), made.double()
    if len(real) < 3:
        return {"diversity": 1.0, "duplicates": 0.0}
    apart = [torch.pdist(some).mean() for some in (real, fake)]
    nearest = [neighbours(some, 1).distances[:, 0] for some in (real, fake)]
    near = _NEAR * nearest[0].median()
    alike = [float((distance <= near).double().mean()) for distance in nearest]
    diversity = float(apart[1] / apart[0]) if apart[0] > 0 else 1.0
    return {"diversity": diversity, "duplicates": max(0.0, alike[1] - alike[0])}


def _held_out(
    module: Adversaries, how: Duelling, validation: Rows, generator: Generator
) -> dict[str, float]:
    rows = shown(module, how, validation)
    z = module.codes(len(rows.real), generator).to(rows.real.dtype)
    means = module.means(z, rows.labels, module.average.layers(z.dtype))
    made = module.shown(module.states(means), rows.seen)
    score = module.scores(rows.real, rows.labels, module.judges(how.precision))
    return {
        "validation_d_real": _mean_probability(module, score),
        "validation_score": -energy_distance(rows.real.double(), made.double()),
    }
