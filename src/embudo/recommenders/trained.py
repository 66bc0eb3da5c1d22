"""Recommenders that are trained in epochs, by the one loop that trains everything."""

from abc import abstractmethod
from os import PathLike
from typing import Any

import torch
from torch import Generator, Tensor

from embudo.data.rating_batches import HistoryBatches, histories
from embudo.declarations.beginnings import plain, saved_of, seed_of, warn_of_interruption
from embudo.declarations.parameters import parameters
from embudo.declarations.training import RunParameters
from embudo.recommenders.asking import Asked
from embudo.recommenders.base import Recommender
from embudo.training.checkpoint import Saved
from embudo.training.hardware import choose_device
from embudo.training.history import History
from embudo.training.loop import fit
from embudo.training.objective import Objective
from embudo.training.optimizers import SGD, FusedAdam
from embudo.training.progress import ProgressLines
from embudo.training.run import Run

_NOT_IDENTITY = {"callbacks", "verbose", "device", "random_state"}
_MODULE = "module."


class Trained(RunParameters, Recommender):
    """Base of the recommenders that are trained in epochs."""

    @property
    @abstractmethod
    def module_class(self) -> Any:
        """The module that is trained; a model file names how to build it."""

    module_: Any
    history_: History
    n_iter_: int
    _progress: Saved

    def _learn(self, resume: bool | str | PathLike[str]) -> None:
        saved = saved_of(self, resume)
        seed = seed_of(self) if saved is None else saved.identity["seed"]
        device = choose_device(self.device)
        generator = torch.Generator(device).manual_seed(seed)
        matrix = self._matrix()
        module = self._build(matrix, generator, device).to(device)
        batches = self._batches(matrix, seed, device)
        objective = self._objective(module, matrix.shape[0], len(batches))
        run = Run(
            module,
            (objective,),
            [self._optimizer(objective)],
            generator,
            self.epochs,
            len(batches),
            identity=self._identity(seed),
        )
        if saved is not None:
            saved.begin(run.identity, module, 1)
            saved.restore(run)
        lines = [ProgressLines()] if self.verbose else []
        try:
            fit(run, batches, schedule=self.schedule, callbacks=[*self.callbacks, *lines])
        finally:
            self._keep(run)
        if run.stopped == "interrupted":
            warn_of_interruption(run)

    def _batches(self, matrix: Any, seed: int, device: torch.device) -> Any:
        return HistoryBatches(matrix, self._step_rows(), seed, device)

    def _step_rows(self) -> int:
        """Return how many rows an update looks at."""
        return self.batch_size

    def _matrix(self) -> Any:
        """Return the rows to learn from, as a CSR matrix."""
        return self._rows(self.ratings_.matrix)

    @abstractmethod
    def _build(self, matrix: Any, generator: Generator, device: torch.device) -> Any:
        """Return a new module for these rows, ready to be trained."""

    @abstractmethod
    def _objective(self, module: Any, n_rows: int, n_batches: int) -> Objective:
        """Return what the loop is to follow."""

    @abstractmethod
    def _optimizer(self, objective: Objective) -> SGD | FusedAdam:
        """Return what moves the parameters."""

    def _rate(self, auto: float) -> float:
        return auto if self.learning_rate == "auto" else self.learning_rate

    def _encoded(self, matrix: Any) -> Tensor:
        device = next(self.module_.parameters()).device
        with torch.no_grad():
            codes: Tensor = self.module_.encode(histories(matrix).to(device))
        return codes

    def _score(self, asked: Asked) -> Tensor:
        with torch.no_grad():
            scores: Tensor = self.module_.decode(self._encoded(self._rows(asked.histories)))
        return scores.cpu()

    def _likeness(self) -> Tensor:
        vectors: Tensor = self.module_.likeness().detach().cpu()
        return vectors

    def _identity(self, seed: int) -> dict[str, Any]:
        ratings = self.ratings_
        values = {
            p.name: plain(getattr(self, p.name))
            for p in parameters(type(self))
            if p.name not in _NOT_IDENTITY and (p.name != "epochs" or self.schedule != "constant")
        }
        return {
            "model": type(self).__name__,
            **values,
            "seed": seed,
            "users": len(ratings.users),
            "items": len(ratings.items),
            "ratings": len(ratings),
            "data": f"mean {float(ratings.value.mean(dtype='float64')):.9g}",
        }

    def _keep(self, run: Run) -> None:
        self.module_ = run.module
        self.history_ = run.history
        self.n_iter_ = len(run.history)
        self._progress = Saved("the interrupted fit", run.identity, *run.state())

    def _parts(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        tensors = {f"{_MODULE}{name}": t for name, t in self.module_.state_dict().items()}
        facts = {"module": self.module_.config, "history": self.history_.to_json()}
        return tensors, facts

    def _restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        module = self.module_class(**facts["module"])
        module.load_state_dict(
            {k.removeprefix(_MODULE): t for k, t in tensors.items() if k.startswith(_MODULE)}
        )
        self.module_ = module
        self.history_ = History.from_json(facts["history"])
        self.n_iter_ = len(self.history_)
