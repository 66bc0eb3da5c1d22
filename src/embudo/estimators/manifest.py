"""A fitted estimator as tensors and a JSON manifest, and back."""

from typing import Any

import numpy as np
from torch import Tensor

from embudo.data.layout import Layout
from embudo.declarations.beginnings import plain
from embudo.declarations.parameters import check_parameters
from embudo.errors import ModelFileError
from embudo.estimators import MODELS, model_class
from embudo.estimators.contract import Contract
from embudo.training.checkpoint import Saved
from embudo.training.history import History

FORMAT_VERSION = 1
_NOT_SAVED = {"callbacks"}  # code, not data
_MODULE = "module."  # what the names of a module's tensors begin with


def to_parts(estimator: Contract) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return everything that a model file holds of a fitted estimator."""
    progress: Saved = estimator._progress
    parameters = estimator._declared()
    if isinstance(parameters["random_state"], np.random.RandomState):
        parameters["random_state"] = progress.identity["seed"]
    names = getattr(estimator, "feature_names_in_", None)
    manifest = {
        "kind": "model",
        "format_version": FORMAT_VERSION,
        "model": _short_name(type(estimator)),
        "parameters": {k: plain(v) for k, v in parameters.items() if k not in _NOT_SAVED},
        "module": estimator.module_.config,
        "layout": estimator.layout_.to_json(),
        "n_features": estimator.n_features_in_,
        "feature_names": None if names is None else [str(name) for name in names],
        "classes": _classes_to_json(getattr(estimator, "classes_", None)),
        "identity": progress.identity,
        "run": progress.facts,
    }
    return progress.tensors, manifest


def from_parts(tensors: dict[str, Tensor], manifest: Any, source: str) -> Any:
    """Return the estimator that a model file holds.

    Raises
    ------
    ModelFileError
        If the file is something else, or newer than this version of embudo.
    """
    if not isinstance(manifest, dict) or manifest.get("kind") != "model":
        raise ModelFileError(f"{source}: holds no model; give a file that save() wrote")
    version = manifest.get("format_version")
    if version != FORMAT_VERSION:
        raise ModelFileError(
            f"{source}: has format version {version!r}, but this embudo reads {FORMAT_VERSION}; "
            "upgrade embudo"
        )
    try:
        return _rebuild(tensors, manifest, source)
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        raise ModelFileError(
            f"{source}: its parts do not fit together ({error}); train the model again"
        ) from None


def _rebuild(tensors: dict[str, Tensor], manifest: dict[str, Any], source: str) -> Any:
    declared = {k: _parameter(v) for k, v in manifest["parameters"].items()}
    estimator = model_class(manifest["model"])(**declared)
    check_parameters(estimator)
    module = estimator.module_class(**manifest["module"])
    layout = Layout.from_json(manifest["layout"])
    _check_facts(manifest, module.n_columns, layout)
    module.load_state_dict(
        {k.removeprefix(_MODULE): t for k, t in tensors.items() if k.startswith(_MODULE)}
    )
    # From here on the module's own tensors stand for those read, as they do after a fit.
    tensors = {**tensors, **{_MODULE + name: t for name, t in module.state_dict().items()}}
    estimator.module_ = module
    estimator.layout_ = layout
    estimator.history_ = History.from_json(manifest["run"]["history"])
    estimator.n_iter_ = len(estimator.history_)
    estimator.n_features_in_ = manifest["n_features"]
    if manifest["feature_names"] is not None:
        estimator.feature_names_in_ = np.array(manifest["feature_names"], dtype=object)
    if manifest["classes"] is not None:
        estimator.classes_ = np.array(manifest["classes"]["values"], manifest["classes"]["dtype"])
    estimator._progress = Saved(source, manifest["identity"], tensors, manifest["run"])
    return estimator


def _check_facts(manifest: dict[str, Any], n_columns: int, layout: Layout) -> None:
    match manifest:
        case {
            "n_features": int(n),
            "feature_names": None | list() as names,
            "identity": {"seed": int()},
            "run": {"epoch": int(), "position": int(), "history": list()},
        } if n == n_columns == len(layout.columns) and (names is None or len(names) == n):
            return
    raise ValueError("columns, seed or progress are not what a model of this kind has")


def _parameter(value: Any) -> Any:
    """Return what JSON makes of a tuple as the tuple that it was."""
    return tuple(value) if isinstance(value, list) else value


def _classes_to_json(classes: Any) -> dict[str, Any] | None:
    return None if classes is None else {"dtype": str(classes.dtype), "values": classes.tolist()}


def _short_name(cls: type) -> str:
    where = f"{cls.__module__}:{cls.__qualname__}"
    return next(name for name, place in MODELS.items() if place == where)
