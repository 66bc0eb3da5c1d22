"""Parameters are read off the declaration: types, limits, choices, defaults and help."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Literal

import numpy as np
import pytest
from annotated_types import Ge, Gt, Le, Lt

from embudo.declarations.parameters import check_parameters, parameters
from embudo.errors import ParameterError


@dataclass(kw_only=True)
class Kettle:
    """Boils water.

    Text that is no parameter : of anything
        Stays out.

    Parameters
    ----------
    litres : float, default=1.0
        How much water
        there is.

        At most, that is.
    cups : int, optional
        How many cups.
    mode : {"slow", "fast"} or float, default="slow"
        How to boil.
    whistle : bool, default=True
        Whether to whistle.
    teas : sequence of str, default=()
        What to brew.
    label : str, default=""
        What it says on it.

    Attributes
    ----------
    cups : int
        Something else.
    """

    litres: Annotated[float, Gt(0), Le(2)] = 1.0
    cups: Annotated[int, Ge(1), Lt(5)] | None = None
    mode: Literal["slow", "fast"] | Annotated[float, Ge(0)] = "slow"
    whistle: bool = True
    teas: Sequence[str] = ()
    label: str = ""


def declared():
    return {p.name: p for p in parameters(Kettle)}


def test_names_defaults_and_order_are_those_declared():
    expected = [("litres", 1.0), ("cups", None), ("mode", "slow"), ("whistle", True),
                ("teas", ()), ("label", "")]  # fmt: skip
    assert [(p.name, p.default) for p in parameters(Kettle)] == expected


def test_help_is_that_of_the_docstring_in_one_line():
    assert declared()["litres"].help == "How much water there is. At most, that is."
    assert declared()["cups"].help == "How many cups."
    assert declared()["label"].help == "What it says on it."


def test_forms_limits_and_choices():
    litres, cups, mode = (declared()[name].options for name in ("litres", "cups", "mode"))
    assert [(o.kind, o.limits) for o in litres] == [(float, ((">", 0.0), ("<=", 2.0)))]
    assert [(o.kind, o.limits) for o in cups] == [
        (int, ((">=", 1.0), ("<", 5.0))),
        (NoneType, ()),
    ]
    assert [(o.kind, o.choices) for o in mode] == [(str, ("slow", "fast")), (float, ())]
    assert [o.kind for o in declared()["teas"].options] == [list, tuple]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("litres", 2), ("litres", 0.1), ("litres", np.float32(1)), ("litres", np.int64(1)),
        ("cups", 1), ("cups", 4), ("cups", np.int32(2)), ("cups", None),
        ("mode", "fast"), ("mode", 0.0), ("mode", 3),
        ("whistle", False), ("whistle", np.True_),
        ("teas", []), ("teas", ("green",)), ("label", "x"),
    ],
)  # fmt: skip
def test_what_fits_is_taken(name, value):
    assert declared()[name].problem(value) is None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("litres", 0, "a number and > 0 and <= 2, but is 0"),
        ("litres", 2.1, "a number and > 0 and <= 2, but is 2.1"),
        ("litres", math.nan, "a number and > 0 and <= 2, but is nan"),
        ("litres", True, "a number and > 0 and <= 2, but is True"),
        ("litres", "1", "a number and > 0 and <= 2, but is '1'"),
        ("litres", 1j, "a number and > 0 and <= 2, but is 1j"),
        ("cups", 0, "a whole number and >= 1 and < 5, or None, but is 0"),
        ("cups", 5, "a whole number and >= 1 and < 5, or None, but is 5"),
        ("cups", 2.0, "a whole number and >= 1 and < 5, or None, but is 2.0"),
        ("cups", True, "a whole number and >= 1 and < 5, or None, but is True"),
        ("mode", "fats", "'slow' or 'fast', or a number and >= 0, but is 'fats'; "
                         "did you mean 'fast'?"),
        ("mode", "zzz", "'slow' or 'fast', or a number and >= 0, but is 'zzz'"),
        ("mode", None, "'slow' or 'fast', or a number and >= 0, but is None"),
        ("whistle", 1, "True or False, but is 1"),
        ("teas", "green", "list, or tuple, but is 'green'"),
        ("label", 3, "str, but is 3"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_with_the_way_out(name, value, expected):
    assert declared()[name].problem(value) == f"{name} must be {expected}"


def test_all_problems_are_named_at_once():
    with pytest.raises(ParameterError) as caught:
        check_parameters(Kettle(litres=3, cups=0, whistle="no"))
    assert [part.split()[0] for part in str(caught.value).split("; ")] == [
        "litres",
        "cups",
        "whistle",
    ]


def test_nothing_is_said_where_nothing_is_wrong():
    check_parameters(Kettle())
