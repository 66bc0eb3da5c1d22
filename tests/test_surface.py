"""The public surface is exactly what it says, and every parameter is documented."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import pytest
from numpydoc.docscrape import FunctionDoc

import embudo
from embudo import errors
from embudo.declarations.docstrings import entries
from embudo.declarations.parameters import parameters
from embudo.estimators import MODELS, model_class


def test_all_is_sorted_as_people_read_and_importable() -> None:
    constants = sorted(name for name in embudo.__all__ if name.isupper())
    classes = sorted(n for n in embudo.__all__ if n[0].isupper() and not n.isupper())
    functions = sorted(name for name in embudo.__all__ if name[0].islower())
    assert embudo.__all__ == [*constants, *classes, *functions]
    for name in embudo.__all__:
        assert getattr(embudo, name).__doc__


def test_dir_shows_the_surface_and_nothing_else() -> None:
    assert set(dir(embudo)) == {*embudo.__all__, "__version__"}
    assert set(embudo._HOMES) == set(embudo.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Rbm'"):
        embudo.Rbm  # noqa: B018


def test_import_is_light() -> None:
    code = "import sys, embudo; sys.exit(bool({'torch', 'sklearn', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_error_tree_is_drawn_as_it_is() -> None:
    drawn, parents = {}, []
    for line in (inspect.getdoc(errors) or "").splitlines():
        entry = re.fullmatch(r"    ([│├└─ ]*)(\w+Error)(?: +(\w+Error))?( .*)?", line)
        if entry:
            depth = len(entry[1]) // 4
            parents = [*parents[:depth], entry[2]]
            drawn[entry[2]] = (parents[-2] if depth else "Exception", entry[3])
    found = {
        name: (
            cls.__bases__[0].__name__,
            next((base.__name__ for base in cls.__bases__[1:]), None),
        )
        for name, cls in inspect.getmembers(errors, inspect.isclass)
    }
    assert drawn == found


@pytest.mark.parametrize("name", MODELS)
def test_every_field_and_learned_attribute_is_documented(name: str) -> None:
    cls = model_class(name)
    declared = [field.name for field in dataclasses.fields(cls)]
    found = {parameter.name: parameter.help for parameter in parameters(cls)}
    assert set(found) == set(declared)
    assert list(entries(cls.__doc__, "Parameters")) == list(found)
    assert all(found.values())
    text = inspect.getdoc(cls) or ""
    for attribute in ("history_", "n_iter_", "n_features_in_", "feature_names_in_", "module_"):
        assert f"\n{attribute} : " in text


def modules() -> list[str]:
    found = pkgutil.walk_packages(embudo.__path__, "embudo.")
    return [module.name for module in found if not module.name.endswith("__main__")]


@pytest.mark.parametrize("name", modules())
def test_every_public_class_and_function_says_what_it_is_for(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    for label, thing in vars(module).items():
        if label.startswith("_") or getattr(thing, "__module__", None) != name:
            continue
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), f"{name}.{label}"
        if inspect.isclass(thing):
            fields = getattr(thing, "__dataclass_fields__", {})  # described by their class
            for verb, method in inspect.getmembers(thing, inspect.isfunction):
                ours = method.__module__.startswith("embudo")
                if ours and not verb.startswith("_") and verb not in fields:
                    assert inspect.getdoc(getattr(thing, verb)), f"{name}.{label}.{verb}"


def public_callables() -> list[tuple[str, object]]:
    models = [(name, model_class(name)) for name in MODELS]
    verbs = [
        (f"{name}.{verb}", method)
        for name, cls in models
        for verb, method in inspect.getmembers(cls, inspect.isfunction)
        if not verb.startswith("_") and method.__module__.startswith("embudo")
    ]
    return [*verbs, ("load", embudo.load)]


@pytest.mark.parametrize(("name", "function"), public_callables())
def test_every_argument_of_a_verb_is_documented(name: str, function: object) -> None:
    taken = [name for name in inspect.signature(function).parameters if name != "self"]
    entries = FunctionDoc(function)["Parameters"]
    described = [part.strip() for entry in entries for part in entry.name.split(",")]
    assert described == taken
    assert all(entry.type or entry.desc for entry in entries)
