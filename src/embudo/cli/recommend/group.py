"""The verbs of embudo recommend, in the order in which one needs them."""

from typing import Any

import typer

from embudo.cli.commands import Command, Group
from embudo.cli.options import examples
from embudo.cli.recommend import batch, evaluate, explain, history, similar, train, user

_VERBS = (train, evaluate, user, history, similar, explain, batch)
VERBS = tuple(verb.__name__.rpartition(".")[2] for verb in _VERBS)


class Verbs(Group):
    """All verbs, as they are listed here."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return their names in order."""
        return list(VERBS)


app = typer.Typer(
    cls=Verbs,
    rich_markup_mode=None,
    epilog=examples(
        "embudo recommend train ratings.csv -o model.embudo",
        "embudo recommend user 196 -m model.embudo",
        'embudo recommend history "Toy Story (1995)" "Fargo (1996)" -m model.embudo',
        "embudo recommend evaluate ratings.csv -o report.html",
    ),
)
for _verb in _VERBS:
    app.command(_verb.__name__.rpartition(".")[2], cls=Command, epilog=_verb.EXAMPLES)(
        _verb.command
    )
