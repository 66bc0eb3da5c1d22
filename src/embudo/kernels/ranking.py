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

_BLOCK = 64  # scores whose maximum stands for them
_FEWEST = 4  # blocks that a row must have, for each place of a list, to be searched by blocks


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
    n = min(n, scores.shape[1])
    best, items = _largest(scores, min(n + 1, scores.shape[1]))
    if best[:, :1].isnan().any():  # NaN counts as the largest
        raise ValueError("a score is not a number")
    # Which of equal scores are found is open: where that decides who is listed, all are sorted.
    tied = (best[:, n:] == best[:, n - 1 : n]).any(1) & (best[:, n - 1] > -torch.inf)
    found = _in_order(best[:, :n], items[:, :n])
    if tied.any():
        order = scores[tied].argsort(dim=1, descending=True, stable=True)
        found[tied] = order[:, :n]
    return found.where(scores.gather(1, found) > -torch.inf, NOTHING)


def _largest(scores: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """Return the largest scores of each row, in their order, and where they stand.

    They stand in the ``n`` blocks of the largest maxima, or in what is left over behind the last
    block, so that most of a long row is read once.
    """
    rows, columns = scores.shape
    n_blocks = columns // _BLOCK
    if n_blocks < _FEWEST * n:
        largest = scores.topk(n)
        return largest.values, largest.indices
    whole = scores[:, : n_blocks * _BLOCK].unflatten(1, (n_blocks, _BLOCK))
    blocks = whole.amax(2).topk(n).indices
    inside = torch.arange(_BLOCK, device=scores.device)
    rest = torch.arange(n_blocks * _BLOCK, columns, device=scores.device).expand(rows, -1)
    places = torch.cat([(blocks[:, :, None] * _BLOCK + inside).flatten(1), rest], 1)
    within = scores.gather(1, places).topk(n)
    return within.values, places.gather(1, within.indices)


def _in_order(best: Tensor, items: Tensor) -> Tensor:
    """Return items by their scores, those of equal ones by their numbers."""
    by_number = items.sort(dim=1)
    of_number = best.gather(1, by_number.indices)
    places = of_number.argsort(dim=1, descending=True, stable=True)
    return by_number.values.gather(1, places)


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
