"""Train several models on the same rows, and put what came of them side by side."""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from embudo.applications.contest.contestants import (
    Components,
    Contestant,
    Deadline,
    Model,
    Neighbours,
    check_names,
)
from embudo.applications.contest.standings import Field, Measures
from embudo.applications.contest.units import Units, taken
from embudo.applications.labels import Labels, labelled
from embudo.applications.listener import SILENT, Listener
from embudo.applications.outputs import check_report_path
from embudo.applications.pictures import Shape
from embudo.applications.report.comparison import Comparison, Entry, write_comparison
from embudo.applications.rows import training_rows
from embudo.applications.sources import DataRequest
from embudo.data.images import guess_image_shape
from embudo.data.source import Source
from embudo.errors import DataError, EmbudoError, ParameterError
from embudo.training.events import Callback

MODELS = ("pca", "rbm", "dbn", "autoencoder", "sparse", "denoising", "contractive", "vae")
_TEST_SHARE, _MOST_TESTED = 0.2, 2000
_FEWEST = 30
_SHOWN = 10  # pictures of a model


@dataclass(frozen=True, kw_only=True)
class CompareRequest:
    """Whom to compare, on what.

    Parameters
    ----------
    data : DataRequest
    out : Path
        The report, ending in ``.html``.
    models : sequence of str
        Short names of models, "pca" and "umap". PCA takes part in any case, and UMAP if it is
        installed and nobody was named.
    n_components : int, default=32
        Numbers in a code.
    labels : str, optional
        The column that holds classes; a data set brings its own. Nobody learns from them.
    seconds : float, default=60
        For each model to train.
    seed : int, default=0
    """

    data: DataRequest
    out: Path
    models: Sequence[str] = ()
    n_components: int = 32
    labels: str | None = None
    seconds: float = 60.0
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A model and what its codes are worth; ``failure`` says why, where it has none.

    Attributes
    ----------
    model : str
    measures : Measures or None
    seconds : float
        Of training.
    n_parameters, epochs : int or None
    note : str
    failure : str
    """

    model: str
    measures: Measures | None
    seconds: float
    n_parameters: int | None
    epochs: int | None
    note: str = ""
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class CompareResult:
    """What was written, and the table.

    Attributes
    ----------
    out : Path
    standings : list of Standing
        In the order in which they trained.
    n_rows, n_tested, n_components : int
        Rows to learn from, rows to be measured on, and numbers in a code.
    interrupted : bool
        Whether Ctrl-C kept some of them from taking part.
    seconds : float
    """

    out: Path
    standings: list[Standing]
    n_rows: int
    n_tested: int
    n_components: int
    interrupted: bool
    seconds: float


def compare(
    request: CompareRequest,
    callbacks: Callable[[str], Sequence[Callback]] = lambda name: (),
    listener: Listener = SILENT,
) -> CompareResult:
    """Train and measure one model after the other, and write the report.

    A model that fails is told of in the table. Ctrl-C ends the contest; those that are done are in
    the report.

    Parameters
    ----------
    request : CompareRequest
    callbacks : callable
        From a model's name to further listeners of its training.
    listener : Listener

    Returns
    -------
    CompareResult

    Raises
    ------
    EmbudoError
        If data, names, numbers or path cannot be used; nothing is trained then.
    """
    started = time.perf_counter()
    names = _names(request)
    _check(request)
    source, labels = labelled(request.data.open(listener), request.labels)
    rows = training_rows(source, listener)
    contest = _Contest(request, _field(rows, labels, request.seed), callbacks)
    for name in names:
        if not contest.interrupted:
            contest.run(name)
    shape = source.image_shape or _square(source)
    write_comparison(request.out, contest.comparison(source.name, shape))
    return CompareResult(
        out=request.out,
        standings=contest.standings,
        n_rows=contest.rows.train.shape[0],
        n_tested=contest.rows.test.shape[0],
        n_components=request.n_components,
        interrupted=contest.interrupted,
        seconds=time.perf_counter() - started,
    )


@dataclass
class _Contest:
    request: CompareRequest
    rows: Field
    callbacks: Callable[[str], Sequence[Callback]]
    standings: list[Standing] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    interrupted: bool = False

    def run(self, name: str) -> None:
        """Let one of them learn, and measure it."""
        started = time.perf_counter()
        try:
            contestant, deadline = self._contestant(name)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                contestant.fit(self.rows.train)
            seconds = time.perf_counter() - started
            self.interrupted = deadline.interrupted
            codes = contestant.codes(self.rows.test)
            measures = self.rows.measure(contestant, codes)
        except EmbudoError as fault:
            self._failed(name, str(fault), time.perf_counter() - started)
            return
        except KeyboardInterrupt:  # while something that does not listen was at work
            self.interrupted = True
            return
        history = contestant.history
        standing = Standing(
            model=name,
            measures=measures,
            seconds=seconds,
            n_parameters=contestant.n_parameters,
            epochs=None if history is None else len(history),
            note=contestant.note,
        )
        self.standings.append(standing)
        few = contestant.rebuilt(taken(self.rows.test, np.arange(_SHOWN)))
        self.entries.append(
            Entry(
                name, measures, seconds, standing.n_parameters, standing.note, codes, few, history
            )
        )

    def _failed(self, name: str, failure: str, seconds: float) -> None:
        self.standings.append(
            Standing(
                model=name,
                measures=None,
                seconds=seconds,
                n_parameters=None,
                epochs=None,
                failure=failure,
            )
        )
        self.entries.append(Entry(name, None, seconds, None, failure, None, None, None))

    def _contestant(self, name: str) -> tuple[Contestant, Deadline]:
        request, units, deadline = self.request, self.rows.units, Deadline(self.request.seconds)
        shared = (request.n_components, units)
        if name == "pca":
            return Components(*shared, request.seed), deadline
        if name == "umap":
            return Neighbours(*shared, request.seed), deadline
        watched = self.callbacks(name)
        return Model(name, *shared, deadline, request.seed, watched), deadline

    def comparison(self, data: str, shape: Shape | None) -> Comparison:
        """Return what the report tells."""
        return Comparison(
            data=data,
            n_components=self.request.n_components,
            n_rows=self.rows.train.shape[0],
            n_tested=self.rows.test.shape[0],
            labels=self.rows.test_labels,
            originals=self.rows.seen.values[:_SHOWN],
            image_shape=shape,
            entries=self.entries,
            interrupted=self.interrupted,
        )


def _names(request: CompareRequest) -> list[str]:
    names = list(dict.fromkeys(request.models or MODELS))
    check_names(names)
    if not request.models and find_spec("umap") is not None:
        names.append("umap")
    return names if "pca" in names else ["pca", *names]


def _check(request: CompareRequest) -> None:
    check_report_path(request.out)
    if request.n_components < 1:
        raise ParameterError(f"n_components must be at least 1, but is {request.n_components}")
    if not 0 < request.seconds < np.inf:
        raise ParameterError(f"seconds must be a number > 0, but is {request.seconds:g}")


def _field(rows: Any, labels: Labels | None, seed: int) -> Field:
    n = rows.shape[0]
    if n < _FEWEST:
        raise DataError(f"{n} rows are too few to compare models on: give at least {_FEWEST}")
    n_tested = min(_MOST_TESTED, max(2 * _SHOWN, int(_TEST_SHARE * n)))
    train, test = train_test_split(np.arange(n), test_size=n_tested, random_state=seed)
    units, held = Units(rows), taken(rows, test)
    both = (None, None) if labels is None else (labels[train], labels[test])
    return Field(taken(rows, train), held, units, units.of(held), *both)


def _square(source: Source) -> Shape | None:
    return guess_image_shape(source.n_features) if source.columns is None else None
