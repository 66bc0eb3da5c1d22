"""embudo evaluate: say how good the rows are that a model draws."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embudo.cli.options import (
    AsJson,
    Binarize,
    Data,
    DataDir,
    Model,
    PictureShape,
    Seed,
    examples,
    whole,
)

if TYPE_CHECKING:
    from embudo.applications.evaluation import EvaluateResult

EXAMPLES = examples(
    "embudo evaluate digits.embudo digits",
    "embudo evaluate digits.embudo digits -o report.html",
    "embudo evaluate digits.embudo mnist --test mnist:test --features other.embudo",
    "embudo evaluate digits.embudo mnist --classifier classes.embudo --samples 5000 --json",
)


def command(
    model: Model,
    data: Data,
    test: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Rows that the model has not seen, for the floor; by default rows are put aside.",
        ),
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(
            metavar="MODEL", help="Compare codes of this model; by default the rows themselves."
        ),
    ] = None,
    classifier: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="Compare shares of the classes that this one tells."),
    ] = None,
    n_samples: Annotated[
        int,
        typer.Option(
            "--samples",
            parser=whole,
            metavar="N",
            help="How many rows to draw, no more than there are for the floor.",
        ),
    ] = 10_000,
    steps: Annotated[
        int,
        typer.Option(parser=whole, metavar="N", help="Steps that each chain takes before its row."),
    ] = 1000,
    means: Annotated[
        bool | None,
        typer.Option(
            "--means/--states",
            show_default="means where the data are shades of grey",
            help="Whether to take the last step's means, or states drawn from them.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="HTML",
            help="Write a page as well: the measures, samples beside the nearest real rows, "
            "classes, and how the model learned.",
        ),
    ] = None,
    image_shape: PictureShape = None,
    seed: Seed = 0,
    binarize: Binarize = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Say how good the rows are that a trained model draws.

    DATA are the rows that it was trained on. Each measure stands beside its floor: what real rows
    have that were held out, in place of the samples.
    """
    from embudo.applications.evaluate import evaluate
    from embudo.applications.evaluation import EvaluateRequest
    from embudo.applications.sources import DataRequest
    from embudo.cli.document import write_document
    from embudo.cli.progress import busy
    from embudo.cli.screen import Notes

    request = EvaluateRequest(
        model=model,
        data=DataRequest(data, binarize, data_dir, seed),
        test=None if test is None else DataRequest(test, binarize, data_dir, seed),
        features=features,
        classifier=classifier,
        n_samples=n_samples,
        steps=steps,
        means=means,
        seed=seed,
        out=out,
        image_shape=image_shape,
    )
    notes = Notes()
    with busy("drawing and measuring rows"):
        result = evaluate(request, notes)
    if as_json:
        write_document(result, notes=notes.taken)
        return
    _tell(result, model, data, out)


def _tell(result: "EvaluateResult", model: Path, data: str, out: Path | None) -> None:
    from embudo.cli.advice import shell
    from embudo.cli.screen import columns, conclude, facts, show

    found = result.quality
    show(columns(("measure", "samples", "floor", "best"), found.lines))
    rows: list[tuple[str, object]] = [*result.facts]
    if found.classes is not None:
        named = zip(found.classes.classes, found.classes.generated, strict=True)
        rows.append(("classes", ", ".join(f"{name} {share:.1%}" for name, share in named)))
        rows.append(("told by", found.classes.classifier))
    rows.append(("seconds", f"{result.seconds:.1f}"))
    show(facts(rows))
    show(*(f"- {reading}" for reading in result.readings))
    if out is None:
        conclude(then=(shell("evaluate", model, data, "-o", "report.html"),))
    else:
        conclude(f"wrote {out}", then=(f"open {out} in a browser",))
