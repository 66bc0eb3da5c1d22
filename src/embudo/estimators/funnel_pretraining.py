"""How the layers of an autoencoder learn one after the other before they do so together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Generator, Tensor, nn

from embudo.data.adapt import Table
from embudo.data.survey import survey, with_scale
from embudo.errors import ParameterError
from embudo.estimators.autoencoding import trip_measures
from embudo.estimators.chain_parameters import auto_rate
from embudo.estimators.greedy import layer_stage, start_layer
from embudo.estimators.stages import Stage
from embudo.modules.backprop import Backprop, objective
from embudo.modules.damage import masking
from embudo.modules.dbn import DBNModule
from embudo.modules.funnel import Funnel
from embudo.modules.learning import Learning
from embudo.modules.rbm import RBMModule
from embudo.modules.unroll import MEANS, take_over
from embudo.training.objective import Objective
from embudo.training.optimizers import SGD, sgd

_MASKED = 0.25  # share of a layer's inputs that is hidden (Vincent et al. 2010)
_MOMENTUM = 0.5  # of the machines' steps
_LEARNING = Learning(
    algorithm="cd",
    steps=1,
    centered=True,
    sparsity_target=0.5,
    sparsity_weight=0.0,
    learned_variance=False,
    resample=False,
    precision=torch.float32,
)


@dataclass(frozen=True)
class Plan:
    """What all layers have in common while they learn one after the other.

    Attributes
    ----------
    epochs : int
        Passes over the data for each.
    precision : callable
        From a layer's number, and whether an epoch is one batch, to the type of its products.
    backprop : Stage
        What comes after them.
    """

    epochs: int
    precision: Callable[[int, bool], torch.dtype]
    backprop: Stage


def top_of(architecture: str, activation: str, code: str) -> str:
    """Return the kind of the topmost units of the machines whose means a funnel's layers are.

    Raises
    ------
    ParameterError
        If there are none.
    """
    if architecture != "dense" or activation != "sigmoid":
        raise ParameterError(
            f"pretrain='rbm' makes dense sigmoid layers, but here architecture is "
            f"{architecture!r} and activation {activation!r}: take 'dense' and 'sigmoid', or "
            "pretrain='denoising'"
        )
    kinds = {mean: kind for kind, mean in MEANS.items()}
    if code not in kinds:
        raise ParameterError(
            f"pretrain='rbm' knows no units whose means are a {code} code: take "
            f"{' or '.join(kinds)}, or pretrain='denoising'"
        )
    return kinds[code]


def by_denoising(funnel: Funnel, plan: Plan) -> tuple[Stage, ...]:
    """Return stages in which each layer learns to give whole rows back, and then all do.

    It sees what the layers below make of the rows, a quarter of it hidden. Vincent et al. (2010).
    """
    depths = range(len(funnel.hidden_sizes))
    return (*(_rung_stage(funnel, depth, plan) for depth in depths), plan.backprop)


def by_machines(funnel: Funnel, stack: DBNModule, plan: Plan) -> tuple[Stage, ...]:
    """Return stages in which a stack of restricted Boltzmann machines learns, and then the funnel.

    The machines learn by CD-1, each from what the one below makes of the rows; the funnel starts
    from their weights. Hinton and Salakhutdinov (2006).
    """

    def layer(depth: int, rbm: RBMModule) -> Stage:
        def how(rbm: RBMModule, one_batch: bool) -> Learning:
            return replace(_LEARNING, precision=plan.precision(depth, one_batch))

        start = partial(start_layer, stack, depth)
        stage = layer_stage(stack, depth, how, start, plan.epochs, auto_rate(rbm))
        return replace(stage, once=True, optimizer=_descent)

    def unroll(table: Table, weight: Tensor | None, generator: Generator) -> None:
        take_over(funnel, stack)

    layers = (layer(depth, rbm) for depth, rbm in enumerate(stack.rbms))
    return (*layers, replace(plan.backprop, prepare=unroll))


def _rung_stage(funnel: Funnel, depth: int, plan: Plan) -> Stage:
    rung = funnel.rung(depth)

    def objectives(one_batch: bool) -> tuple[Objective, ...]:
        precision = plan.precision(depth, one_batch)
        alike = precision is torch.float64
        return (
            objective(rung, Backprop(precision, damage=masking(rung.layer, _MASKED), merge=alike)),
        )

    def below(x: Tensor, observed: Tensor | None, generator: Generator) -> Tensor:
        return funnel.encode(x, observed, depth)

    def start(table: Table, weight: Tensor | None, generator: Generator) -> None:
        rung.start_output(with_scale(survey(table, weight), table, weight).mean)

    return replace(
        plan.backprop,
        objectives=objectives,
        measures=partial(trip_measures, rung),
        epochs=plan.epochs,
        name=f"layer {depth + 1}",
        encode=below if depth else None,
        prepare=start if depth else None,
        once=True,
    )


def _descent(
    parameters: Sequence[nn.Parameter],
    *,
    learning_rate: float,
    momentum: float,
    weight_decay: float,
) -> SGD:
    """Return gradient descent with a momentum of its own: an estimator's is that of Adam."""
    settings = {"learning_rate": learning_rate, "weight_decay": weight_decay}
    return sgd(parameters, momentum=_MOMENTUM, **settings)
