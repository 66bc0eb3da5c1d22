"""Writes the pages that are derived from the code, before Sphinx reads them.

The code is the only place where a parameter or an option is written; these pages follow it.
"""

from collections.abc import Iterator
from inspect import isfunction
from pathlib import Path
from typing import Any

import typer
from sphinx.application import Sphinx

from embudo.cli.app import app as command_line
from embudo.declarations.parameters import Parameter, parameters
from embudo.estimators import MODELS, model_class
from embudo.recommenders import RECOMMENDERS, recommender_class

GENERATED = Path(__file__).parent / "reference" / "generated"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register this extension."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True}


def write_pages(app: Sphinx) -> None:
    """Write all derived pages; leave those alone that have not changed."""
    GENERATED.mkdir(parents=True, exist_ok=True)
    _write("models.md", [_model_section(model_class(name), "embudo") for name in MODELS])
    recommenders = (recommender_class(name) for name in RECOMMENDERS)
    _write("recommenders.md", [_model_section(cls, "embudo.recommenders") for cls in recommenders])
    _write("commands.md", [_command_section(*found) for found in _commands()])


def _model_section(cls: type, home: str) -> str:
    rows = "\n".join(_parameter_row(parameter) for parameter in parameters(cls))
    verbs = "\n\n".join(f"   .. automethod:: {verb}" for verb in _verbs(cls))
    return (
        f"## {cls.__name__}\n\n"
        "```{eval-rst}\n"
        f".. currentmodule:: {home}\n\n"
        f".. autoclass:: {cls.__name__}\n\n"
        f"{verbs}\n"
        "```\n\n"
        f"### Limits of the parameters of {cls.__name__}\n\n"
        "| parameter | must be | default |\n|---|---|---|\n"
        f"{rows}\n"
    )


def _parameter_row(parameter: Parameter) -> str:
    forms = ", or ".join(str(option) for option in parameter.options)
    return f"| `{parameter.name}` | {forms} | `{parameter.default!r}` |"


def _verbs(cls: type) -> list[str]:
    """Public methods that embudo itself defines, in the order in which they are written."""
    ours = [base for base in cls.__mro__[::-1] if base.__module__.startswith("embudo.")]
    names = (name for base in ours for name, value in vars(base).items() if isfunction(value))
    return [name for name in dict.fromkeys(names) if not name.startswith("_")]


def _commands() -> Iterator[tuple[Any, Any]]:
    """All commands that do something, each with its context."""
    root = typer.main.get_command(command_line)
    yield from _leaves(root, root.context_class(root, info_name="embudo"))


def _leaves(command: Any, context: Any) -> Iterator[tuple[Any, Any]]:
    if not hasattr(command, "list_commands"):
        yield command, context
        return
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        yield from _leaves(child, child.context_class(child, info_name=name, parent=context))


def _command_section(command: Any, context: Any) -> str:
    rows = "\n".join(_option_row(parameter) for parameter in command.get_params(context))
    lines = [line.strip() for line in (command.epilog or "").splitlines()]
    examples = "\n".join(line for line in lines if line.startswith("embudo "))
    return (
        f"## {context.command_path}\n\n{command.help}\n\n"
        f"```sh\n{examples}\n```\n\n"
        f"| option | meaning | default |\n|---|---|---|\n{rows}\n"
    )


def _option_row(parameter: Any) -> str:
    names = [parameter.metavar] if parameter.param_type_name == "argument" else parameter.opts
    shown = " or ".join(f"`{name}`" for name in [*names, *parameter.secondary_opts])
    value = parameter.metavar if parameter.param_type_name == "option" else None
    form = f" {value}".replace("|", r"\|") if value else ""
    plain = parameter.default not in (None, False)
    default = "required" if parameter.required else f"`{parameter.default}`" if plain else ""
    meaning = (parameter.help or "").replace("|", r"\|").replace("\\[", "[")
    return f"| {shown}{form} | {meaning} | {default} |"


def _write(name: str, sections: list[str]) -> None:
    path, text = GENERATED / name, "\n".join(sections)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
