"""Items that speak for items: the closed form of a linear model of what users have.

Each item is predicted from the others by one matrix of weights with an empty diagonal, found by
least squares with a penalty: Steck (2019), "Embarrassingly shallow autoencoders for sparse data".
"""

import torch
from jaxtyping import Float
from torch import Tensor


def item_weights(
    gram: Float[Tensor, "item item"], regularization: float
) -> Float[Tensor, "item item"]:
    """Return the weights ``B`` that least-squares ``X`` by ``X B`` without an item's own column.

    With ``P = (X'X + regularization I)^-1`` they are ``-P_ij / P_jj``, and 0 on the diagonal;
    Steck (2019), equation 8. Scores of users are ``X B``.

    Parameters
    ----------
    gram : Tensor of shape (items, items)
        ``X'X``. It is overwritten: beside it only the inverse takes room, as large again.
    regularization : float
        The penalty on the squared weights, above 0.
    """
    gram.diagonal().add_(regularization)
    factor, failed = torch.linalg.cholesky_ex(gram, out=(gram, torch.empty(0, dtype=torch.int32)))
    if failed.item():
        raise ValueError(f"a penalty of {regularization:g} is too small to be computed with")
    weights = torch.cholesky_inverse(factor)
    weights /= -weights.diagonal().clone()
    weights.fill_diagonal_(0)
    return weights


def partial_correlations(weights: Float[Tensor, "item item"], item: int) -> Float[Tensor, " item"]:
    """Return how an item goes with each other one, all the others being equal, from -1 to 1.

    It is ``-P_ij / sqrt(P_ii P_jj)``: both weights between two items have one sign, and it is
    their geometric mean.
    """
    there, back = weights[item], weights[:, item]
    return there.sign() * (there * back).clamp(min=0).sqrt()
