"""embudo recommend evaluate: several models on what was held out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from embudo.cli.options import AsJson, DataDir, Seed, examples, whole
from embudo.cli.recommend import options as own

if TYPE_CHECKING:
    from embudo.applications.recommend.evaluate import RecommendEvaluateResult
    from embudo.recommenders.standings import Evaluation, Standing

EXAMPLES = examples(
    "embudo recommend evaluate ratings.csv -o report.html",
    "embudo recommend evaluate ratings.csv --models popularity,rbm,autorec,dae,ease,hybrid "
    "--protocol weak --positive 4 -o report.html",
    "embudo recommend evaluate ratings.csv --protocol rating --models rbm,autorec",
)
_IN_A_TERMINAL = ("ndcg", "recall", "precision", "coverage", "rmse", "mae")


def command(
    ratings: own.Ratings,
    models: Annotated[
        str, typer.Option(metavar="NAME,...", help="Whom to measure; popularity in any case.")
    ] = "popularity,rbm,dae,ease,hybrid",
    protocol: Annotated[
        str,
        typer.Option(
            metavar="weak|strong|cold|rating|time",
            help="What is held out: likes of known users, likes of new users, items, ratings to "
            "be predicted, or the latest ratings.",
        ),
    ] = "weak",
    positive: Annotated[
        str,
        typer.Option(
            parser=lambda text: _positive(text),
            metavar="X|auto",
            help="The rating from which an item is liked; auto is 4 of 5.",
        ),
    ] = "auto",
    n: Annotated[int, typer.Option("-n", parser=whole, metavar="N", help="Places of a list.")] = 20,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="HTML", help="Where a report goes.")
    ] = None,
    items: own.Items = None,
    user: own.User = None,
    item: own.Item = None,
    rating: own.Rating = None,
    time: own.Time = None,
    implicit: own.Implicit = False,
    duplicates: own.Duplicates = "refuse",
    seed: Seed = 0,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Measure recommenders on ratings that were held out from them.

    All items are ranked, what a model is asked with is never on its list, and each figure has
    its interval. Ctrl-C ends early and keeps those that are done.
    """
    from embudo.applications.recommend.evaluate import RecommendEvaluateRequest, run
    from embudo.cli.document import write_document
    from embudo.cli.progress import training_bars
    from embudo.cli.screen import Notes

    request = RecommendEvaluateRequest(
        ratings=own.ratings_request(
            ratings, items, user, item, rating, time, implicit, duplicates, data_dir
        ),
        models=tuple(name.strip() for name in models.split(",") if name.strip()),
        protocol=protocol,  # type: ignore[arg-type]
        n=n,
        positive=positive,  # type: ignore[arg-type]
        seed=seed,
        out=out,
    )
    notes = Notes()
    result = run(request, lambda name: training_bars(name), notes)
    if as_json:
        write_document(result, notes=notes.taken)
    _tell(result, as_json)


def _positive(text: object) -> float | Literal["auto"]:
    if text == "auto":
        return "auto"
    try:
        return float(str(text))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither a rating nor auto") from None


def _tell(result: "RecommendEvaluateResult", as_json: bool) -> None:
    from embudo.cli.faults import Interrupted
    from embudo.cli.screen import show

    found = result.evaluation
    if not as_json:
        show(f"{found.question} {result.size}", standings(found))
        show(*(f"{one.model}: {one.failure}" for one in found.standings if one.failure))
        show(f"held out: {found.held_out}", f"{found.reading} (±: half a 95 % interval)")
        if result.out is not None:
            show(f"wrote {result.out}")
    if found.interrupted:
        raise Interrupted("the table has those that were done; the others had no turn")


def standings(found: "Evaluation") -> Any:
    """Return the standings as a table that fits a terminal."""
    from embudo.cli.screen import columns

    names = [name for name in found.measures if name in _IN_A_TERMINAL]
    heads = ("model", *(name.replace("_", " ") for name in names), "±", "behind", "s")
    return columns(heads, [_row(one, names) for one in found.standings])


def _row(one: "Standing", names: list[str]) -> list[str]:
    if one.interval is None:
        return [one.model, *("" for _ in names), "", "", ""]
    level = "=" if one.is_level and one.behind else ""
    return [
        one.model,
        *(f"{one.measures[name]:.3f}" for name in names),
        f"{(one.interval.high - one.interval.low) / 2:.3f}",
        f"{level}{one.behind:.3f}" if one.behind else "",
        f"{one.seconds:.1f}",
    ]
