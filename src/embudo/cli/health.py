"""A diagnosis on the screen: the figures, and what they mean."""

from typing import TYPE_CHECKING

from embudo.cli.screen import facts, show

if TYPE_CHECKING:
    from embudo.applications.diagnose import DiagnoseResult
    from embudo.modules.diagnosis import Diagnosis


def show_health(result: "DiagnoseResult") -> None:
    """Print the figures of a diagnosis, and its readings below them."""
    show(facts(_figures(result.figures)))
    show(*(f"- {reading}" for reading in result.readings))


def _figures(found: "Diagnosis") -> list[tuple[str, object]]:
    walked = "" if found.training_sweeps is None else f"; training's: {found.training_sweeps:,}"
    values = ", ".join(f"{value:.3g}" for value in found.singular_values)
    rows: list[tuple[str, object]] = [
        ("chains", f"{found.n_chains:,}, of {found.steps:,} sweeps each{walked}"),
        ("split R-hat", f"{found.r_hat:.3f}; 1 is ideal"),
        ("autocorrelation time", f"{found.autocorrelation_time:.1f} sweeps"),
        ("effective sample size", f"{found.effective_sample_size:,.0f}"),
        (
            "free energy",
            f"data {found.free_energy_of_data:.2f} ± {found.free_energy_spread:.2f}, "
            f"chains {found.free_energy_of_chains:.2f} nats",
        ),
        (
            "errors of moments",
            f"visible {found.visible_error:.3g}, hidden {found.hidden_error:.3g}, "
            f"products {found.correlation_error:.3g} (root mean square)",
        ),
        ("dead hidden units", len(found.dead)),
        ("saturated hidden units", len(found.saturated)),
        ("undecided hidden units", len(found.undecided)),
        ("singular values", f"{values}; effective rank {found.effective_rank:.1f}"),
    ]
    if found.free_energy_gap is not None:
        rows += [
            (
                "validation gap",
                f"{found.free_energy_gap:.2f} ± {found.free_energy_gap_error:.2f} nats",
            ),
            (
                "nearer to training",
                f"{found.nearer_data:.0%} ± {found.nearer_data_error:.0%} of the fantasies; "
                "50% if no row was learned by heart",
            ),
        ]
    return rows
