"""embudo recommend similar: what is like an item."""

from typing import Annotated

import typer

from embudo.cli.options import AsJson, examples
from embudo.cli.recommend import options as own

EXAMPLES = examples('embudo recommend similar "Toy Story (1995)" -m model.embudo')


def command(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="A title or an id.")],
    model: own.Model,
    n: own.Places = 10,
    as_json: AsJson = False,
) -> None:
    """List the items that are most like one."""
    from embudo.applications.recommend.ask import similar_to
    from embudo.cli.advice import shell
    from embudo.cli.recommend.answers import tell
    from embudo.cli.screen import Notes

    notes = Notes()
    answer = similar_to(model, item, n, own.chosen_title, notes)
    then = (shell("recommend", "history", item, "-m", model),)
    tell(answer, notes.taken, as_json, then)
