"""embudo compare: several models on the same data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embudo.cli.options import AsJson, Binarize, Data, DataDir, Seed, decimal, examples, whole

if TYPE_CHECKING:
    from embudo.applications.compare import CompareResult, Standing

EXAMPLES = examples(
    "embudo compare digits -o report.html",
    "embudo compare customers.csv -o report.html --labels segment --drop id --n-components 8",
    "embudo compare mnist -o report.html --models rbm,dbn,autoencoder,vae --seconds 300",
)


def command(
    data: Data,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="HTML", help="Where the report goes.")
    ],
    models: Annotated[
        str,
        typer.Option(
            metavar="NAME,...",
            help="Whom to compare; by default pca, rbm, dbn, autoencoder, sparse, denoising, "
            "contractive and vae, and umap if it is installed. PCA takes part in any case.",
        ),
    ] = "",
    n_components: Annotated[
        int, typer.Option(parser=whole, metavar="N", help="Numbers in a code.")
    ] = 32,
    labels: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Classes to judge codes by; nobody learns from them."),
    ] = None,
    seconds: Annotated[
        float, typer.Option(parser=decimal, metavar="X", help="For each model to train.")
    ] = 60.0,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Leave a column out; may be given many times."),
    ] = None,
    seed: Seed = 0,
    binarize: Binarize = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Train several models on the same data, and compare what their codes keep.

    Rows are held out to measure on. Ctrl-C ends the contest early and keeps those that are done.
    """
    from embudo.applications.compare import CompareRequest, compare
    from embudo.applications.sources import DataRequest
    from embudo.cli.document import write_document
    from embudo.cli.progress import training_bars
    from embudo.cli.screen import Notes

    request = CompareRequest(
        data=DataRequest(data, binarize, data_dir, seed, tuple(drop or ())),
        out=out,
        models=tuple(name.strip() for name in models.split(",") if name.strip()),
        n_components=n_components,
        labels=labels,
        seconds=seconds,
        seed=seed,
    )
    notes = Notes()
    result = compare(request, lambda name: training_bars(name), notes)
    if as_json:
        write_document(result, notes=notes.taken)
    _tell(result, data, as_json)


def _tell(result: "CompareResult", data: str, as_json: bool) -> None:
    from embudo.cli.advice import shell
    from embudo.cli.faults import Interrupted
    from embudo.cli.screen import columns, show

    if not as_json:
        heads = ("model", "error", "trust", "neighbours", "probe", "seconds", "parameters", "")
        show(columns(heads, [_row(standing) for standing in result.standings]))
        show(f"wrote {result.out}: measured on {result.n_tested:,} rows that nobody learned from")
    if result.interrupted:
        raise Interrupted(f"{result.out} tells of those that were done; the others had no turn")
    best = _best(result.standings)
    if best is not None and not as_json:
        from embudo.cli.screen import conclude

        words = ("--n-components", result.n_components) if best not in ("dbn", "dbm") else ()
        conclude(then=(shell("train", best, data, "-o", f"{best}.embudo", *words),))


def _row(standing: "Standing") -> list[str]:
    found = standing.measures
    values = (
        (None,) * 4
        if found is None
        else (
            found.error,
            found.trustworthiness,
            found.neighbour_accuracy,
            found.probe_accuracy,
        )
    )
    count = "" if standing.n_parameters is None else f"{standing.n_parameters:,}"
    cells = ["" if value is None else f"{value:.3f}" for value in values]
    told = standing.failure or standing.note
    return [standing.model, *cells, f"{standing.seconds:.1f}", count, told]


def _best(standings: "list[Standing]") -> str | None:
    """Name the model of ours whose codes are worth most, by labels if there are any."""

    def worth(standing: "Standing") -> float:
        found = standing.measures
        assert found is not None
        return found.trustworthiness if found.probe_accuracy is None else found.probe_accuracy

    ours = [s for s in standings if s.measures is not None and s.model not in ("pca", "umap")]
    return max(ours, key=worth).model if ours else None
