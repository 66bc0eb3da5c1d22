"""embudo reduce: from rows to a few numbers each, in one go."""

from pathlib import Path
from typing import Annotated, Any

import typer

from embudo.cli.options import AsJson, Binarize, Data, DataDir, Seed, TableOut, examples, whole

EXAMPLES = examples(
    "embudo reduce digits -o codes.csv --picture map.png",
    "embudo reduce customers.csv -o codes.csv --drop id --labels segment --picture map.png",
    "embudo reduce mnist -o codes.npy --model vae --n-components 16 --set hidden=400,200 "
    "--set epochs=30",
)


def command(
    data: Data,
    out: TableOut,
    model: Annotated[
        str, typer.Option(metavar="NAME", help="By which model; 'embudo models' lists them.")
    ] = "autoencoder",
    n_components: Annotated[
        int, typer.Option(parser=whole, metavar="N", help="Numbers for each row.")
    ] = 2,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Another parameter of the model, such as epochs=50; may be given many times.",
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Classes to colour the map by, left out of the rows."),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Map of the codes, a point for each row.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the model, for rows to come.")
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Leave a column out; may be given many times."),
    ] = None,
    seed: Seed = 0,
    binarize: Binarize = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Reduce rows to a few numbers each: train a model and write its codes.

    To two or three numbers the autoencoder keeps neighbours together, to be looked at.
    """
    from embudo.applications.reduce import ReduceRequest, reduce
    from embudo.applications.sources import DataRequest
    from embudo.cli.advice import shell
    from embudo.cli.document import write_document
    from embudo.cli.faults import Interrupted
    from embudo.cli.progress import training_bars
    from embudo.cli.screen import Notes, conclude

    request = ReduceRequest(
        data=DataRequest(data, binarize, data_dir, seed, tuple(drop or ())),
        out=out,
        model=model,
        n_components=n_components,
        parameters={"random_state": seed, **_read(model, settings or [])},
        labels=labels,
        picture=picture,
        save=save,
    )
    notes = Notes()
    result = reduce(request, training_bars(), notes)
    if as_json:
        write_document(result, notes=notes.taken)
    if result.interrupted:
        raise Interrupted(f"{out} holds the codes of {result.epochs} epochs of training")
    if as_json:
        return
    keep = (shell("transform", save, data, "-o", "new.csv"),) if save is not None else ()
    conclude(
        f"wrote {out}: {result.n_rows:,} rows of {result.n_components} numbers by {model}, "
        f"{result.epochs} epochs, in {result.seconds:.1f} s",
        *([] if picture is None else [f"wrote {picture}"]),
        then=(*keep, shell("compare", data, "-o", "report.html", "--n-components", n_components)),
    )


def _read(model: str, settings: list[str]) -> dict[str, Any]:
    """Read values as they were typed, by the declaration of the model."""
    from embudo.cli.model_options import value_of
    from embudo.declarations.parameters import parameters
    from embudo.estimators import model_class

    known = {parameter.name: parameter for parameter in parameters(model_class(model))}
    found: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise typer.BadParameter(f"{setting!r} has no '=': write it as epochs=50")
        name = name.strip().replace("-", "_")
        found[name] = value_of(known[name], text.strip()) if name in known else text
    return found
