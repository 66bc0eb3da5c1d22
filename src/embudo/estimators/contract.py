"""What an estimator declares and what its model fills in; training and saving go by this."""

from abc import ABC, abstractmethod
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Generator, Tensor, nn

from embudo.data.batches import Batch
from embudo.data.kinds import layout_of_frame
from embudo.data.layout import Layout
from embudo.data.survey import Survey
from embudo.declarations.parameters import parameters
from embudo.estimators.columns import surveyed
from embudo.estimators.inputs import Admitted, RowFunction
from embudo.estimators.stages import Stage
from embudo.estimators.training_parameters import TrainingParameters
from embudo.training.checkpoint import Saved
from embudo.training.history import History
from embudo.training.objective import Objective


class Contract(TrainingParameters, ABC):
    """The fields that all estimators have, and the questions that each model answers."""

    module_class: ClassVar[Any]
    """The module that holds the parameters; a model file names how to build it."""

    watched: ClassVar[str]
    """The measure that early stopping watches; larger is better."""

    told: ClassVar[str] = "kl_divergence"
    """The measure whose way through the epochs a notebook shows."""

    learns_labels: ClassVar[bool] = False
    """Whether labels are learned, if there are any; models that predict do in any case."""

    _gaps_drop_out: ClassVar[bool] = True
    """Whether missing entries just drop out of sums, whole rows being the case of none; if not,
    rows with and without gaps go ways of their own."""

    visible: Any
    """Kind of the visible units, or "auto"."""

    module_: Any
    layout_: Layout
    history_: History
    n_iter_: int
    n_features_in_: int
    _progress: Saved

    def _declared(self) -> dict[str, Any]:
        """Return the parameters by name."""
        return {p.name: getattr(self, p.name) for p in parameters(type(self))}

    def _layout_of(self, frame: Any) -> Layout:
        """Decide what the columns of a frame become."""
        return layout_of_frame(frame, self.visible)

    def _survey(self, X: Admitted, weight: Tensor | None) -> tuple[Survey, Layout]:
        """Look over the data, decide what their columns become, and refuse what does not fit.

        Columns that have a layout already keep it.
        """
        return surveyed(X, weight, self.visible)

    @abstractmethod
    def _build(
        self,
        X: Admitted,
        weight: Tensor | None,
        facts: Survey,
        device: torch.device,
        generator: Generator,
    ) -> nn.Module:
        """Return a new module for these data and for ``layout_``, ready to be trained."""

    @abstractmethod
    def _stages(self, module: Any) -> tuple[Stage, ...]:
        """Return the parts of the training, in order."""

    @abstractmethod
    def _encoder(self, dtype: torch.dtype) -> RowFunction:
        """Return the function from rows and their presence to codes."""

    @abstractmethod
    def _decoder(self, dtype: torch.dtype) -> RowFunction:
        """Return the function from codes to rows on the data's scale."""


class OneStage(Contract):
    """The part of the contract of models that are trained all at once."""

    def _stages(self, module: Any) -> tuple[Stage, ...]:
        return (
            Stage(
                objectives=partial(self._objectives, module),
                measures=partial(self._measures, module),
                epochs=self.epochs,
                rate=self._rate(module),
                watched=self.watched,
            ),
        )

    @abstractmethod
    def _objectives(self, module: Any, one_batch: bool) -> tuple[Objective, ...]:
        """Return what the loop is to follow, through one batch an epoch or many."""

    @abstractmethod
    def _rate(self, module: Any) -> float:
        """Return the learning rate, with "auto" resolved."""

    @abstractmethod
    def _measures(self, module: Any, train: Batch, validation: Batch | None) -> dict[str, float]:
        """Return the measures of an epoch."""
