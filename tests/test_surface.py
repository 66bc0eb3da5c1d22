"""The public surface is exactly what it says, and every parameter is documented."""

import dataclasses
import inspect
import subprocess
import sys

import pytest

import embudo
from embudo import errors
from embudo.estimators import MODELS, model_class
from embudo.estimators.parameters import parameters


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
    drawn = inspect.getdoc(errors) or ""
    for name, cls in inspect.getmembers(errors, inspect.isclass):
        assert name in drawn
        builtin = next((b for b in cls.__mro__ if b.__module__ == "builtins"), None)
        assert builtin is not None
        assert issubclass(cls, errors.EmbudoError)


@pytest.mark.parametrize("name", MODELS)
def test_every_field_and_learned_attribute_is_documented(name: str) -> None:
    cls = model_class(name)
    declared = [field.name for field in dataclasses.fields(cls)]
    found = {parameter.name: parameter.help for parameter in parameters(cls)}
    assert list(found) == declared
    assert all(found.values())
    text = inspect.getdoc(cls) or ""
    for attribute in ("history_", "n_iter_", "n_features_in_", "feature_names_in_", "module_"):
        assert f"\n{attribute} : " in text
