"""The RBM that knows labels: one more block of visible units, and two more ways to learn."""

from collections.abc import Sequence
from typing import Any, ClassVar, final

import torch
from torch import Generator, Tensor
from torch.nn.functional import one_hot

from embudo.kernels import chains
from embudo.kernels.contrast import Moments, add, centre
from embudo.kernels.energies import Machine, hidden_field, hidden_given, visible_given
from embudo.kernels.labels import LabelSlope, LabelSum, cross_entropy_slope, without_label
from embudo.kernels.outer import Outer
from embudo.modules.labelled_layer import LabelledLayer
from embudo.modules.learning import HiddenKind, Learning, Rows
from embudo.modules.rbm import RBMModule
from embudo.modules.visible import VisibleLayer
from embudo.training.objective import Objective, Slope


@final
class LabelRBMModule(RBMModule):
    """An RBM over the columns of a table and a label.

    Parameters
    ----------
    columns : sequence of (name, n_states, count)
        The kinds of the data's columns, equal neighbours counted together.
    n_classes : int
    n_hidden, hidden, n_chains, n_temperatures
        As for :class:`RBMModule`.
    """

    layer_class: ClassVar[type[VisibleLayer]] = LabelledLayer
    layer: LabelledLayer

    def __init__(
        self,
        columns: Sequence[tuple[str, int, int]],
        n_classes: int,
        n_hidden: int,
        hidden: HiddenKind,
        n_chains: int,
        n_temperatures: int = 1,
    ) -> None:
        joint = [*columns, ("softmax", n_classes, 1)]
        super().__init__(joint, n_hidden, hidden, n_chains, n_temperatures)
        self.config |= {"columns": [list(run) for run in columns], "n_classes": n_classes}

    @property
    def n_columns(self) -> int:
        """How many columns its data have, the label not counted."""
        return super().n_columns - 1

    def initialise(self, mean: Tensor, scale: Tensor, rates: Tensor, generator: Generator) -> None:
        """Start from the data, as any RBM does, and from classes that are all as probable."""
        rates = rates.clone()
        units = self.layer.label
        rates[units] = 1 / (units.stop - units.start)
        super().initialise(mean, scale, rates, generator)

    def machine_of_rows(self, dtype: torch.dtype = torch.float32) -> Machine:
        """Return the machine as rows without a label see it: the label is summed over."""
        return without_label(self.machine(dtype), self.layer.label)

    def discriminative(
        self, learning: Learning, generative_weight: float = 0.0
    ) -> tuple[Objective, ...]:
        """Hand the loop the cross-entropy of the labels, ``-log p(y | x)``, in closed form.

        Rows of a batch that have a label share among them what the whole batch counts. With a
        ``generative_weight`` that multiple of the contrast between data and model is added, from
        which all rows learn (Larochelle and Bengio 2008, the hybrid objective).

        Parameters
        ----------
        learning : Learning
        generative_weight : float, default=0.0
        """
        (generative,) = self.objectives(learning)

        def gradient(batch: Rows, generator: Generator) -> tuple[Tensor, Sequence[Slope]]:
            other: Sequence[Slope] = ()
            if generative_weight:
                _, other = generative.gradient(batch, generator)
            value, found = self._label_gradient(batch, generator, learning)
            return value, _joined(found, other, generative_weight) if other else found

        parameters, after_step = generative.parameters, generative.after_step
        return (Objective("cross_entropy", parameters, gradient, after_step),)

    def _label_gradient(
        self, batch: Rows, generator: Generator, learning: Learning
    ) -> tuple[Tensor, Sequence[Slope]]:
        """Return the mean cross-entropy of a batch's labels, and its gradient."""
        v, weight, _ = super()._inputs(batch, learning, generator)
        v[:, self.layer.label] = 0
        wide = self.machine(torch.promote_types(learning.precision, torch.float32))
        v, labels, shares = _labelled(batch, v, weight)
        field = hidden_field(v, wide.to(v.dtype)).to(wide.weight.dtype)
        layer = self._label_sum(wide)
        found = cross_entropy_slope(v, field, labels, layer, self.layer.label, shares)
        value = -(found.log_posterior.gather(1, labels[:, None])[:, 0] @ shares.to(field.dtype))
        moments = found.gradient
        if learning.precision is not torch.float32:
            moments = Moments(*(part.float() for part in moments.dense()))
        if learning.centered:
            moments = centre(moments, self.visible_offset, self.hidden_offset)
        if learning.learned_variance:
            return value.float(), (*moments, self._scale_slope(v, found))
        return value.float(), moments

    def sample_given(
        self, labels: Tensor, steps: int, generator: Generator, *, means: bool = False
    ) -> Tensor:
        """Return states (or means) of all units, drawn from ``p(x | label)``, one for each label.

        Gibbs chains with the label held; they start at the base rates of the other units.
        """
        machine, units = self.machine(), self.layer.label
        held = torch.zeros(len(labels), self.layer.n_units, device=labels.device)
        held[:, units] = 1
        v = torch.zeros_like(held)
        v[:, units] = one_hot(labels, units.stop - units.start).to(v.dtype)
        rates = machine.visible.given(machine.visible_bias).expand(len(labels), -1).contiguous()
        start = torch.addcmul(v, 1 - held, machine.visible.sample(rates, generator))
        end = chains.fill(v, held, machine, steps, generator, start=start)
        if not means:
            return end
        h = machine.hidden.sample(hidden_given(end, machine), generator)
        return machine.visible.mean(visible_given(h, machine))

    def _scale_slope(self, v: Tensor, found: LabelSlope) -> Tensor:
        """Return the slope by the log scales: ``dz / d log scale = -z`` for a Gaussian unit."""
        real = self.layer.stretch("gaussian")
        by_row = found.by_field.float() @ self.weight[real].t()
        slope = torch.zeros_like(self.layer.log_scale)
        slope[real] = (v[:, real].float() * by_row).sum(0).neg_().clamp_(-1, 1)
        return slope

    def _label_sum(self, machine: Machine) -> LabelSum:
        units = self.layer.label
        return LabelSum(machine.hidden, machine.weight[units], machine.visible_bias[units])

    def _states(self, batch: Rows) -> tuple[Tensor, Tensor | None]:
        return self.layer.encode(batch.x, batch.observed, batch.labels)

    def _inputs(
        self, batch: Rows, learning: Learning, generator: Generator
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Return rows with their labels; labels not known are drawn where that can be done exactly.

        With ``y`` drawn from ``p(y | x)`` the positive phase is that of ``log p(x)``. Where more is
        missing of a row, the chain that fills it draws the label too, save in contrastive
        divergence, whose missing units are absent.
        """
        v, weight, seen = super()._inputs(batch, learning, generator)
        if seen is None:
            return v, weight, seen
        units = self.layer.label
        drawn = seen[:, units.start] == 0
        if learning.algorithm != "cd":
            drawn &= seen[:, : units.start].all(1)
        if bool(drawn.any()):
            wide = self.machine(torch.promote_types(v.dtype, torch.float32))
            state = v[drawn].to(wide.weight.dtype)
            label = self._label_sum(wide).draw(hidden_field(state, wide), generator)
            v[drawn, units] = label.to(v.dtype)
            seen[drawn, units] = 1
        return v, weight, None if bool(seen.all()) else seen


def _labelled(batch: Rows, v: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Return the rows of a batch that have a label, their labels, and what each counts."""
    assert batch.labels is not None
    labels, known = batch.labels, batch.labels >= 0
    if weight is None:
        dtype = torch.promote_types(v.dtype, torch.float32)
        weight = torch.full((len(v),), 1 / len(v), dtype=dtype, device=v.device)
    if bool(known.all()):
        return v, labels, weight
    shares = weight[known]
    return v[known], labels[known], shares * (weight.sum() / shares.sum())


def _joined(one: Sequence[Any], other: Sequence[Any], factor: float) -> Sequence[Slope]:
    """Return ``one + factor * other``, in factors if ``other`` is."""
    first, second = Moments(*one[:3]), Moments(*other[:3])
    if isinstance(second.weight, Outer):
        joined: Sequence[Slope] = add(first, second, factor)
    else:
        pairs = zip(first.dense(), second.dense(), strict=True)
        joined = [a.add(b, alpha=factor) for a, b in pairs]
    rest = [a.add(b, alpha=factor) for a, b in zip(one[3:], other[3:], strict=True)]
    return (*joined, *rest)
