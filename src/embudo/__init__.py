"""Unsupervised deep learning for the data people already have, with scikit-learn's manners."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embudo.errors import (
        CheckpointError,
        DataError,
        DivergenceError,
        EmbudoError,
        MissingExtraError,
        ModelFileError,
        OutputError,
        ParameterError,
        UnknownDataError,
    )
    from embudo.estimators.autoencoder import Autoencoder
    from embudo.estimators.boltzmann import BoltzmannMachine
    from embudo.estimators.contractive_autoencoder import ContractiveAutoencoder
    from embudo.estimators.dbm import DBM
    from embudo.estimators.dbn import DBN
    from embudo.estimators.dbn_classifier import DBNClassifier
    from embudo.estimators.denoising_autoencoder import DenoisingAutoencoder
    from embudo.estimators.gan import GAN
    from embudo.estimators.rbm import RBM
    from embudo.estimators.rbm_classifier import RBMClassifier
    from embudo.estimators.samplers.clamped import Clamped
    from embudo.estimators.samplers.gibbs import Gibbs
    from embudo.estimators.samplers.tempered import Tempered
    from embudo.estimators.sparse_autoencoder import SparseAutoencoder
    from embudo.estimators.variational_autoencoder import VariationalAutoencoder
    from embudo.modules.spectrum import SingularValues
    from embudo.storage import load
    from embudo.training.checkpoint import Checkpoint
    from embudo.training.events import Callback
    from embudo.training.history import History
    from embudo.training.snapshots import Snapshots
    from embudo.training.writers import JSONLines, TensorBoard

__version__ = "0.1.0"

_HOMES = {
    "Autoencoder": "embudo.estimators.autoencoder",
    "BoltzmannMachine": "embudo.estimators.boltzmann",
    "Callback": "embudo.training.events",
    "Checkpoint": "embudo.training.checkpoint",
    "CheckpointError": "embudo.errors",
    "Clamped": "embudo.estimators.samplers.clamped",
    "ContractiveAutoencoder": "embudo.estimators.contractive_autoencoder",
    "DBM": "embudo.estimators.dbm",
    "DBN": "embudo.estimators.dbn",
    "DBNClassifier": "embudo.estimators.dbn_classifier",
    "DataError": "embudo.errors",
    "DenoisingAutoencoder": "embudo.estimators.denoising_autoencoder",
    "DivergenceError": "embudo.errors",
    "EmbudoError": "embudo.errors",
    "GAN": "embudo.estimators.gan",
    "Gibbs": "embudo.estimators.samplers.gibbs",
    "History": "embudo.training.history",
    "JSONLines": "embudo.training.writers",
    "MissingExtraError": "embudo.errors",
    "ModelFileError": "embudo.errors",
    "OutputError": "embudo.errors",
    "ParameterError": "embudo.errors",
    "RBM": "embudo.estimators.rbm",
    "RBMClassifier": "embudo.estimators.rbm_classifier",
    "SingularValues": "embudo.modules.spectrum",
    "Snapshots": "embudo.training.snapshots",
    "SparseAutoencoder": "embudo.estimators.sparse_autoencoder",
    "Tempered": "embudo.estimators.samplers.tempered",
    "TensorBoard": "embudo.training.writers",
    "UnknownDataError": "embudo.errors",
    "VariationalAutoencoder": "embudo.estimators.variational_autoencoder",
    "load": "embudo.storage",
}

__all__ = [
    "DBM",
    "DBN",
    "GAN",
    "RBM",
    "Autoencoder",
    "BoltzmannMachine",
    "Callback",
    "Checkpoint",
    "CheckpointError",
    "Clamped",
    "ContractiveAutoencoder",
    "DBNClassifier",
    "DataError",
    "DenoisingAutoencoder",
    "DivergenceError",
    "EmbudoError",
    "Gibbs",
    "History",
    "JSONLines",
    "MissingExtraError",
    "ModelFileError",
    "OutputError",
    "ParameterError",
    "RBMClassifier",
    "SingularValues",
    "Snapshots",
    "SparseAutoencoder",
    "Tempered",
    "TensorBoard",
    "UnknownDataError",
    "VariationalAutoencoder",
    "load",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that ``import embudo`` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module 'embudo' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
