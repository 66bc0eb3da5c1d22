"""A restricted Boltzmann machine that sees ratings: a softmax unit for each item that was rated.

Salakhutdinov, Mnih and Hinton (2007), "Restricted Boltzmann machines for collaborative filtering".
A user's machine has units for the items rated by that user alone, all users share the weights.
Everything here costs time and memory by the number of ratings, never by users times items.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import embedding_bag, softplus


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
    up = torch.bmm(weights.weight[rated.item], hidden[rated.user].unsqueeze(2))[..., 0]
    return (up + weights.visible_bias[rated.item]).softmax(1)


def free_energy(rated: Rated, weights: RatedWeights) -> Float[Tensor, " user"]:
    """Return each user's free energy: minus the log of the ratings' unnormalised probability."""
    bias = weights.visible_bias[rated.item, rated.level]
    of_ratings = bias.new_zeros(len(rated.first)).index_add(0, rated.user, bias)
    return -of_ratings - softplus(hidden_field(rated, weights)).sum(1)


def contrast(
    rated: Rated,
    hidden: Float[Tensor, "user unit"],
    mean: Float[Tensor, "rating level"],
    hidden_then: Float[Tensor, "user unit"],
    weights: RatedWeights,
) -> RatedWeights:
    """Return the gradient of contrastive divergence, to descend along, summed over the users.

    Parameters
    ----------
    rated : Rated
        The positive phase: the data,
    hidden : Tensor of shape (users, units)
        and the hidden units' means given them.
    mean : Tensor of shape (ratings, levels)
        The negative phase: what the same items' ratings became,
    hidden_then : Tensor of shape (users, units)
        and the hidden units' means given those.
    weights : RatedWeights
    """
    weight = torch.zeros_like(weights.weight)
    bias = torch.zeros_like(weights.visible_bias)
    n_levels = weight.shape[1]
    lit = rated.item * n_levels + rated.level
    weight.view(-1, weight.shape[2]).index_add_(0, lit, hidden[rated.user], alpha=-1)
    bias.view(-1).index_add_(0, lit, torch.ones_like(mean[:, 0]), alpha=-1)
    then = hidden_then[rated.user]
    for level in range(n_levels):
        weight[:, level].index_add_(0, rated.item, mean[:, level, None] * then)
    bias.index_add_(0, rated.item, mean)
    return RatedWeights(weight, bias, (hidden_then - hidden).sum(0))
