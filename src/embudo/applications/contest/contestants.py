"""Who can take part: every model of embudo that learns without labels, PCA, and UMAP."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from sklearn.decomposition import PCA

from embudo.applications.contest.units import Units
from embudo.data.source import Matrix
from embudo.declarations.parameters import parameters
from embudo.errors import MissingExtraError, ParameterError
from embudo.estimators import MODELS, model_class
from embudo.training.events import Callback
from embudo.training.history import History
from embudo.training.run import Run

PEERS = ("pca", "umap")
_MOST_EPOCHS = 2000
_PATIENCE = 10
_UMAP_ROWS = 5000  # that UMAP is fitted on: on more it takes minutes


class Contestant(Protocol):
    """What is asked of everyone who takes part."""

    name: str
    note: str

    def fit(self, rows: Any) -> None:
        """Learn from rows."""

    def codes(self, rows: Any) -> Matrix:
        """Return the codes of rows."""

    def rebuilt(self, rows: Any) -> Matrix | None:
        """Return what the codes of rows decode to, as units; None if nothing can be decoded."""

    @property
    def n_parameters(self) -> int | None:
        """How many numbers were learned."""

    @property
    def history(self) -> History | None:
        """How learning went."""


class Deadline(Callback):
    """Ends each stage of a training once its share of the time is over, and hears how it ended."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.late, self.interrupted = seconds, False, False
        self._end = 0.0

    def on_start(self, run: Run) -> None:
        """Start the clock of a stage."""
        self._end = time.monotonic() + self.seconds / run.n_stages

    def on_step(self, run: Run) -> None:
        """Stop in time."""
        if time.monotonic() > self._end:
            self.late = True
            run.stop("out of time")

    def on_end(self, run: Run) -> None:
        """Hear of Ctrl-C."""
        self.interrupted |= run.stopped == "interrupted"


@dataclass
class Model:
    """A model of embudo: it trains until held-out rows are met no better, or time is up."""

    name: str
    n_components: int
    units: Units
    deadline: Deadline
    seed: int
    callbacks: Sequence[Callback] = ()
    note: str = ""
    model: Any = field(init=False)

    def __post_init__(self) -> None:
        """Make the estimator."""
        cls = model_class(self.name)
        if hasattr(cls, "predict"):
            raise ParameterError(
                f"{self.name} learns from labels: 'embudo compare' has none for it"
            )
        names = {parameter.name for parameter in parameters(cls)}
        size: dict[str, Any] = {"n_components": self.n_components}
        if "n_components" not in names:
            one = "hidden" not in names
            wide = (max(2 * self.n_components, 128), self.n_components)
            size = {"n_hidden": self.n_components} if one else {"hidden": wide}
        self.model = cls(
            **size,
            epochs=_MOST_EPOCHS,
            early_stopping=True,
            patience=_PATIENCE,
            random_state=self.seed,
            callbacks=[self.deadline, *self.callbacks],
        )

    def fit(self, rows: Any) -> None:
        """Train."""
        self.model.fit(rows)
        if self.deadline.late:
            self.note = f"stopped after {self.deadline.seconds:g} s"

    def codes(self, rows: Any) -> Matrix:
        """Encode."""
        return np.asarray(self.model.transform(rows))

    def rebuilt(self, rows: Any) -> Matrix | None:
        """Encode and decode."""
        return self.units.of(self.model.reconstruct(rows)).values

    @property
    def n_parameters(self) -> int | None:
        """All that its module has learned."""
        return sum(int(parameter.numel()) for parameter in self.model.module_.parameters())

    @property
    def history(self) -> History | None:
        """That of the fit."""
        found: History = self.model.history_
        return found


@dataclass
class Components:
    """Principal components of the units."""

    n_components: int
    units: Units
    seed: int
    name: str = "pca"
    note: str = ""
    history: None = None

    def fit(self, rows: Any) -> None:
        """Fit."""
        values = self.units.of(rows).values
        n = min(self.n_components, *values.shape)
        self.note = "" if n == self.n_components else f"{n} components, as many as there are"
        self._pca = PCA(n, random_state=self.seed).fit(values)

    def codes(self, rows: Any) -> Matrix:
        """Project."""
        found: Matrix = self._pca.transform(self.units.of(rows).values)
        return found

    def rebuilt(self, rows: Any) -> Matrix | None:
        """Project, and go back."""
        found: Matrix = self._pca.inverse_transform(self.codes(rows))
        return found

    @property
    def n_parameters(self) -> int | None:
        """Components and mean."""
        return int(self._pca.components_.size + self._pca.mean_.size)


@dataclass
class Neighbours:
    """UMAP as it comes, which has no way back."""

    n_components: int
    units: Units
    seed: int
    name: str = "umap"
    note: str = ""
    history: None = None
    n_parameters: None = None

    def __post_init__(self) -> None:
        """Look whether it is installed."""
        try:
            self._class = import_module("umap").UMAP
        except ImportError:
            raise MissingExtraError(
                "umap-learn is not installed: pip install umap-learn, or leave umap out"
            ) from None

    def fit(self, rows: Any) -> None:
        """Fit to as many rows as it takes in seconds."""
        values = self.units.of(rows).values
        if len(values) > _UMAP_ROWS:
            self.note = f"fitted on {_UMAP_ROWS:,} rows"
            values = values[np.linspace(0, len(values) - 1, _UMAP_ROWS).astype(int)]
        self._umap = self._class(n_components=self.n_components, random_state=self.seed)
        self._umap.fit(values)

    def codes(self, rows: Any) -> Matrix:
        """Place among the rows that it was fitted on."""
        return np.asarray(self._umap.transform(self.units.of(rows).values))

    def rebuilt(self, rows: Any) -> Matrix | None:
        """Return nothing."""
        return None


def check_names(names: Sequence[str]) -> None:
    """Make sure that everyone asked for can take part.

    Raises
    ------
    ParameterError
        If one is not known.
    """
    known = (*PEERS, *MODELS)
    for name in names:
        if name not in known:
            raise ParameterError(f"there is no model {name!r}; choose from {', '.join(known)}")
