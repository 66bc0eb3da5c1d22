"""embudo recommend batch: lists for many users, into a file."""

from pathlib import Path
from typing import Annotated

import typer

from embudo.cli.options import AsJson, examples
from embudo.cli.recommend import options as own

EXAMPLES = examples(
    "embudo recommend batch -m model.embudo --all -n 20 -o recommendations.parquet",
    "embudo recommend batch -m model.embudo --users users.txt -o recommendations.csv",
    "embudo recommend batch -m model.embudo --who age=18:25 -o young.csv",
)


def command(
    model: own.Model,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Where to: .csv or .parquet.")
    ],
    everybody: Annotated[bool, typer.Option("--all", help="For all users of the model.")] = False,
    users: Annotated[
        Path | None, typer.Option(metavar="FILE", help="For these: one id a line.")
    ] = None,
    who: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="For those who have this, of the table given by 'train --people'; many times.",
        ),
    ] = None,
    n: own.Places = 20,
    as_json: AsJson = False,
) -> None:
    """Write recommendations for all users, a list or a group of them to a file."""
    from embudo.applications.recommend.batch import BatchRequest, batch
    from embudo.cli.document import write_document
    from embudo.cli.progress import rows_watched
    from embudo.cli.screen import show

    if everybody + (users is not None) + bool(who) != 1:
        raise typer.BadParameter("say for whom: --all, --users FILE or --who COLUMN=VALUE")
    request = BatchRequest(model=model, out=out, users=users, who=own.wanted(who), n=n)
    with rows_watched("recommending") as listener:
        result = batch(request, listener)
    if as_json:
        write_document(result)
        return
    unknown = f" ({result.n_unknown:,} unknown: what is popular)" if result.n_unknown else ""
    show(
        f"wrote {result.out}: {result.n_rows:,} recommendations for {result.n_users:,} users"
        f"{unknown} in {result.seconds:.1f} s"
    )
