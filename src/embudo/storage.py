"""Model files: whatever ``save`` wrote, ``load`` brings back, or says clearly why not."""

from importlib import import_module
from os import PathLike, fspath
from typing import Any

from embudo import container
from embudo.errors import ModelFileError

_READERS = {
    "model": "embudo.estimators.manifest",
    "recommender": "embudo.recommenders.manifest",
}


def load(path: str | PathLike[str]) -> Any:
    """Return the estimator, or the recommender, saved at ``path``.

    Nothing in the file is executed, and every byte of it is checked against a digest.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    model : Estimator or Recommender
        Fitted; its results are those of the model that was saved, bit for bit.

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, not a model, or from a newer version.
    """
    tensors, manifest = container.read(path)
    kind = manifest.get("kind") if isinstance(manifest, dict) else None
    if kind not in _READERS:
        raise ModelFileError(f"{fspath(path)}: holds no model; give a file that save() wrote")
    return import_module(_READERS[kind]).from_parts(tensors, manifest, fspath(path))
