"""embudo recommend explain: what of a history speaks for an item."""

from typing import Annotated

import typer

from embudo.cli.options import AsJson, examples
from embudo.cli.recommend import options as own

EXAMPLES = examples('embudo recommend explain 196 "Fargo (1996)" -m model.embudo')


def command(
    user: Annotated[str, typer.Argument(metavar="USER", help="The id of a user.")],
    item: Annotated[str, typer.Argument(metavar="ITEM", help="A title or an id.")],
    model: own.Model,
    n: own.Places = 5,
    as_json: AsJson = False,
) -> None:
    """Say what of a user's history speaks for an item, or against it.

    A share is what the score would lose without that entry of the history.
    """
    from embudo.applications.recommend.ask import explained
    from embudo.cli.advice import shell
    from embudo.cli.recommend.answers import tell
    from embudo.cli.screen import Notes

    notes = Notes()
    answer = explained(model, user, item, n, own.chosen_title, notes)
    tell(answer, notes.taken, as_json, (shell("recommend", "user", user, "-m", model),))
