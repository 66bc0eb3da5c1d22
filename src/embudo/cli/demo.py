"""embudo demo: learn handwritten digits and show what came of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embudo.cli.options import AsJson, examples, whole

if TYPE_CHECKING:
    from embudo.applications.demo import DemoResult

EXAMPLES = examples(
    "embudo demo",
    "embudo demo -o somewhere --seed 1",
    "embudo demo ratings",
    "embudo demo ratings --data ml-latest-small",
)
_HEADS = {
    "epoch": "epoch",
    "kl_divergence": "KL divergence",
    "reconstruction_error": "reconstruction error",
    "pseudo_log_likelihood": "pseudo-log-likelihood",
    "free_energy_gap": "free-energy gap",
    "seconds": "seconds",
}


def command(
    what: Annotated[
        str, typer.Argument(metavar="[digits|ratings]", help="What to learn from.")
    ] = "digits",
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the results.")
    ] = Path("demo"),
    seed: Annotated[
        int, typer.Option(parser=whole, metavar="N", help="Seed of everything random.")
    ] = 0,
    epochs: Annotated[
        int | None, typer.Option(parser=whole, metavar="N", help="Epochs; fewer are quicker.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="With ratings: a folder or table of your own; else films are invented.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Learn handwritten digits, or ratings of films, and show what came of it.

    With digits, trains a model, compares its features with raw pixels and principal components,
    and writes a page with curves and pictures. With ratings, trains a recommender, asks it, and
    writes a page about how good it is.
    """
    if what not in ("digits", "ratings"):
        raise typer.BadParameter(f"there is a demo of digits and one of ratings, none of {what!r}")
    if what == "ratings":
        from embudo.cli.demo_ratings import demo_ratings

        demo_ratings(out, data, seed, as_json)
        return
    if data is not None:
        raise typer.BadParameter("--data is what 'embudo demo ratings' learns from")
    from embudo.applications.demo import DemoRequest, run
    from embudo.cli.document import write_document
    from embudo.cli.progress import training_bars

    result = run(DemoRequest(out=out, seed=seed, epochs=epochs), training_bars())
    if as_json:
        write_document(result)
    else:
        _show(result)


def _show(result: "DemoResult") -> None:
    from embudo.cli.advice import shell
    from embudo.cli.screen import columns, conclude, history_table, show

    few = [f"{kind.accuracy:.1%}" for kind in result.few_labels]
    rows = [
        (kind.name, f"{kind.n_features}", f"{kind.accuracy:.1%}", little)
        for kind, little in zip(result.comparison, few, strict=True)
    ]
    show(
        "What the machine learned, epoch by epoch:",
        history_table(result.history, _HEADS),
        "How well one logistic regression tells new digits apart by them:",
        columns(("features", "columns", "all labels", "few labels"), rows),
        *(f"- {note}" for note in result.notes),
        f"\nwrote {result.model_path} and {result.report_path} in {result.seconds:.1f} s",
    )
    conclude(
        then=(
            f"open {result.report_path} in a browser",
            shell("inspect", result.model_path),
            shell("sample", result.model_path, "-n", 64, "-o", "dreams.png"),
        )
    )
