"""Estimators: one declaration per model, with scikit-learn's manners.

``MODELS`` is the one list of them. Command line, model files, tests and docs go by it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from embudo.errors import ParameterError

if TYPE_CHECKING:
    from embudo.estimators.base import Estimator

MODELS: dict[str, str] = {
    "rbm": "embudo.estimators.rbm:RBM",
    "rbm-classifier": "embudo.estimators.rbm_classifier:RBMClassifier",
    "bm": "embudo.estimators.boltzmann:BoltzmannMachine",
    "dbn": "embudo.estimators.dbn:DBN",
    "dbm": "embudo.estimators.dbm:DBM",
    "dbn-classifier": "embudo.estimators.dbn_classifier:DBNClassifier",
    "autoencoder": "embudo.estimators.autoencoder:Autoencoder",
    "sparse": "embudo.estimators.sparse_autoencoder:SparseAutoencoder",
    "denoising": "embudo.estimators.denoising_autoencoder:DenoisingAutoencoder",
    "contractive": "embudo.estimators.contractive_autoencoder:ContractiveAutoencoder",
    "vae": "embudo.estimators.variational_autoencoder:VariationalAutoencoder",
    "gan": "embudo.estimators.gan:GAN",
}
"""Every model's short name, and where its class is; classes are imported when asked for."""


def model_class(name: str) -> "type[Estimator]":
    """Return the estimator class with a short name.

    Raises
    ------
    ParameterError
        If there is none.
    """
    if name not in MODELS:
        raise ParameterError(f"there is no model {name!r}; choose from {', '.join(MODELS)}")
    module, _, attribute = MODELS[name].partition(":")
    cls: type[Estimator] = getattr(import_module(module), attribute)
    return cls
