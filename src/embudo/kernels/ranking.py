"""How good lists of recommendations are: the best n of all items, and who was met by them.

Every measure is one of a full ranking; none draws a sample of items to rank against. The measures
take the hits of :func:`hits` and how many items each user was to be met by; a user without such an
item has NaN, so that a mean over users leaves it out knowingly (``nanmean``).
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

NOTHING = -1
"""What stands in a list behind the last item that may be recommended."""


def top_n(scores: Float[Tensor, "user item"], n: int) -> Int[Tensor, "user place"]:
    """Return the ``n`` items of the highest scores of each user, best first.

    Of equal scores the item with the lower number comes first. What scores ``-inf`` is never
    listed: :data:`NOTHING` takes its place at the end.

    Raises
    ------
    ValueError
        If a score is NaN, or ``n`` is below 1.
    """
    if n < 1:
        raise ValueError(f"a list has at least 1 place, not {n}")
    if scores.isnan().any():
        raise ValueError("a score is not a number")
    n = min(n, scores.shape[1])
    best, items = scores.topk(min(n + 1, scores.shape[1]))
    best, items = best[:, :n], _in_order(best, items, n)
    # topk takes any of equal scores: where that decides who is listed at all, all are sorted.
    tied = _tied_at_the_end(scores, best)
    if tied.any():
        order = scores[tied].argsort(dim=1, descending=True, stable=True)
        items[tied] = order[:, :n]
    return items.where(scores.gather(1, items) > -torch.inf, NOTHING)


def _in_order(best: Tensor, items: Tensor, n: int) -> Tensor:
    """Return the first items, those of equal scores by their numbers."""
    by_number = items[:, :n].sort(dim=1)
    of_number = best[:, :n].gather(1, by_number.indices)
    places = of_number.argsort(dim=1, descending=True, stable=True)
    return by_number.values.gather(1, places)


def _tied_at_the_end(scores: Tensor, best: Tensor) -> Tensor:
    last = best[:, -1:]
    return ((scores == last).sum(1) > (best == last).sum(1)) & (last[:, 0] > -torch.inf)


def hits(
    listed: Int[Tensor, "user place"], relevant: Bool[Tensor, "user item"]
) -> Bool[Tensor, "user place"]:
    """Say which places of the lists hold a relevant item."""
    return relevant.gather(1, listed.clamp(min=0)) & (listed != NOTHING)


def recall(
    hit: Bool[Tensor, "user place"], n_relevant: Int[Tensor, " user"]
) -> Float[Tensor, " user"]:
    """Return the share of each user's relevant items that is listed, of those that could be.

    The denominator is the smaller one of the list's length and the number of relevant items:
    Liang, Krishnan, Hoffman and Jebara (2018), section 4.2.
    """
    return hit.sum(1).double() / _known(n_relevant).clamp(max=hit.shape[1])


def precision(
    hit: Bool[Tensor, "user place"], n_relevant: Int[Tensor, " user"]
) -> Float[Tensor, " user"]:
    """Return the share of each user's list that is relevant."""
    return hit.sum(1).double() / hit.shape[1] + 0 * _known(n_relevant)


def hit_rate(
    hit: Bool[Tensor, "user place"], n_relevant: Int[Tensor, " user"]
) -> Float[Tensor, " user"]:
    """Return 1 for each user whose list holds a relevant item, and 0 for the others."""
    return hit.any(1).double() + 0 * _known(n_relevant)


def ndcg(
    hit: Bool[Tensor, "user place"], n_relevant: Int[Tensor, " user"]
) -> Float[Tensor, " user"]:
    """Return the discounted gain of each user's list over that of the best possible one.

    A hit at the place r gains ``1 / log2(r + 1)``; Järvelin and Kekäläinen (2002), with gains of
    0 and 1.
    """
    places = torch.arange(hit.shape[1], dtype=torch.float64, device=hit.device)
    discount = 1 / torch.log2(places + 2)
    ideal = discount.cumsum(0)
    best = ideal[n_relevant.clamp(1, hit.shape[1]) - 1]
    return hit.double() @ discount / best + 0 * _known(n_relevant)


def average_precision(
    hit: Bool[Tensor, "user place"], n_relevant: Int[Tensor, " user"]
) -> Float[Tensor, " user"]:
    """Return the mean of the precisions at each hit, a relevant item not listed having 0."""
    places = torch.arange(1, hit.shape[1] + 1, dtype=torch.float64, device=hit.device)
    at_place = hit.cumsum(1).double() / places
    return (at_place * hit).sum(1) / _known(n_relevant).clamp(max=hit.shape[1])


def reciprocal_rank(
    hit: Bool[Tensor, "user place"], n_relevant: Int[Tensor, " user"]
) -> Float[Tensor, " user"]:
    """Return 1 over the place of each user's first hit, 0 without one."""
    first = hit.double().argmax(1) + 1
    return hit.any(1).double() / first + 0 * _known(n_relevant)


def coverage(listed: Int[Tensor, "user place"], n_items: int) -> float:
    """Return the share of all items that are on somebody's list."""
    return len(listed[listed != NOTHING].unique()) / n_items


def _known(n_relevant: Tensor) -> Tensor:
    """Return the numbers of relevant items, NaN in place of none."""
    return n_relevant.double().masked_fill(n_relevant == 0, torch.nan)
