"""embudo demo ratings: learn ratings of films and show what came of it."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embudo.applications.recommend.demo import RecommendDemoResult


def demo_ratings(out: Path, data: str | None, seed: int, as_json: bool) -> None:
    """Run it and show the result."""
    from embudo.applications.recommend.demo import RecommendDemoRequest, run
    from embudo.cli.document import write_document
    from embudo.cli.progress import busy
    from embudo.cli.screen import Notes

    notes = Notes()
    with busy("learning what people like"):
        result = run(RecommendDemoRequest(out=out, data=data, seed=seed), listener=notes)
    if as_json:
        write_document(result, notes=notes.taken)
    else:
        _show(result)


def _show(result: "RecommendDemoResult") -> None:
    from embudo.cli.advice import shell
    from embudo.cli.recommend.answers import table_of
    from embudo.cli.recommend.evaluate import standings
    from embudo.cli.screen import conclude, show

    show(
        f"Learned from {result.origin}.",
        f"\nFor {result.user.about}, and liked {'; '.join(result.loved[:3])}:",
        table_of(result.user.rows),
        f"For somebody new who likes {' and '.join(result.loved[:2])}:",
        table_of(result.history.rows),
        f"Most like {result.similar.about}:",
        table_of(result.similar.rows),
        "How many of the likes that were held out are found, by whom:",
        standings(result.evaluation),
        result.evaluation.reading,
        f"\nwrote {result.model_path} and {result.report_path} in {result.seconds:.1f} s",
    )
    conclude(
        then=(
            f"open {result.report_path} in a browser",
            shell("recommend", "history", *result.loved[:2], "-m", result.model_path),
            "embudo recommend train ratings.csv -o mine.embudo",
        )
    )
