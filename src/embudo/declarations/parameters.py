"""Reads an estimator's parameters off its declaration: types, limits, defaults and help.

The annotated fields of the dataclass and the docstring are the only place where a parameter is
written; validation, command line, schema and docs all come from here.
"""

import dataclasses
import difflib
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types as at
import numpy as np

from embudo.declarations.docstrings import entries
from embudo.errors import ParameterError

_LIMITS: dict[type, tuple[str, str]] = {
    at.Ge: ("ge", ">="),
    at.Gt: ("gt", ">"),
    at.Le: ("le", "<="),
    at.Lt: ("lt", "<"),
}


@dataclass(frozen=True)
class Option:
    """One form that a parameter may take: a type with limits, some words, or several of a form."""

    kind: type
    limits: tuple[tuple[str, float], ...] = ()
    choices: tuple[str, ...] = ()
    item: "Option | None" = None

    def accepts(self, value: object) -> bool:
        """Say whether the value has this form."""
        if self.choices:
            return isinstance(value, str) and value in self.choices
        if self.item is not None:
            if not isinstance(value, list | tuple):
                return False
            return len(value) > 0 and all(self.item.accepts(part) for part in value)
        if self.kind is float:
            fits = isinstance(value, numbers.Real) and not isinstance(value, bool)
        elif self.kind is int:
            fits = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        elif self.kind is bool:
            fits = isinstance(value, bool | np.bool_)
        else:
            fits = isinstance(value, self.kind)
        return fits and all(_compare(value, sign, limit) for sign, limit in self.limits)

    def __str__(self) -> str:
        """Describe the form in words."""
        if self.choices:
            return " or ".join(repr(choice) for choice in self.choices)
        if self.kind is NoneType:
            return "None"
        if self.item is not None:
            return f"a tuple, each of it {self.item}"
        name = {int: "a whole number", float: "a number", bool: "True or False"}.get(
            self.kind, self.kind.__name__
        )
        return " and ".join([name, *(f"{sign} {limit:g}" for sign, limit in self.limits)])


@dataclass(frozen=True)
class Parameter:
    """One hyper-parameter as declared."""

    name: str
    options: tuple[Option, ...]
    default: Any
    help: str

    def problem(self, value: object) -> str | None:
        """Say what is wrong with a value; None if nothing is."""
        if any(option.accepts(value) for option in self.options):
            return None
        expected = ", or ".join(str(option) for option in self.options)
        words = [choice for option in self.options for choice in option.choices]
        close = difflib.get_close_matches(value, words, 1) if isinstance(value, str) else []
        hint = f"; did you mean {close[0]!r}?" if close else ""
        return f"{self.name} must be {expected}, but is {value!r}{hint}"


def parameters(cls: type[Any]) -> tuple[Parameter, ...]:
    """Return the parameters of an estimator class, in the order in which it describes them."""
    texts = _docstring_entries(cls)
    places = {name: place for place, name in enumerate(texts)}
    fields = sorted(dataclasses.fields(cls), key=lambda field: places.get(field.name, 0))
    return tuple(
        Parameter(f.name, _options(f.type), f.default, texts.get(f.name, "")) for f in fields
    )


def check_parameters(estimator: Any) -> None:
    """Look at every parameter of an estimator.

    Raises
    ------
    ParameterError
        Naming all that are outside their limits, not only the first.
    """
    found = (p.problem(getattr(estimator, p.name)) for p in parameters(type(estimator)))
    problems = [problem for problem in found if problem is not None]
    if problems:
        raise ParameterError("; ".join(problems))


def _options(hint: Any) -> tuple[Option, ...]:
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *extras = get_args(hint)
        return tuple(
            dataclasses.replace(option, limits=_limits(extras)) for option in _options(inner)
        )
    if origin in (Union, UnionType):
        return tuple(option for part in get_args(hint) for option in _options(part))
    if origin is Literal:
        return (Option(str, choices=get_args(hint)),)
    if origin is tuple:
        (item,) = _options(get_args(hint)[0])
        return (Option(tuple, item=item),)
    if origin is not None and issubclass(origin, Sequence):
        return (Option(list), Option(tuple))
    return (Option(hint),)


def _limits(extras: Sequence[Any]) -> tuple[tuple[str, float], ...]:
    known = [(extra, _LIMITS[type(extra)]) for extra in extras if type(extra) in _LIMITS]
    return tuple((sign, float(getattr(extra, field))) for extra, (field, sign) in known)


def _compare(value: Any, sign: str, limit: float) -> bool:
    return bool(
        {">=": value >= limit, ">": value > limit, "<=": value <= limit}.get(sign, value < limit)
    )


def _docstring_entries(cls: type) -> dict[str, str]:
    """Return the help text of each name in the docstring's Parameters section."""
    found = entries(cls.__doc__, "Parameters")
    return {name: " ".join(entry.split("\n", 1)[1].split()) for name, entry in found.items()}
