"""What can be wrong with a trained RBM and its chains: figures, and how to read them."""

from collections.abc import Iterator
from dataclasses import dataclass

_LARGEST_R_HAT = 1.1
_FEWEST_TIMES = 20  # autocorrelation times that a chain should walk before its state is a sample
_FAR_OFF = 1.0  # standard deviations of the data's free energy
_SMALLEST_SPREAD = 1e-6  # nats
_GROWTH = 0.25  # of the free energy's spread, that the gap must rise to be conspicuous
_SIGNIFICANT = 3.0  # standard errors


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """Figures on chains, units and fit; energies in nats.

    Half of the chains start at rows of the data, half where the visible biases alone put them;
    the first half of their sweeps is not counted.

    Attributes
    ----------
    n_chains, steps : int
        Gibbs chains that were run, and sweeps of each.
    training_sweeps : int or None
        Sweeps that a chain of the training made: since its start for persistent chains, since
        the data for contrastive divergence; None if training had no chains.
    r_hat : float
        Split R-hat; near 1 if the chains have forgotten where they started. It is the worst of
        four: that of the free energy and of the states along three singular vectors of the
        weights, and so are the next two.
    autocorrelation_time : float
        Sweeps from one independent state to the next.
    effective_sample_size : float
        What the chains' states are worth in independent ones.
    free_energy_of_data, free_energy_of_chains : float
        Means; equal if the model's samples are as probable as the data.
    free_energy_spread : float
        Standard deviation over the rows of the data.
    free_energy_gap, free_energy_gap_error : float or None
        Mean free energy of the validation rows minus that of the data, and its standard error.
    gap_growth : float or None
        Nats by which that gap rose from the first quarter of the training's epochs to the last
        epoch, as the history has it.
    visible_error, hidden_error, correlation_error : float
        Root mean squared difference between data and chains in the means of the visible units,
        of the hidden units, and of the products of both.
    dead, saturated, undecided : tuples of int
        Hidden units that hardly move whatever the row is: always off, always on, or in between,
        as all of them are before they have learned anything.
    singular_values : tuple of float
        The ten largest ones of the weights.
    effective_rank : float
        How many directions the weights use: the exponential of their spectrum's entropy.
    nearer_data, nearer_data_error : float or None
        Share of fantasies that are nearer to a row of the data than to any of equally many
        validation rows, and its standard error: 0.5 unless rows were learned by heart.
    """

    n_chains: int
    steps: int
    training_sweeps: int | None
    r_hat: float
    autocorrelation_time: float
    effective_sample_size: float
    free_energy_of_data: float
    free_energy_of_chains: float
    free_energy_spread: float
    free_energy_gap: float | None
    free_energy_gap_error: float | None
    gap_growth: float | None
    visible_error: float
    hidden_error: float
    correlation_error: float
    dead: tuple[int, ...]
    saturated: tuple[int, ...]
    undecided: tuple[int, ...]
    singular_values: tuple[float, ...]
    effective_rank: float
    nearer_data: float | None
    nearer_data_error: float | None

    @property
    def readings(self) -> tuple[str, ...]:
        """What the figures say, in plain words: a sentence for each finding."""
        found = (*self._of_chains(), *self._of_fit(), *self._of_units())
        return found or (
            "Nothing conspicuous: the chains mix, and their states look like the data.",
        )

    def _of_chains(self) -> Iterator[str]:
        apart = not self.r_hat <= _LARGEST_R_HAT
        time = self.autocorrelation_time
        if apart:
            yield (
                f"The chains do not mix: after {self.steps:,} sweeps they still tell where they "
                f"started (R-hat {self.r_hat:.2f}, where 1 is ideal and {_LARGEST_R_HAT} the "
                "limit). Samples and likelihoods of this model are not to be relied on; give more "
                "steps, or train with algorithm='pt'."
            )
        elif time > self.steps / _FEWEST_TIMES:
            yield (
                f"The chains mix slowly: {time:.0f} sweeps to an independent state. Take at least "
                f"{_FEWEST_TIMES * time:.0f} for a sample."
            )
        walked = self.training_sweeps
        if walked is not None and self.steps < walked and apart:
            yield (
                f"These fantasies come after {self.steps:,} sweeps, but the training's chains "
                f"walked {walked:,}: what the model learned to balance is not yet reached."
            )
        if walked is not None and walked < self.steps and self._off > _FAR_OFF:
            yield (
                f"The training's chains made {walked:,} sweeps from the data, and these fantasies "
                f"{self.steps:,}: the model never learned what lies that far away. Train with "
                "algorithm='pcd', or sample with fewer steps from rows of the data."
            )

    @property
    def _off(self) -> float:
        """How far chains are from data, in spreads of the data's free energy."""
        difference = self.free_energy_of_chains - self.free_energy_of_data
        return abs(difference) / max(self.free_energy_spread, _SMALLEST_SPREAD)

    def _of_fit(self) -> Iterator[str]:
        difference = self.free_energy_of_chains - self.free_energy_of_data
        if self._off > _FAR_OFF:
            side = "less" if difference > 0 else "more"
            yield (
                f"Fantasies are {side} probable than the data, by {abs(difference):.1f} nats: "
                "the model does not generate what it was shown."
            )
        if self.gap_growth is not None and self.gap_growth > _GROWTH * self.free_energy_spread:
            yield (
                f"The free-energy gap grew by {self.gap_growth:.1f} nats over training: the model "
                "overfits; stop earlier (early_stopping=True) or take weight_decay."
            )
        gap, error = self.free_energy_gap, self.free_energy_gap_error
        if gap is not None and error is not None and gap > _SIGNIFICANT * error:
            yield (
                f"Rows that it has seen are {gap:.1f} nats more probable to the model than new "
                f"ones (standard error {error:.1f}): it overfits."
            )
        share, error = self.nearer_data, self.nearer_data_error
        if share is not None and error is not None and share - 0.5 > _SIGNIFICANT * error:
            yield (
                f"{share:.0%} of the fantasies are nearer to a training row than to any validation "
                "row, where 50% would be fair: rows were learned by heart."
            )

    def _of_units(self) -> Iterator[str]:
        for units, state in ((self.dead, "dead"), (self.saturated, "always on")):
            if units:
                yield (
                    f"Hidden units that are {state}, whatever the row is: {len(units)}. They tell "
                    "nothing; take fewer components or a smaller learning_rate."
                )
        if self.undecided:
            yield (
                f"Hidden units that hardly tell one row from another: {len(self.undecided)}. They "
                "have not learned yet; take more epochs or a larger learning_rate."
            )
