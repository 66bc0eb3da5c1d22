"""The generative adversarial network as an estimator."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, final

import torch
from torch import Generator, Tensor

from embudo._types import Fraction, NonNegativeFloat, PositiveFloat, PositiveInt, Share, Sizes
from embudo.data.adapt import Table
from embudo.data.survey import Survey
from embudo.estimators.adversarial import AdversarialEstimator
from embudo.estimators.backprop_parameters import BackpropParameters, precision_of
from embudo.estimators.columns import Visible
from embudo.estimators.funnel_pictures import picture_in
from embudo.estimators.inputs import Admitted
from embudo.estimators.knots import column_knots
from embudo.estimators.rates import unit_means
from embudo.estimators.stages import Stage
from embudo.modules.adversaries import Adversaries
from embudo.modules.duel_measures import duel_measures, verdict
from embudo.modules.duelling import Duelling, objectives
from embudo.training.objective import Objective
from embudo.training.optimizers import FusedAdam, adam

_RATES = {"dense": 4e-3, "conv": 8e-3}
_WIDTHS = {"dense": (256, 3), "conv": (32, 2)}
_PENALTIES = {"dense": 1.0, "conv": 0.1}  # of the relativistic loss
_OTHERS = {"classic": 0.0, "least_squares": 0.0, "wasserstein": 10.0}
_PENALTY_EVERY = 4
_KNOTS = 1000
_BETA2 = 0.9, 0.99  # Huang et al. (2025)


@final
@dataclass(eq=False, repr=False, kw_only=True)
class GAN(AdversarialEstimator, BackpropParameters):
    """Generative adversarial network.

    A generator makes rows of standard normal codes, a discriminator tells them from real ones,
    and each learns from the other (Goodfellow et al. 2014). By default the discriminator compares
    each real row with a made one, and pays for steep slopes at both, as Huang et al. (2025) have
    it, with which the duel settles. With labels, both play class by class. Categories leave the
    generator through a straight-through softmax. New rows come from a moving average of the
    generator; the discriminator gives the probability that a row is authentic.

    Parameters
    ----------
    loss : {"relativistic", "classic", "least_squares", "wasserstein"}, default="relativistic"
        What the players lose to each other: the difference of a real and a made row's scores,
        the cross-entropy (for the generator the non-saturating one), squares of what lacks to 1
        and 0, or the mean difference of scores.
    penalty : float or "auto", default="auto"
        Factor on what the discriminator pays for the slope of its score: half the square at real
        and made rows (relativistic), at real rows (classic, least squares), or the square of
        what lacks to 1 between them (Wasserstein). "auto" is 1, with convolutions 0.1, and
        0, 0 and 10 of the others.
    penalty_end : float, default=0.1
        What is left of the penalty at the end of the schedule, along which it falls by orders of
        magnitude. Less makes for sharper limits, such as those of clusters far apart.
    penalty_every : int or "auto", default="auto"
        Steps of the discriminator from one penalty to the next, which counts for all of them
        (Karras et al. 2020): slopes of slopes are the dearest part of a step. "auto" is 4, and 1
        of Wasserstein's loss.
    spectral : bool, default=False
        Whether the discriminator's weights are divided by their largest singular value.
    critic_steps : int, default=1
        Steps of the discriminator for each of the generator; Wasserstein's asks for 5.
    ema : float, default=0.999
        Decay of the moving average of the generator, which is lower in the first steps.
    n_components : int, default=64
        Components of the code.
    architecture : {"dense", "conv"}, default="dense"
        Whether layers join all units, or are convolutions over the picture in a row.
    image_shape : tuple of int or None, default=None
        Height and width, and 3 if it has colours, of that picture; by default it is a square.
    width : int or "auto", default="auto"
        Units of each hidden layer, or channels of the convolution over the whole picture, and
        twice as many with each halving. "auto" is 256 units or 32 channels.
    depth : int or "auto", default="auto"
        Hidden layers, or halvings of the picture; "auto" is 3 layers or 2 halvings.
    learning_rate : float or "auto", default="auto"
        Step size of Adam; "auto" is 0.004 of dense layers and 0.008 of convolutions.
    momentum : float, default=0.0
        Adam's memory of past gradients, its first beta. Its second one goes from 0.9 to 0.99
        along the schedule.
    schedule : {"constant", "linear", "cosine"}, default="cosine"
        How the learning rate falls to 0, and the penalty to its end, over the training.
    precision : {"auto", "float32", "bfloat16"}, default="auto"
        Precision of matrix products while training; "auto" takes bfloat16 where the processor
        multiplies it faster, and float64 where all rows make one batch of a small model.
        Parameters stay in float32, and the squares of slopes are summed up in it.
    early_stopping : bool, default=False
        Whether to end when made rows come no nearer to held-out ones, by the energy distance, and
        go back to the best epoch.
    numbers : {"auto", "scaled", "quantile"}, default="auto"
        How columns of numbers stand before both players: shifted and scaled to mean 0 and
        variance 1, or by the normal scores of their quantiles, so that values that many rows have
        are met exactly and none is made that lies beyond those seen. "auto" takes quantiles for
        the columns of a data frame, and scales those of an array.
    visible : {"auto", "bernoulli", "gaussian", "softmax"}, default="auto"
        What the columns are, as of the other models. What was chosen stands in ``layout_``.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The classes, if ``fit`` was given labels.
    module_ : Adversaries
        Both networks and the average, as torch tensors.

    Examples
    --------
    >>> from embudo import GAN
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> gan = GAN(n_components=8, width=32, epochs=5, random_state=0).fit(X / 16, y)
    >>> gan.sample(3, y=7).shape
    (3, 64)
    >>> gan.discriminate(X[:3] / 16).shape
    (3,)
    """

    loss: Literal["relativistic", "classic", "least_squares", "wasserstein"] = "relativistic"
    penalty: NonNegativeFloat | Literal["auto"] = "auto"
    penalty_end: Share = 0.1
    penalty_every: PositiveInt | Literal["auto"] = "auto"
    spectral: bool = False
    critic_steps: PositiveInt = 1
    ema: Fraction = 0.999
    n_components: PositiveInt = 64
    architecture: Literal["dense", "conv"] = "dense"
    image_shape: Sizes | None = None
    width: PositiveInt | Literal["auto"] = "auto"
    depth: PositiveInt | Literal["auto"] = "auto"
    learning_rate: PositiveFloat | Literal["auto"] = "auto"
    momentum: Fraction = 0.0
    schedule: Literal["constant", "linear", "cosine"] = "cosine"
    numbers: Literal["auto", "scaled", "quantile"] = "auto"
    visible: Visible = "auto"

    def _build(
        self,
        X: Admitted,
        weight: Tensor | None,
        facts: Survey,
        device: torch.device,
        generator: Generator,
    ) -> Adversaries:
        hidden, conv = self._hidden(), self.architecture == "conv"
        shape = picture_in(self.layout_.kinds, self.image_shape, hidden) if conv else None
        module = Adversaries(
            self.layout_.kinds,
            self.n_components,
            hidden,
            self.loss,
            len(getattr(self, "classes_", ())),
            self.spectral,
            shape,
            () if conv else _binary_columns(X.table, weight),
            _KNOTS if self._ranks else 0,
        ).to(device)
        knots = None
        if self._ranks:
            columns = module.layer.columns_of("gaussian")
            knots = column_knots(X.table, columns, weight, _KNOTS)
        rates = unit_means(module, X.table, facts.mean, weight)
        module.initialise(facts.mean.to(device), facts.scale.to(device), rates, generator, knots)
        return module

    def _stages(self, module: Adversaries) -> tuple[Stage, ...]:
        rate = self.learning_rate
        return (
            Stage(
                objectives=lambda one_batch: self._objectives(module, one_batch),
                measures=partial(duel_measures, module, self._duelling(module, False)),
                epochs=self.epochs,
                rate=_RATES[self.architecture] if isinstance(rate, str) else rate,
                watched=self.watched,
                optimizer=_adam_of,
                remark=verdict,
            ),
        )

    def _objectives(self, module: Adversaries, one_batch: bool) -> tuple[Objective, ...]:
        return objectives(module, self._duelling(module, one_batch))

    def _duelling(self, module: Adversaries, one_batch: bool) -> Duelling:
        device, first = module.centre.device, module.discriminator.joints[0]
        precision = precision_of(first, device, self.precision, self.batch_size, one_batch)
        usual = _OTHERS.get(self.loss, _PENALTIES[self.architecture])
        penalty = usual if isinstance(self.penalty, str) else self.penalty
        every = _PENALTY_EVERY if self.loss != "wasserstein" else 1
        every = every if isinstance(self.penalty_every, str) else self.penalty_every
        return Duelling(
            precision=precision,
            penalty=float(penalty),
            penalty_end=self.penalty_end,
            penalty_every=every,
            critic_steps=self.critic_steps,
            ema=self.ema,
            merge=precision is torch.float64,
        )

    @property
    def _ranks(self) -> bool:
        """Whether there are numbers that stand by their place among the others."""
        wanted = self.layout_.is_frame if self.numbers == "auto" else self.numbers == "quantile"
        return wanted and "gaussian" in {kind for kind, _, _ in self.layout_.kinds}

    def _hidden(self) -> tuple[int, ...]:
        """Return the units of the hidden layers, or the channels of the convolutions."""
        width, depth = _WIDTHS[self.architecture]
        width = width if isinstance(self.width, str) else self.width
        depth = depth if isinstance(self.depth, str) else self.depth
        growth = 2 if self.architecture == "conv" else 1
        return tuple(width * growth**number for number in range(depth))


def _adam_of(
    parameters: Any, *, learning_rate: float, momentum: float, weight_decay: float
) -> FusedAdam:
    """Return Adam with the settings of both players."""
    first, last = _BETA2
    return adam(
        parameters,
        learning_rate=learning_rate,
        betas=(momentum, first),
        weight_decay=weight_decay,
        last_beta2=last,
    )


def _binary_columns(table: Table, weight: Tensor | None) -> list[int]:
    """Return the places of the columns that hold nothing but 0 and 1, where they hold something."""
    binary = torch.ones(table.n_features, dtype=torch.bool)
    for rows, block in table.blocks():
        fits = (block == 0) | (block == 1) | block.isnan()
        if weight is not None:
            fits |= (weight[rows] == 0)[:, None]
        binary &= fits.all(0)
    return [int(place) for place in binary.nonzero()[:, 0]]
