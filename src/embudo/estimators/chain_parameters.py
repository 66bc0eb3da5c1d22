"""How machines that learn from chains of their own are trained."""

from dataclasses import dataclass
from typing import ClassVar

from embudo._types import AtLeastTwo, PositiveInt
from embudo.errors import ParameterError
from embudo.estimators.columns import Visible
from embudo.estimators.training_parameters import TrainingParameters
from embudo.kernels.partition import MAX_ENUMERATED_UNITS, enumerable_units
from embudo.modules.learning import Algorithm, Learning
from embudo.modules.rbm import RBMModule
from embudo.training.hardware import choose_precision

_AUTO_RATES = {"bernoulli": 0.1, "relu": 0.03, "gaussian": 0.01}  # by the kind of hidden units
_SAFE_RATE = 0.01  # for real columns, however many they are and however alike


@dataclass(eq=False, repr=False, kw_only=True)
class ChainParameters(TrainingParameters):
    """What the units are, and where the negative phase comes from.

    Parameters
    ----------
    visible : {"auto", "bernoulli", "gaussian", "softmax"}, default="auto"
        Kind of the visible units. "auto" takes Bernoulli units if every observed value lies in
        [0, 1], and otherwise Gaussian units on internally standardised columns; of a frame with
        texts or with numbers beyond [0, 1], columns of two values become Bernoulli units, other
        texts Softmax units with a state for each category, other numbers Gaussian units. "softmax"
        takes the whole numbers 0, 1, ... of an array for states. What was chosen stands in
        ``layout_``.
    learned_variance : bool, default=False
        Whether Gaussian visible units learn their variance; otherwise it stays that of their
        columns.
    resample : bool, default=False
        Whether to take values of Bernoulli columns as probabilities, from which states are drawn
        anew each time that a row is shown in training.
    algorithm : {"pcd", "cd", "pt", "exact"}, default="pcd"
        Where the negative phase comes from: persistent chains (Tieleman 2008), chains that start
        at the data (contrastive divergence, Hinton 2002), persistent chains that exchange their
        states with replicas at higher temperatures (parallel tempering, Desjardins et al. 2010),
        or enumeration of all states, for machines with a layer of at most 20 Bernoulli units.
    steps : int, default=1
        Gibbs steps before each update.
    n_chains : int, optional
        Number of persistent chains; by default as many as ``batch_size``.
    n_temperatures : int, default=10
        With ``algorithm="pt"``, temperatures at which each chain has a replica, its own included.
        They adapt while training, so that all neighbours exchange states equally often.
    centered : bool, default=True
        Whether to follow the centred gradient, which is indifferent to flipped bits and learns
        better densities (Melchior, Fischer and Wiskott 2016).
    learning_rate : float or "auto", default="auto"
        Step size. "auto" is 0.1 with Bernoulli, 0.03 with rectified and 0.01 with Gaussian hidden
        units. With Gaussian columns it is 0.05 for up to 14 columns, 0.01 from 70 columns on or
        where the hidden units are not Bernoulli, and 0.7 over their number in between.
    precision : {"auto", "float32", "bfloat16"}, default="auto"
        Precision of matrix products while training; "auto" takes bfloat16 where the processor
        multiplies it faster, and float64 where all rows make one batch of a small model.
        Parameters stay in float32, and so does ``algorithm="exact"``.
    early_stopping : bool, default=False
        Whether to end when the pseudo-log-likelihood of held-out rows no longer rises, and go
        back to the best epoch.

    Attributes
    ----------
    visible_ : str
        The kind of visible units in use: "bernoulli", "gaussian", "softmax" or "mixed".
    """

    visible: Visible = "auto"
    learned_variance: bool = False
    resample: bool = False
    algorithm: Algorithm = "pcd"
    steps: PositiveInt = 1
    n_chains: PositiveInt | None = None
    n_temperatures: AtLeastTwo = 10
    centered: bool = True

    watched: ClassVar[str] = "validation_pseudo_log_likelihood"

    @property
    def _replicas(self) -> tuple[int, int]:
        """How many persistent chains a machine gets, and at how many temperatures each."""
        return (
            self.n_chains or self.batch_size,
            self.n_temperatures if self.algorithm == "pt" else 1,
        )

    def _learning(
        self, module: RBMModule, one_batch: bool, algorithm: Algorithm | None = None
    ) -> Learning:
        """Return how a machine is to learn, by the estimator's algorithm if no other is named.

        Raises
        ------
        ParameterError
            If it cannot learn that way, for example since its states are too many to list.
        """
        algorithm = algorithm or self.algorithm
        if algorithm == "exact":
            _check_enumerable(module)
        if algorithm == "pt" and module.tempered is None:
            raise ParameterError(
                "algorithm='pt' needs tempered chains, which a model that was begun with another "
                "algorithm does not have: call fit, or go on with the algorithm it was begun with"
            )
        size = self.batch_size * module.weight.numel()
        # Rounded moments would move the optimum of a gradient that is otherwise exact.
        precision = "float32" if algorithm == "exact" else self.precision
        return Learning(
            algorithm=algorithm,
            steps=self.steps,
            centered=self.centered,
            sparsity_target=0.5,
            sparsity_weight=0.0,
            learned_variance=self.learned_variance and "gaussian" in module.layer.kind_names,
            resample=self.resample,
            precision=choose_precision(precision, module.weight.device, size, one_batch),
        )

    def _rbm_rate(self, module: RBMModule) -> float:
        """Return the learning rate of a machine, with "auto" resolved."""
        automatic = isinstance(self.learning_rate, str)
        return auto_rate(module) if automatic else float(self.learning_rate)


def auto_rate(module: RBMModule) -> float:
    """Return the learning rate that does for machines of its kind."""
    if "gaussian" not in module.layer.kind_names:
        return _AUTO_RATES[module.hidden.name]
    if module.hidden.name != "bernoulli":
        return _SAFE_RATE
    # The more columns drive a hidden unit at once, the further one step moves its field.
    return max(_SAFE_RATE, min(0.05, 0.7 / module.n_columns))


def _check_enumerable(module: RBMModule) -> None:
    units = enumerable_units(module.machine())
    if units is None:
        raise ParameterError(
            "algorithm='exact' lists all states of a Bernoulli layer, but this machine has "
            "none: take hidden='bernoulli' or algorithm='pcd'"
        )
    if units > MAX_ENUMERATED_UNITS:
        raise ParameterError(
            f"algorithm='exact' lists all states of the smaller Bernoulli layer, which here "
            f"are 2^{units}; the limit is 2^{MAX_ENUMERATED_UNITS}: lower n_components or "
            "take algorithm='pcd'"
        )
