"""The gradient of the negative log-likelihood, and its centred form.

    d(-log p)/dW = <v h>_model - <v h>_data     (and likewise for both biases)

The data's moments are the positive phase, the model's moments the negative one.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


class Moments(NamedTuple):
    """Averages of ``v h``, ``v`` and ``h``; equally, a gradient for ``W``, ``a`` and ``b``."""

    weight: Float[Tensor, "visible hidden"]
    visible: Float[Tensor, " visible"]
    hidden: Float[Tensor, " hidden"]


def moments(
    v: Float[Tensor, "batch visible"],
    h: Float[Tensor, "batch hidden"],
    row_weight: Float[Tensor, " batch"] | None = None,
    out: Float[Tensor, "visible hidden"] | None = None,
) -> Moments:
    """Return the moments of paired states; rows count equally unless weighted.

    Without weights the rows are averaged; with them they are summed as weighted, so weights that
    sum to 1 give a weighted average. ``out`` takes the product, so that training need not
    allocate (and page in) a matrix of the size of ``W`` at every step.
    """
    if row_weight is not None:
        product = torch.mm(v.t(), h * row_weight[:, None], out=out)
        return Moments(product, torch.mv(v.t(), row_weight), torch.mv(h.t(), row_weight))
    out = v.new_empty((v.shape[1], h.shape[1])) if out is None else out
    product = torch.addmm(out, v.t(), h, beta=0, alpha=1 / len(v), out=out)
    return Moments(product, _mean(v), _mean(h))


def contrast(
    data: Moments,
    v: Float[Tensor, "chain visible"],
    h: Float[Tensor, "chain hidden"],
    row_weight: Float[Tensor, " chain"] | None = None,
) -> Moments:
    """Return the gradient: the moments of the model's states minus those of the data.

    The memory of ``data`` is reused; the difference costs no pass of its own.
    """
    if row_weight is None:
        weight = data.weight.addmm_(v.t(), h, beta=-1, alpha=1 / len(v))
        return Moments(weight, _mean(v).sub_(data.visible), _mean(h).sub_(data.hidden))
    weight = data.weight.addmm_(v.t(), h * row_weight[:, None], beta=-1)
    visible, hidden = torch.mv(v.t(), row_weight), torch.mv(h.t(), row_weight)
    return Moments(weight, visible.sub_(data.visible), hidden.sub_(data.hidden))


def difference(data: Moments, model: Moments) -> Moments:
    """Return the gradient where the model's moments are already known."""
    return Moments(*(m - d for m, d in zip(model, data, strict=True)))


def thin(
    model: Moments,
    row_weight: Float[Tensor, " batch"] | None,
    observed: Float[Tensor, "batch visible"] | None,
) -> Moments:
    """Return the model's moments as far as each visible unit was present in a batch.

    A unit that is missing from part of the rows' weight drops out of the negative phase in the
    same measure as it did from the positive one.
    """
    if row_weight is None:
        if observed is None:
            return model
        row_weight = observed.new_full((len(observed),), 1 / len(observed))
    total = row_weight.sum()
    share = total.expand_as(model.visible) if observed is None else row_weight @ observed
    return Moments(model.weight * share[:, None], model.visible * share, model.hidden * total)


def centre(
    gradient: Moments,
    visible_offset: Float[Tensor, " visible"],
    hidden_offset: Float[Tensor, " hidden"],
) -> Moments:
    """Return the centred gradient, expressed for the plain parameters.

    With offsets m and l, the machine is rewritten in ``(v - m)`` and ``(h - l)``; its gradient is
    taken there and carried back. It leaves the model class as it is and makes learning
    indifferent to flipped bits (Montavon and Müller 2012; Melchior, Fischer and Wiskott 2016).
    """
    weight, visible, hidden = gradient
    left = torch.stack((visible_offset, visible), 1)
    right = torch.stack((hidden, hidden_offset))
    weight = torch.addmm(weight, left, right, alpha=-1, out=weight)
    return Moments(weight, visible - weight @ hidden_offset, hidden - visible_offset @ weight)


def _mean(states: Tensor) -> Tensor:
    """Average over rows; `Tensor.mean` takes half as long again."""
    return states.sum(0).mul_(1 / len(states))
