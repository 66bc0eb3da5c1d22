"""How good codes are, the few numbers per row that stand for many, and what is poured back.

All of it is computed in float64, in bounded memory: no matrix has as many rows and columns as there
are rows of data.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from embudo.kernels.neighbours import check_count, neighbours, ranks

_ELEMENTS_AT_ONCE = 2**21


def trustworthiness(
    x: Float[Tensor, "row width"],
    code: Float[Tensor, "row component"],
    k: int = 5,
    block: int | None = None,
) -> float:
    """Return how far neighbours in the code are neighbours in the data: 1 if all of them are.

    Each of the ``k`` nearest rows in the code costs the ranks by which it falls short of being
    among the ``k`` nearest in the data; about 1/2 for a code by chance. Venna and Kaski (2001),
    equation 1. Equal to scikit-learn's, up to ties: there the order of equal distances is
    arbitrary, here equally near rows share the best rank. ``block`` bounds memory alone.
    """
    n = len(x)
    check_count(k, (n - 1) // 2)
    rank = ranks(x, neighbours(code, k, block=block).indices, block)
    excess = int((rank - k).clamp_(min=0).sum())
    return 1 - 2 * excess / (n * k * (2 * n - 3 * k - 1))


def continuity(
    x: Float[Tensor, "row width"],
    code: Float[Tensor, "row component"],
    k: int = 5,
    block: int | None = None,
) -> float:
    """Return how far neighbours in the data are neighbours in the code: 1 if all of them are.

    This is :func:`trustworthiness` with the roles exchanged. Venna and Kaski (2001), equation 2.
    """
    return trustworthiness(code, x, k, block)


def neighbour_accuracy(
    train_codes: Float[Tensor, "row component"],
    train_labels: Int[Tensor, " row"],
    test_codes: Float[Tensor, "query component"],
    test_labels: Int[Tensor, " query"],
    k: int = 5,
    block: int | None = None,
) -> float:
    """Return the share of test rows whose class most of their ``k`` nearest training rows have.

    Of classes with equally many votes the smallest is chosen, as scikit-learn's
    ``KNeighborsClassifier`` does. NaN if there are no test rows.
    """
    nearest = neighbours(train_codes, k, test_codes, block).indices
    votes = train_labels[nearest].sort(1).values
    told = [_majority(some) for some in votes.split(max(1, _ELEMENTS_AT_ONCE // k**2))]
    return float((torch.cat(told) == test_labels).double().mean())


def peak_signal_to_noise(
    x: Float[Tensor, " row *shape"], y: Float[Tensor, " row *shape"], peak: float = 1.0
) -> Float[Tensor, " row"]:
    """Return each row's ``10 log10(peak^2 / mean squared difference)``, in decibels.

    ``peak`` is the largest difference that values may have: 1 if they lie between 0 and 1. Infinite
    for rows that are equal.
    """
    if not peak > 0:
        raise ValueError(f"peak = {peak} is no largest difference: give a number above 0")
    size = max(1, _ELEMENTS_AT_ONCE // max(1, x[:1].numel()))
    pairs = zip(x.split(size), y.split(size), strict=True)
    error = torch.cat([_mean_squared_difference(a, b) for a, b in pairs])
    return 10 * (peak**2 / error).log10()


def principal_angles(
    a: Float[Tensor, "row one"], b: Float[Tensor, "row other"]
) -> Float[Tensor, " angle"]:
    """Return the angles between the spaces that the columns of two matrices span, in radians.

    The largest comes first, and there are as many as the smaller space has dimensions. Björck and
    Golub (1973): cosines are singular values of the product of two orthonormal bases, sines those
    of what one leaves outside the other. Both are used, so that neither small nor right angles
    lose digits.
    """
    large, small = sorted((_basis(a), _basis(b)), key=lambda basis: -basis.shape[1])
    shared = large.T @ small
    cosine = torch.linalg.svdvals(shared)
    sine = torch.linalg.svdvals(small - large @ shared)
    return torch.atan2(sine, cosine.flip(0))


def _majority(votes: Int[Tensor, "row k"]) -> Int[Tensor, " row"]:
    """Return each row's most frequent vote; votes are sorted, and the first of equals wins."""
    count = (votes[:, :, None] == votes[:, None, :]).sum(2)
    return votes.gather(1, count.argmax(1, keepdim=True))[:, 0]


def _mean_squared_difference(a: Tensor, b: Tensor) -> Tensor:
    difference: Tensor = a.double() - b
    return difference.square_().flatten(1).mean(1)


def _basis(matrix: Tensor) -> Tensor:
    """Return an orthonormal basis of the space that the columns span, without null directions."""
    left: Tensor
    left, scale, _ = torch.linalg.svd(matrix.double(), full_matrices=False)
    smallest = scale.amax() * max(matrix.shape) * torch.finfo(torch.float64).eps
    return left[:, scale > smallest]
