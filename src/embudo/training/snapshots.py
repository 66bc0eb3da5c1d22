"""A listener that keeps the model as it was, epoch after epoch."""

from torch import Tensor

from embudo.errors import ParameterError
from embudo.training.events import Callback
from embudo.training.run import Run


class Snapshots(Callback):
    """Keeps what the model has learned, at its start and after epochs of its training.

    It takes as much memory as the model, each time. :class:`embudo.plots.SampleAnimation` shows
    what the model made up then.

    Parameters
    ----------
    every : int, default=1
        Keep only one of so many epochs.

    Attributes
    ----------
    epochs : list of int
        After how many each was kept, 0 for the start; of a training in stages, those of all stages
        together.
    states : list of dict
        The module's tensors by name.

    Raises
    ------
    ParameterError
        If ``every`` is below 1.
    """

    def __init__(self, every: int = 1) -> None:
        if every < 1:
            raise ParameterError(f"every must be at least 1, but is {every}")
        self.every = every
        self.epochs: list[int] = []
        self.states: list[dict[str, Tensor]] = []

    def on_start(self, run: Run) -> None:
        """Keep the state that training starts from, and forget what is of another training."""
        if len(run.history) == 0:
            self.epochs, self.states = [], []
        if not self.epochs:
            self._keep(run)

    def on_epoch(self, run: Run) -> None:
        """Keep the state, if it is this epoch's turn."""
        if len(run.history) % self.every == 0:
            self._keep(run)

    def _keep(self, run: Run) -> None:
        self.epochs.append(len(run.history))
        self.states.append(run.snapshot())
