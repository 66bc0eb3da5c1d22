"""embudo inspect: tell what a file holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embudo.cli.options import AsJson, examples

if TYPE_CHECKING:
    from embudo.applications.inspect import FileFacts

EXAMPLES = examples(
    "embudo inspect digits.embudo",
    "embudo inspect digits.embudo.checkpoint",
    "embudo inspect digits.embudo --json",
)


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A model or a checkpoint.")],
    as_json: AsJson = False,
) -> None:
    """Check a model file and tell what it holds."""
    from embudo.applications.inspect import inspect
    from embudo.cli.advice import sampling
    from embudo.cli.document import write_document
    from embudo.cli.screen import conclude, facts, history_table, show

    found = inspect(file)
    if as_json:
        write_document(found)
        return
    show(facts(_facts(found)))
    if len(found.history):
        show(history_table(found.history))
    if found.kind == "model":
        conclude(then=(sampling(file, found.n_features, named=found.feature_names is not None),))


def _facts(found: "FileFacts") -> list[tuple[str, object]]:
    from embudo.applications.sources import listed

    names = "none" if found.feature_names is None else listed(found.feature_names)
    version = "" if found.format_version is None else f", format version {found.format_version}"
    return [
        ("file", f"{found.path}, {found.size / 1e6:.3g} MB{version}, digest matches"),
        ("holds", f"{found.kind} of class {found.model}"),
        ("trained on", f"{found.n_rows:,} rows of {found.n_features:,} columns, {found.values}"),
        ("column names", names),
        ("structure", _joined(found.structure)),
        ("parameters", _joined(found.parameters)),
        ("epochs", len(found.history)),
    ]


def _joined(entries: dict[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in entries.items())
