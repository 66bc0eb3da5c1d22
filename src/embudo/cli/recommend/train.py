"""embudo recommend train: learn from a table of ratings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embudo.cli.options import AsJson, DataDir, examples
from embudo.cli.recommend import options as own

if TYPE_CHECKING:
    from embudo.applications.recommend.train import RecommendTrainResult

EXAMPLES = examples(
    "embudo recommend train ratings.csv -o model.embudo",
    "embudo recommend train ratings.csv --items movies.csv --model hybrid -o model.embudo",
    "embudo recommend train plays.csv --user listener --item artist --implicit -o model.embudo",
    "embudo recommend train ratings.csv --model rbm --set epochs=20 --set axis=user -o m.embudo",
)


def command(
    ratings: own.Ratings,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Where to: a .embudo file.")
    ] = Path("recommender.embudo"),
    model: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="popularity, rbm, autorec, dae, vae, ease, elsa, content or hybrid.",
        ),
    ] = "hybrid",
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A parameter of the model; a wrong name lists them. May be given many times.",
        ),
    ] = None,
    items: own.Items = None,
    people: own.People = None,
    user: own.User = None,
    item: own.Item = None,
    rating: own.Rating = None,
    time: own.Time = None,
    implicit: own.Implicit = False,
    duplicates: own.Duplicates = "refuse",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint beside FILE.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Learn from a table of ratings, likes or plays, and save a recommender.

    Columns are taken by usual names unless they are named, and what was taken is said. A table
    of items beside the ratings is used as well.
    """
    from embudo.applications.recommend.train import RecommendTrainRequest, train
    from embudo.cli.progress import busy, training_bars
    from embudo.cli.screen import Notes
    from embudo.cli.train import stopping_kindly

    request = RecommendTrainRequest(
        ratings=own.ratings_request(
            ratings, items, user, item, rating, time, implicit, duplicates, data_dir, people
        ),
        out=out,
        model=model,
        parameters=_values(model, own.pairs_of(parameters, "--set")),
        resume=resume,
    )
    notes = Notes()
    bars = training_bars(model)
    with stopping_kindly(), busy("learning") if not _has_epochs(model) else _nothing():
        result = train(request, bars, notes)
    _tell(result, notes.taken, as_json)


def _has_epochs(model: str) -> bool:
    from embudo.declarations.parameters import parameters
    from embudo.recommenders import recommender_class

    return any(each.name == "callbacks" for each in parameters(recommender_class(model)))


def _nothing() -> Any:
    import contextlib

    return contextlib.nullcontext()


def _values(model: str, given: dict[str, str]) -> dict[str, Any]:
    """Read values as the parameters are declared; unknown names are left to the model."""
    from embudo.cli.model_options import value_of
    from embudo.declarations.parameters import parameters
    from embudo.recommenders import recommender_class

    declared = {parameter.name: parameter for parameter in parameters(recommender_class(model))}
    return {
        name: value_of(declared[name], text) if name in declared else text
        for name, text in given.items()
    }


def _tell(result: "RecommendTrainResult", notes: list[str], as_json: bool) -> None:
    from embudo.cli.advice import shell
    from embudo.cli.document import write_document
    from embudo.cli.faults import Interrupted
    from embudo.cli.screen import conclude

    if as_json:
        write_document(result, notes=notes)
    if result.stopped == "interrupted":
        raise Interrupted(
            f"{result.out} holds what was learned in {result.epochs} epochs; the same command "
            "with --resume goes on"
        )
    if not as_json:
        conclude(
            f"saved {result.out}: {result.model}, {result.size}, in {result.seconds:.1f} s",
            then=(
                shell("recommend", "user", result.example, "-m", result.out, "-n", 10),
                f'embudo recommend history "a title" "another one" -m {result.out}',
                shell("recommend", "batch", "-m", result.out, "--all", "-o", "lists.csv"),
            ),
        )
