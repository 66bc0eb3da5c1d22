"""embudo recommend history: the best items for somebody never seen."""

from typing import Annotated

import typer

from embudo.cli.options import AsJson, examples
from embudo.cli.recommend import options as own

EXAMPLES = examples(
    'embudo recommend history "Toy Story (1995)" "Fargo (1996)" -m model.embudo',
    'embudo recommend history "toy story=5" "fargo=4.5" -m model.embudo -n 5',
)


def command(
    titles: Annotated[
        list[str],
        typer.Argument(
            metavar="ITEM...", help="Titles or ids; a rating behind a sign, as Fargo=4.5."
        ),
    ],
    model: own.Model,
    n: own.Places = 10,
    only: own.Only = None,
    exclude: own.Exclude = None,
    as_json: AsJson = False,
) -> None:
    """Recommend items to somebody who has these, without training again.

    A title may lack its year or its article. Where several could be meant, the command asks on a
    terminal, and elsewhere names them.
    """
    from embudo.applications.recommend.ask import Wish, for_history
    from embudo.cli.advice import shell
    from embudo.cli.recommend.answers import tell
    from embudo.cli.screen import Notes

    notes = Notes()
    wish = Wish(n=n, only=own.wanted(only), exclude=tuple(exclude or ()))
    answer = for_history(model, titles, wish, own.chosen_title, notes)
    best = answer.rows[0]["title"] if answer.rows else ""
    tell(answer, notes.taken, as_json, (shell("recommend", "similar", best, "-m", model),))
