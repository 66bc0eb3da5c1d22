"""Model files: whatever ``save`` wrote, ``load`` brings back, or says clearly why not."""

from os import PathLike, fspath

from embudo import container
from embudo.estimators.base import Estimator
from embudo.estimators.manifest import from_parts


def load(path: str | PathLike[str]) -> Estimator:
    """Return the estimator saved at ``path``.

    Nothing in the file is executed, and every byte of it is checked against a digest.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    estimator : Estimator
        Fitted; its results are those of the estimator that was saved, bit for bit.

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, not a model, or from a newer version.
    """
    tensors, manifest = container.read(path)
    estimator: Estimator = from_parts(tensors, manifest, fspath(path))
    return estimator
