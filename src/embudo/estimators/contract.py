"""What an estimator declares and what its model fills in; training and saving go by this."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Generator, Tensor, nn

from embudo.data.batches import Batch
from embudo.data.layout import Layout
from embudo.data.survey import Survey
from embudo.estimators.inputs import Admitted, RowFunction
from embudo.estimators.parameters import parameters
from embudo.training.checkpoint import Saved
from embudo.training.events import Callback
from embudo.training.history import History
from embudo.training.objective import Objective


class Contract(ABC):
    """The fields that all estimators have, and the questions that each model answers."""

    module_class: ClassVar[Any]
    """The module that holds the parameters; a model file names how to build it."""

    watched: ClassVar[str]
    """The measure that early stopping watches; larger is better."""

    n_components: int
    epochs: int
    batch_size: int
    learning_rate: float | Literal["auto"]
    schedule: Literal["constant", "linear", "cosine"]
    momentum: float
    weight_decay: float
    validation_fraction: float | None
    early_stopping: bool
    patience: int
    callbacks: Sequence[Callback]
    device: str
    random_state: Any
    verbose: int

    module_: Any
    layout_: Layout
    history_: History
    n_iter_: int
    n_features_in_: int
    _progress: Saved

    def _declared(self) -> dict[str, Any]:
        """Return the parameters by name."""
        return {p.name: getattr(self, p.name) for p in parameters(type(self))}

    @abstractmethod
    def _layout_of(self, frame: Any) -> Layout:
        """Decide what the columns of a frame become."""

    @abstractmethod
    def _survey(self, X: Admitted, weight: Tensor | None) -> tuple[Survey, Layout]:
        """Look over the data, decide what their columns become, and refuse what does not fit.

        Columns that have a layout already keep it.
        """

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
    def _objectives(self, module: Any, one_batch: bool) -> tuple[Objective, ...]:
        """Return what the loop is to follow, through one batch an epoch or many."""

    @abstractmethod
    def _rate(self, module: Any) -> float:
        """Return the learning rate, with "auto" resolved."""

    @abstractmethod
    def _measures(self, module: Any, train: Batch, validation: Batch | None) -> dict[str, float]:
        """Return the measures of an epoch."""

    @abstractmethod
    def _encoder(self, dtype: torch.dtype) -> RowFunction:
        """Return the function from rows and their presence to codes."""

    @abstractmethod
    def _decoder(self, dtype: torch.dtype) -> RowFunction:
        """Return the function from codes to rows on the data's scale."""
