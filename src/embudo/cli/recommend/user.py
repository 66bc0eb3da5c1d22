"""embudo recommend user: the best items for somebody known."""

from typing import Annotated

import typer

from embudo.cli.options import AsJson, examples
from embudo.cli.recommend import options as own

EXAMPLES = examples(
    "embudo recommend user 196 -m model.embudo -n 10",
    "embudo recommend user 196 -m model.embudo --only genre=Comedy --only year=1990:1999",
    "embudo recommend user 196 305 -m model.embudo --json",
)


def command(
    users: Annotated[list[str], typer.Argument(metavar="USER...", help="Ids of users.")],
    model: own.Model,
    n: own.Places = 10,
    only: own.Only = None,
    exclude: own.Exclude = None,
    include_seen: own.IncludeSeen = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="An unknown user is an error, and ends with code 2.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Recommend items to users that the model knows.

    What a user has already is left out. Somebody unknown is told what is popular, and the
    answer says so.
    """
    from embudo.applications.recommend.ask import Wish, for_users
    from embudo.cli.advice import shell
    from embudo.cli.recommend.answers import tell

    wish = Wish(
        n=n,
        only=own.wanted(only),
        exclude=tuple(exclude or ()),
        exclude_seen=not include_seen,
        strict=strict,
    )
    answer = for_users(model, users, wish)
    best = answer.rows[0]["title"] if answer.rows else ""
    then = (
        shell("recommend", "explain", users[0], best, "-m", model),
        shell("recommend", "similar", best, "-m", model),
    )
    tell(answer, [], as_json, then)
