"""embudo likelihood: say how probable a model finds data, and how far to trust that."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embudo.cli.options import AsJson, Binarize, Data, DataDir, Model, examples, whole

if TYPE_CHECKING:
    from embudo.applications.likelihood import LikelihoodResult

EXAMPLES = examples(
    "embudo likelihood digits.embudo digits --binarize 0.5 --temperatures 1000",
    "embudo likelihood digits.embudo digits --binarize 0.5 --temperatures 1000 -o rows.csv",
    "embudo likelihood digits.embudo digits --binarize 0.5 --temperatures 1000 --json",
)


class HowLogZ(StrEnum):
    """How log Z is found."""

    auto = "auto"
    exact = "exact"
    ais = "ais"


def command(
    model: Model,
    data: Data,
    method: Annotated[
        HowLogZ,
        typer.Option(
            help="Whether log Z is enumerated or annealed; auto enumerates where it can.",
        ),
    ] = HowLogZ.auto,
    temperatures: Annotated[
        int,
        typer.Option(parser=whole, metavar="N", help="Steps of the annealing, each way."),
    ] = 10_000,
    n_chains: Annotated[
        int, typer.Option("--chains", parser=whole, metavar="N", help="Chains that are annealed.")
    ] = 100,
    burn_in: Annotated[
        int,
        typer.Option(
            parser=whole, metavar="N", help="Gibbs sweeps before the chains are annealed back."
        ),
    ] = 1000,
    draws: Annotated[
        int,
        typer.Option(
            parser=whole,
            metavar="N",
            help="Draws of each row's code, for a variational autoencoder, which has no log Z.",
        ),
    ] = 100,
    seed: Annotated[
        int | None,
        typer.Option(
            "--random-state",
            "--seed",
            parser=whole,
            metavar="N",
            help="Seed; by default that of the training.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Where each row's log-likelihood goes: .npy, .csv or .parquet.",
        ),
    ] = None,
    binarize: Binarize = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Say how probable a trained model finds data, in nats per row.

    The partition function Z is enumerated, or bracketed by annealing there and back; a
    variational autoencoder, which has none, draws codes and weighs them.
    """
    from embudo.applications.likelihood import LikelihoodRequest, likelihood
    from embudo.applications.sources import DataRequest
    from embudo.cli.document import write_document
    from embudo.cli.progress import steps_watched

    request = LikelihoodRequest(
        model=model,
        data=DataRequest(data, binarize, data_dir),
        method=method.value,
        n_temperatures=temperatures,
        n_chains=n_chains,
        burn_in=burn_in,
        n_draws=draws,
        seed=seed,
        out=out,
    )
    with steps_watched("annealing") as watch:
        result = likelihood(request, watch)
    if as_json:
        write_document(result, notes=watch.taken)
        return
    _tell(result)


def _tell(result: "LikelihoodResult") -> None:
    from embudo.cli.screen import facts, show

    z = result.partition
    name = {"log_likelihood": "log-likelihood"}.get(result.measure, "lower bound")
    drawn = "" if result.n_draws is None else f", {result.n_draws:,} draws each"
    rows: list[tuple[str, object]] = [
        (
            name,
            f"{result.mean:.3f} nats per row ± {result.error_of_rows:.3f} over {result.n_rows:,} "
            f"rows{drawn}",
        ),
    ]
    if z is not None:
        rows.append(("log Z", f"{z.value:.3f} ± {z.error:.3f}, {z.method}"))
    if z is not None and z.method == "ais":
        rows += [
            ("forward", f"log Z = {z.forward:.3f}, {name} {result.mean_by_forward:.3f}"),
            ("reverse", f"log Z = {z.reverse:.3f}, {name} {result.mean_by_reverse:.3f}"),
            ("gap", f"{result.gap:.3f} nats"),
            ("effective chains", f"{z.effective_chains:.1f}"),
        ]
    if z is not None:
        rows.append(("trustworthy", "yes" if result.trustworthy else f"no: {result.warning}"))
    shared = "" if z is None else f", of which log Z took {result.partition_seconds:.1f}"
    rows.append(("seconds", f"{result.seconds:.1f}{shared}"))
    if result.out is not None:
        rows.append(("rows", str(result.out)))
    show(facts(rows))
