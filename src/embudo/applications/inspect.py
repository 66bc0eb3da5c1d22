"""Tell what a model file or a checkpoint holds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from embudo import container
from embudo.data.layout import Layout
from embudo.errors import ModelFileError
from embudo.estimators.manifest import from_parts
from embudo.training.history import History

_OF_THE_DATA = ("rows", "features", "data")


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """What a file holds; its bytes match their digest, or it would not have been read.

    Attributes
    ----------
    path : Path
    kind : str
        "model" or "checkpoint".
    model : str
        Name of the model's class.
    parameters : dict
        Hyper-parameters of the training.
    structure : dict
        What the model's module is built of, such as the kind of its units.
    n_rows, n_features : int
        Shape of the data that it was trained on.
    values : str
        Mean and range of these data.
    feature_names : tuple of str or None
    layout : Layout or None
        What each column became; a checkpoint does not tell.
    history : History
        One row for each epoch.
    tensors : dict of str to tuple of int
        Shapes of the parameters.
    size : int
        Bytes of the file.
    format_version : int or None
        Of a model file.
    """

    path: Path
    kind: str
    model: str
    parameters: dict[str, Any]
    structure: dict[str, Any]
    n_rows: int
    n_features: int
    values: str
    feature_names: tuple[str, ...] | None
    layout: Layout | None
    history: History
    tensors: dict[str, tuple[int, ...]]
    size: int
    format_version: int | None


def inspect(path: Path) -> FileFacts:
    """Read a file that embudo wrote, and check it.

    Parameters
    ----------
    path : Path

    Returns
    -------
    FileFacts

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, foreign, or from a newer version.
    """
    tensors, manifest = container.read(path)
    kind = manifest.get("kind") if isinstance(manifest, dict) else None
    if kind != "checkpoint":
        from_parts(tensors, manifest, str(path))  # a model that cannot be loaded is refused here
    try:
        return _facts(path, tensors, manifest)
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelFileError(
            f"{path}: its manifest lacks what it should hold ({error}); train the model again"
        ) from None


def _facts(path: Path, tensors: dict[str, Tensor], manifest: dict[str, Any]) -> FileFacts:
    identity = manifest["identity"]
    known = {key: value for key, value in identity.items() if key not in ("model", *_OF_THE_DATA)}
    names = manifest.get("feature_names")
    prefix = "module."
    return FileFacts(
        path=path,
        kind=manifest["kind"],
        model=identity["model"],
        parameters={**manifest.get("parameters", {}), **known},
        structure=manifest.get("module", {}),
        n_rows=identity["rows"],
        n_features=identity["features"],
        values=identity["data"],
        feature_names=None if names is None else tuple(names),
        layout=Layout.from_json(manifest["layout"]) if "layout" in manifest else None,
        history=History.from_json(manifest["run"]["history"]),
        tensors={
            name.removeprefix(prefix): tuple(tensor.shape)
            for name, tensor in tensors.items()
            if name.startswith(prefix)
        },
        size=path.stat().st_size,
        format_version=manifest.get("format_version"),
    )
