"""Options of a training command, derived from a model's declaration."""

from inspect import Parameter as Argument
from types import NoneType
from typing import Annotated, Any

import typer

from embudo.declarations.parameters import Option, Parameter, parameters

_FROM_A_SHELL = (int, float, str, bool)
_WORDS = {int: "N", float: "X", str: "TEXT"}


def model_options(cls: type) -> list[Argument]:
    """Return one option for each hyper-parameter that can be written in a shell.

    Parameters
    ----------
    cls : type
        An estimator class.

    Returns
    -------
    list of inspect.Parameter
        To be put into the signature of a command.
    """
    panel = f"Parameters of {cls.__name__}"
    return [_option(p, panel) for p in parameters(cls) if _forms(p)]


def value_of(parameter: Parameter, text: Any) -> Any:
    """Read a value as it was typed; what has none of the allowed forms is left as text.

    The estimator then refuses it, in the same words as anywhere else.
    """
    if not isinstance(text, str) or any(text in form.choices for form in _forms(parameter)):
        return text
    if any(form.item is not None for form in parameter.options):
        return tuple(_number(part.strip()) for part in text.split(","))
    kinds = [form.kind for form in parameter.options if not form.choices]
    for kind in (kind for kind in (int, float) if kind in kinds):
        try:
            return kind(text)
        except ValueError:
            continue
    return None if NoneType in kinds and text.lower() == "none" else text


def _number(text: str) -> Any:
    return int(text) if text.isdecimal() else text


def _forms(parameter: Parameter) -> list[Option]:
    return [form for form in parameter.options if form.kind in _FROM_A_SHELL or form.item]


def _option(parameter: Parameter, panel: str) -> Argument:
    flag = parameter.name.replace("_", "-")
    help_text = parameter.help.replace("``", "")
    forms = _forms(parameter)
    if all(form.kind is bool for form in forms):
        info = typer.Option(f"--{flag}/--no-{flag}", help=help_text, rich_help_panel=panel)
        annotation: Any = Annotated[bool, info]
    else:
        info = typer.Option(
            f"--{flag}",
            help=help_text,
            metavar="|".join(_metavar(form) for form in forms),
            parser=lambda text: value_of(parameter, text),
            rich_help_panel=panel,
        )
        annotation = Annotated[str, info]
    return Argument(
        parameter.name,
        Argument.KEYWORD_ONLY,
        default=parameter.default,
        annotation=annotation,
    )


def _metavar(form: Option) -> str:
    if form.item is not None:
        return f"{_metavar(form.item)},..."
    return "|".join(form.choices) if form.choices else _WORDS[form.kind]
