"""An RBM that has a label among its visible units: what it says of the label, exactly.

The label is one block of Softmax units with biases ``d`` and weights ``U``, a row for each class.
Given a row ``x`` of the other units, whose field on the hidden layer is ``t = b + x W``, the
hidden units can be summed out for every class, and the classes counted off:

    log p(x, y) = a x - base(x) + d_y + A(t + U_y) - log Z
    p(y | x)    = softmax_y(d_y + A(t + U_y))
    log p(x)    = a x - base(x) + log sum_y exp(d_y + A(t + U_y)) - log Z
    E[h | x]    = sum_y p(y | x) E[h | t + U_y]

``A`` is the log-normaliser of the hidden layer, so that all of this holds for every kind of hidden
unit (Larochelle and Bengio 2008, there for Bernoulli units). The third line is that of an RBM
without a label whose hidden layer has another log-normaliser: :class:`LabelSum` is that layer, and
free energies, conditionals and codes of rows without a label are those of any RBM with it.

``x W`` is one product for all classes; what follows goes class by class, since a batch's hidden
layer fits a processor's cache where that of all classes at once does not: it takes half the time.
"""

from typing import NamedTuple, final

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from embudo.kernels.contrast import Moments
from embudo.kernels.energies import Machine
from embudo.kernels.noise import bernoulli
from embudo.kernels.outer import Outer
from embudo.kernels.units import Draw, Softmax, Unit


@final
class LabelSum(Unit):
    """A hidden layer together with a label that nobody gave: it is summed over.

    Parameters
    ----------
    hidden : Unit
        Kind of the hidden units.
    weight : Tensor of shape (classes, hidden)
        ``U``.
    bias : Tensor of shape (classes,)
        ``d``.
    """

    def __init__(
        self,
        hidden: Unit,
        weight: Float[Tensor, "classes hidden"],
        bias: Float[Tensor, " classes"],
    ) -> None:
        self.hidden, self.weight, self.bias = hidden, weight, bias
        self.name = hidden.name  # type: ignore[misc]  # where densities lie does not change

    def class_terms(self, field: Float[Tensor, "*batch hidden"]) -> Float[Tensor, "*batch classes"]:
        """Return ``d_y + A(t + U_y)``: log p(x, y) but for what all classes share."""
        terms = [self.hidden.log_normaliser(field + row) for row in self.weight]
        return torch.stack(terms, -1).add_(self.bias)

    def log_posterior(
        self, field: Float[Tensor, "*batch hidden"]
    ) -> Float[Tensor, "*batch classes"]:
        """Return ``log p(y | x)`` of every class."""
        return self.class_terms(field).log_softmax(-1)

    def draw(self, field: Float[Tensor, "*batch hidden"], generator: Generator) -> Tensor:
        """Draw a label from ``p(y | x)``, as one 1 among as many units as there are classes."""
        posterior = self.log_posterior(field).exp()
        return Softmax(len(self.bias)).sample(posterior, generator)

    def given(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return field

    def mean(self, parameter: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        found = torch.zeros_like(parameter)
        for row, share in zip(
            self.weight, self.log_posterior(parameter).exp().unbind(-1), strict=True
        ):
            found.addcmul_(self.mean_given(parameter + row), share[..., None])
        return found

    def mean_given(self, field: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return the mean where the field has the label's part; its memory may be used."""
        return self.hidden.mean(self.hidden.given_(field))

    def sample(
        self, parameter: Float[Tensor, "*shape"], generator: Generator, draw: Draw = bernoulli
    ) -> Float[Tensor, "*shape"]:
        joint = parameter + self.draw(parameter, generator) @ self.weight
        return self.hidden.sample(self.hidden.given_(joint), generator, draw)

    def log_normaliser(self, field: Float[Tensor, "*batch units"]) -> Float[Tensor, "*batch"]:
        return self.class_terms(field).logsumexp(-1)

    def base(self, state: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        # The label joins the units of the layer; in equal parts, their sum is what it should be.
        of_label = (state @ self.weight.t() + self.bias).logsumexp(-1, keepdim=True)
        return self.hidden.base(state) - of_label / state.shape[-1]


def without_label(machine: Machine, units: slice) -> Machine:
    """Return the machine of rows whose label, at these visible units, is summed over.

    It takes states of as many visible units as before; those of the label are idle, and 0.
    """
    weight, bias = machine.weight.clone(), machine.visible_bias.clone()
    weight[units], bias[units] = 0, 0
    summed = LabelSum(machine.hidden, machine.weight[units], machine.visible_bias[units])
    return machine._replace(weight=weight, visible_bias=bias, hidden=summed)


class LabelSlope(NamedTuple):
    """What a batch says of its labels' cross-entropy.

    Attributes
    ----------
    log_posterior : Tensor of shape (batch, classes)
        ``log p(y | x)``.
    gradient : Moments
        Of ``-sum_rows share log p(label | x)``, for ``W`` (the label's rows included), ``a`` and
        ``b``. Visible biases other than the label's have none: ``p(y | x)`` is without them.
    by_field : Tensor of shape (batch, hidden)
        The slope by ``t``, from which that by the row itself can be had.
    """

    log_posterior: Float[Tensor, "batch classes"]
    gradient: Moments
    by_field: Float[Tensor, "batch hidden"]


def cross_entropy_slope(
    v: Float[Tensor, "batch visible"],
    field: Float[Tensor, "batch hidden"],
    label: Int[Tensor, " batch"],
    layer: LabelSum,
    units: slice,
    shares: Float[Tensor, " batch"],
) -> LabelSlope:
    """Return the gradient of the labels' cross-entropy, in closed form and in factors.

    With ``r_y = p(y | x) - [y = label]`` and ``m_y = E[h | t + U_y]`` the slopes are
    ``sum r_y m_y`` by ``t``, which ``W`` and ``b`` share, ``r_y m_y`` by ``U_y`` and ``r_y`` by
    ``d_y``.

    Parameters
    ----------
    v : Tensor of shape (batch, visible)
        0 at the label's units; of the type that the product with it is to be taken in.
    field : Tensor of shape (batch, hidden)
        ``t = b + x W``.
    label : Tensor of shape (batch,), int64
    layer : LabelSum
    units : slice
        Where the label's units stand.
    shares : Tensor of shape (batch,)
        What each row counts.
    """
    joint = [field + row for row in layer.weight]
    terms = [layer.hidden.log_normaliser(each) for each in joint]
    log_p = torch.stack(terms, -1).add_(layer.bias).log_softmax(-1)
    residual = log_p.exp()
    residual[torch.arange(len(label), device=label.device), label] -= 1
    residual.mul_(shares[:, None].to(residual.dtype))
    by_field, by_label = torch.zeros_like(field), []
    for each, r in zip(joint, residual.t(), strict=True):
        mean = layer.mean_given(each)
        by_label.append(torch.mv(mean.t(), r))
        by_field.addcmul_(mean, r[:, None])
    own = v.new_zeros(len(joint), v.shape[1])
    own[:, units].fill_diagonal_(1)
    right = torch.cat((by_field, torch.stack(by_label))).to(v.dtype)
    visible = residual.new_zeros(v.shape[1])
    visible[units] = residual.sum(0)
    weight = Outer(torch.cat((v, own)), right)
    return LabelSlope(log_p, Moments(weight, visible, by_field.sum(0)), by_field)
