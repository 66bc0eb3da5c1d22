"""What the loop tells the world: it calls these, and knows nothing else of those who listen."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embudo.training.run import Run


class Callback:
    """A listener; override what you need.

    The run is handed over at every event: ``run.epoch``, ``run.step``, ``run.history``,
    ``run.module``; call ``run.stop("why")`` to end training after this step.
    """

    def on_start(self, run: "Run") -> None:
        """Hear that training starts, or goes on from a checkpoint."""

    def on_step(self, run: "Run") -> None:
        """Hear that a batch is done."""

    def on_epoch(self, run: "Run") -> None:
        """Hear that an epoch is done; ``run.history[-1]`` is its row."""

    def on_end(self, run: "Run") -> None:
        """Hear that training ended, however it did; ``run.stopped`` says why if early."""
