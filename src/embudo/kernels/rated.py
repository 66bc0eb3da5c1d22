"""A restricted Boltzmann machine that sees ratings: a softmax unit for each item that was rated.

Salakhutdinov, Mnih and Hinton (2007), "Restricted Boltzmann machines for collaborative filtering".
A user's machine has units for the items rated by that user alone, all users share the weights.
Everything here costs time and memory by the number of ratings, never by users times items.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import embedding_bag, softplus

_WEIGHTS_AT_ONCE = 2**18


class Rated(NamedTuple):
    """The ratings of some users, one after the other.

    Attributes
    ----------
    user, item, level : Tensor of shape (ratings,), int64
        Who rated what, and which level of the scale it was, all from 0; in order of the users.
    first : Tensor of shape (users,), int64
        Where the ratings of each user begin.
    """

    user: Int[Tensor, " rating"]
    item: Int[Tensor, " rating"]
    level: Int[Tensor, " rating"]
    first: Int[Tensor, " user"]


class RatedWeights(NamedTuple):
    """The parameters.

    Attributes
    ----------
    weight : Tensor of shape (items, levels, units)
    visible_bias : Tensor of shape (items, levels)
    hidden_bias : Tensor of shape (units,)
    """

    weight: Float[Tensor, "item level unit"]
    visible_bias: Float[Tensor, "item level"]
    hidden_bias: Float[Tensor, " unit"]


def hidden_field(rated: Rated, weights: RatedWeights) -> Float[Tensor, "user unit"]:
    """Return what the hidden units receive from the ratings; equation 2."""
    weight = weights.weight
    lit = rated.item * weight.shape[1] + rated.level
    return embedding_bag(lit, weight.flatten(0, 1), rated.first, mode="sum") + weights.hidden_bias


def expected_field(
    rated: Rated, mean: Float[Tensor, "rating level"], weights: RatedWeights
) -> Float[Tensor, "user unit"]:
    """Return what the hidden units receive where each rating is a distribution over the scale."""
    n_levels = weights.weight.shape[1]
    lit = rated.item[:, None] * n_levels + torch.arange(n_levels, device=rated.item.device)
    received = embedding_bag(
        lit.flatten(),
        weights.weight.flatten(0, 1),
        rated.first * n_levels,
        mode="sum",
        per_sample_weights=mean.flatten(),
    )
    return received + weights.hidden_bias


def rating_mean(
    rated: Rated, hidden: Float[Tensor, "user unit"], weights: RatedWeights
) -> Float[Tensor, "rating level"]:
    """Return the distribution of each rating over the scale, given the hidden units; equation 1."""
    weight = weights.weight
    found = weight.new_empty(len(rated.item), weight.shape[1])
    for part in _parts(rated, weight):
        # On the CPU this takes a sixth of the time of indices in brackets and torch.bmm.
        own = weight.index_select(0, rated.item[part])
        own *= hidden.index_select(0, rated.user[part])[:, None]
        torch.sum(own, 2, out=found[part])
    return (found + weights.visible_bias[rated.item]).softmax(1)


def free_energy(rated: Rated, weights: RatedWeights) -> Float[Tensor, " user"]:
    """Return each user's free energy: minus the log of the ratings' unnormalised probability."""
    bias = weights.visible_bias[rated.item, rated.level]
    of_ratings = bias.new_zeros(len(rated.first)).index_add(0, rated.user, bias)
    return -of_ratings - softplus(hidden_field(rated, weights)).sum(1)


@dataclass(frozen=True, eq=False)
class Contrast:
    """The gradient of contrastive divergence, to descend along, summed over the users.

    The weights' part is a sum over ratings, which is added to where it is needed and never takes
    the room of all weights.

    Attributes
    ----------
    rated : Rated
        The positive phase: the data,
    hidden : Tensor of shape (users, units)
        and the hidden units' means given them.
    mean : Tensor of shape (ratings, levels)
        The negative phase: what the same items' ratings became,
    hidden_then : Tensor of shape (users, units)
        and the hidden units' means given those.
    weight : Tensor of shape (items, levels, units)
        The weights.
    scale : float, default=1.0
        Factor on all of it: 1 / users makes it a mean.
    """

    rated: Rated
    hidden: Float[Tensor, "user unit"]
    mean: Float[Tensor, "rating level"]
    hidden_then: Float[Tensor, "user unit"]
    weight: Float[Tensor, "item level unit"]
    scale: float = 1.0

    def add_to(self, target: Float[Tensor, "item level unit"], beta: float, alpha: float) -> None:
        """Set ``target`` to ``beta * target`` plus ``alpha`` times the weights' part, in place."""
        rated = self.rated
        target.mul_(beta)
        for part in _parts(rated, target):
            item, user, level = rated.item[part], rated.user[part], rated.level[part]
            then = self.hidden_then.index_select(0, user)
            outer = self.mean[part, :, None] * then[:, None]
            at = torch.arange(len(item), device=item.device) * outer.shape[1] + level
            outer.flatten(0, 1).index_add_(0, at, self.hidden.index_select(0, user), alpha=-1)
            target.index_add_(0, item, outer, alpha=alpha * self.scale)

    def dense(self) -> Float[Tensor, "item level unit"]:
        """Return the weights' part."""
        found = torch.zeros_like(self.weight)
        self.add_to(found, 1.0, 1.0)
        return found

    @property
    def visible_bias(self) -> Float[Tensor, "item level"]:
        """Return the part of the visible biases."""
        rated, n_levels = self.rated, self.mean.shape[1]
        found = self.mean.new_zeros(len(self.weight), n_levels).index_add_(0, rated.item, self.mean)
        lit = rated.item * n_levels + rated.level
        found.view(-1).index_add_(0, lit, torch.ones_like(self.mean[:, 0]), alpha=-1)
        return found * self.scale

    @property
    def hidden_bias(self) -> Float[Tensor, " unit"]:
        """Return the part of the hidden biases."""
        return (self.hidden_then - self.hidden).sum(0) * self.scale


def _parts(rated: Rated, weight: Tensor) -> Iterator[slice]:
    """Cut ratings into parts whose weights fit into a cache."""
    size = max(1, _WEIGHTS_AT_ONCE // weight[0].numel())
    return (slice(start, start + size) for start in range(0, len(rated.item), size))
