"""What all autoencoders declare alike, and how each is built and trained from it."""

import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, TypeAlias

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Generator, Tensor

from embudo._types import Fraction, PositiveInt, Sizes
from embudo.data.survey import Survey
from embudo.estimators.autoencoding import AutoencodingEstimator, trip_measures
from embudo.estimators.backprop_parameters import (
    AUTO_RATE,
    BackpropParameters,
    adam_of,
    precision_of,
)
from embudo.estimators.columns import Visible
from embudo.estimators.dbn_classifier import DBNClassifier
from embudo.estimators.funnel_pictures import check_pictured, code_channels, picture_in
from embudo.estimators.funnel_pretraining import Plan, by_denoising, by_machines, top_of
from embudo.estimators.handing_on import check_fits
from embudo.estimators.inputs import Admitted
from embudo.estimators.onwards import classifier_on, stack_of
from embudo.estimators.rates import unit_means
from embudo.estimators.stages import Stage
from embudo.kernels.bottlenecks import narrowed
from embudo.modules.backprop import Backprop, objective
from embudo.modules.funnel import Funnel
from embudo.modules.network import ActivationName
from embudo.training.objective import Objective

Activation: TypeAlias = Literal["elu", "relu", "leaky", "sigmoid", "tanh", "linear"]


@dataclass(eq=False, repr=False, kw_only=True)
class FunnelParameters(AutoencodingEstimator, BackpropParameters):
    """The network, and what its columns are.

    Parameters
    ----------
    n_components : int, default=30
        Units of the code.
    hidden : tuple of int or None, default=(512, 256)
        Units of each layer from the columns down to the code; the way up has them in reverse.
        None joins the columns straight to the code.
    activation : {"elu", "relu", "leaky", "sigmoid", "tanh", "linear"}, default="elu"
        Of these layers.
    tied : bool, default=False
        Whether the way up has the weights of the way down, transposed; biases are its own.
    dropout : float, default=0.0
        Share of these layers' units that is left out in training, drawn anew for each row and
        update.
    architecture : {"dense", "conv", "fully_conv"}, default="dense"
        Whether the lowest layers join all units, or are convolutions over the picture in a row.
        With "fully_conv" the code is a picture, too: ``hidden`` is None, and ``n_components`` a
        multiple of the points that the convolutions leave, such as 64 x 7 x 7 of 28 x 28. That
        keeps what is where, and does best against noise.
    image_shape : tuple of int or None, default=None
        Height and width, and 3 if it has colours, of that picture; by default it is a square.
    channels : tuple of int, default=(32, 64)
        Of each convolution, which halves height and width; the layers in ``hidden`` follow.
    pretrain : {"rbm", "denoising"} or None, default=None
        Whether the layers learn one after the other before they do so together: as restricted
        Boltzmann machines, for which all but the code are sigmoid, or each as a denoising
        autoencoder of what the one below makes of the rows.
    pretrain_epochs : int, default=10
        Passes over the data for each of them.
    visible : {"auto", "bernoulli", "gaussian", "softmax"}, default="auto"
        What the columns are. "auto" takes Bernoulli units if every observed value lies in [0, 1],
        and otherwise Gaussian units on internally standardised columns; of a frame with texts or
        with numbers beyond [0, 1], columns of two values become Bernoulli units, other texts
        Softmax units with a state for each category, other numbers Gaussian units. "softmax" takes
        the whole numbers 0, 1, ... of an array for states. What was chosen stands in ``layout_``.

    Attributes
    ----------
    visible_ : str
        The kind of units in use: "bernoulli", "gaussian", "softmax" or "mixed".
    module_ : Funnel
        The network, as torch tensors.
    """

    n_components: PositiveInt = 30
    hidden: Sizes | None = (512, 256)
    activation: Activation = "elu"
    tied: bool = False
    dropout: Fraction = 0.0
    architecture: Literal["dense", "conv", "fully_conv"] = "dense"
    image_shape: Sizes | None = None
    channels: Sizes = (32, 64)
    pretrain: Literal["rbm", "denoising"] | None = None
    pretrain_epochs: PositiveInt = 10
    visible: Visible = "auto"

    def to_classifier(self) -> DBNClassifier:
        """Hand the encoder on to a classifier, to be fitted with labels by backprop.

        All its layers, the code included, have to be dense sigmoid ones. The classifier starts
        from them; a clone of it starts anew, with a stack of its own.

        Returns
        -------
        model : DBNClassifier
            Not fitted; it has this model's ``visible``, ``device`` and seed.

        Raises
        ------
        ParameterError
            If there are layers of another kind.

        Examples
        --------
        >>> from embudo import ContractiveAutoencoder
        >>> from sklearn.datasets import load_digits
        >>> X, y = load_digits(return_X_y=True)
        >>> auto = ContractiveAutoencoder(hidden=(64,), epochs=5, random_state=0).fit(X / 16)
        >>> few = auto.to_classifier().set_params(epochs=50).fit(X[:100] / 16, y[:100])
        >>> few.predict(X / 16).shape
        (1797,)
        """
        check_is_fitted(self)
        return classifier_on(self, stack_of(self.module_))

    def _code(self) -> ActivationName:
        """Return the activation of the code."""
        return "linear"

    def _bottleneck(self) -> dict[str, Any]:
        """Return what stands between encoder and decoder."""
        return {"name": "plain"}

    def _backprop(self, module: Funnel, precision: torch.dtype) -> Backprop:
        """Return how the network is to learn."""
        # Double precision is for small models that follow weights of rows to the last digit.
        return Backprop(precision, self.dropout, merge=precision is torch.float64)

    def _build(
        self,
        X: Admitted,
        weight: Tensor | None,
        facts: Survey,
        device: torch.device,
        generator: Generator,
    ) -> Funnel:
        sizes = (tuple(self.hidden or ()), self.n_components, self.activation, self._code())
        module = Funnel(
            self.layout_.kinds,
            *sizes,
            self.tied,
            self._bottleneck(),
            **self._convolutions(),
            stack=self._machines(),
        )
        if self._unrolled is not None:
            check_fits(type(self).__name__, module.config, self._unrolled.config)
            return copy.deepcopy(self._unrolled).to(device)
        module = module.to(device)
        rates = unit_means(module, X.table, facts.mean, weight)
        module.initialise(facts.mean.to(device), facts.scale.to(device), rates, generator)
        return module

    def _stages(self, module: Funnel) -> tuple[Stage, ...]:
        together = Stage(
            objectives=partial(self._objectives, module),
            measures=partial(trip_measures, module),
            epochs=self.epochs,
            rate=AUTO_RATE if isinstance(self.learning_rate, str) else self.learning_rate,
            watched=self.watched,
            optimizer=adam_of,
        )
        if self.pretrain is None or self._unrolled is not None:
            return (together,)
        plan = Plan(
            self.pretrain_epochs,
            partial(self._products, module),
            replace(together, name="together"),
        )
        if module.stack is None:
            return by_denoising(module, plan)
        return by_machines(module, module.stack, plan)

    def _objectives(self, module: Funnel, one_batch: bool) -> tuple[Objective, ...]:
        precision = self._products(module, 0, one_batch)
        return (objective(module, self._backprop(module, precision)),)

    def _convolutions(self) -> dict[str, Any]:
        """Return the picture in a row, and the channels that convolutions make of it."""
        if self.architecture == "dense":
            return {}
        shape = picture_in(self.layout_.kinds, self.image_shape, self.channels)
        found = {"image_shape": shape, "channels": self.channels}
        if self.architecture == "conv":
            return found
        check_pictured(self.hidden, narrowed(**self._bottleneck()))
        return found | {"code_channels": code_channels(shape, self.channels, self.n_components)}

    def _machines(self) -> dict[str, Any] | None:
        """Return what machines the layers are to learn as first, if they are."""
        if self.pretrain != "rbm" or self._unrolled is not None:
            return None
        top = top_of(self.architecture, self.activation, self._code())
        return {"hidden": [*(self.hidden or ()), self.n_components], "top": top, "n_chains": 1}

    def _products(self, module: Funnel, depth: int, one_batch: bool) -> torch.dtype:
        """Return the type of the matrix products, by those of a layer of the encoder."""
        joint, device = module.encoder.joints[depth], module.centre.device
        return precision_of(joint, device, self.precision, self.batch_size, one_batch)
