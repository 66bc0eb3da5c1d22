"""The tree of commands. Building it imports no model, so that ``embudo --help`` is quick."""

from typing import Annotated, Any

import typer

from embudo import __version__
from embudo.cli import (
    compare,
    demo,
    denoise,
    doctor,
    evaluate,
    export,
    impute,
    inpaint,
    inspect,
    interpolate,
    likelihood,
    models,
    predict,
    reconstruct,
    reduce,
    sample,
    score,
    train,
    transform,
)
from embudo.cli.commands import Command, Group
from embudo.cli.options import examples
from embudo.cli.recommend.group import app as recommend
from embudo.estimators import MODELS

_ANY = next(iter(MODELS))
_VERBS = (
    reduce,
    compare,
    transform,
    reconstruct,
    denoise,
    impute,
    inpaint,
    sample,
    interpolate,
    evaluate,
    score,
    predict,
    likelihood,
    inspect,
    export,
    models,
    doctor,
    demo,
)


class Root(Group):
    """All commands, in the order in which one needs them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return training first and recommending next: typer would put groups last."""
        first = ["train", "recommend"]
        return [*first, *(name for name in super().list_commands(ctx) if name not in first)]


app = typer.Typer(
    cls=Root,
    add_completion=False,
    rich_markup_mode=None,
    epilog=examples(
        "embudo demo",
        f"embudo train {_ANY} digits -o digits.embudo",
        f"embudo train {_ANY} --help",
    ),
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"embudo {__version__}")
        raise typer.Exit


@app.callback()
def embudo(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show where an error comes from; goes anywhere."),
    ] = False,
) -> None:
    """Learn from data without labels: reduce, reconstruct, generate and judge them."""


app.add_typer(
    typer.Typer(cls=train.Models, rich_markup_mode=None),
    name="train",
    help="Train a model on data and save it.",
    subcommand_metavar="MODEL DATA -o FILE [OPTIONS]",
)
app.add_typer(
    recommend,
    name="recommend",
    help="Recommend items to people, from a table of ratings.",
    subcommand_metavar="VERB [OPTIONS]",
)
for _verb in _VERBS:
    _name = _verb.__name__.rpartition(".")[2]
    app.command(_name, cls=Command, epilog=_verb.EXAMPLES)(_verb.command)
