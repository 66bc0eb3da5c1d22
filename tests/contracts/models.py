"""What the contracts go over: every model there is, and settings worth a look of their own."""

import inspect

import narwhals as nw
import numpy as np
import pytest

from embudo.estimators import MODELS, model_class

SMALL = {"epochs": 3, "batch_size": 8, "random_state": 0}
SIZES = {
    "bm": {"n_hidden": 5},
    "dbn": {"hidden": (6, 5)},
    "dbm": {"hidden": (6, 5), "pretrain_epochs": 3},
    "dbn-classifier": {"hidden": (6, 5), "pretrain_epochs": 3},
    "autoencoder": {"hidden": (6,), "n_components": 5},
    "sparse": {"n_components": 5, "k": 3},
    "denoising": {"hidden": (6,), "n_components": 5},
    "contractive": {"hidden": (6,), "n_components": 5},
    "vae": {"hidden": (6,), "n_components": 5},
    "gan": {"n_components": 5, "width": 5},
}
"""By model, what makes it small where that is not ``n_components``; its codes have 5 columns."""

BOLD = {"dbn-classifier": 0.03}
"""By model, a step size of which 60 updates go far, where that is not 0.5."""

VARIANTS = {
    "rbm": [
        {"algorithm": "cd", "steps": 2},
        {"algorithm": "exact", "schedule": "linear"},
        {"visible": "gaussian", "momentum": 0.5, "weight_decay": 0.01},
        {"n_chains": 7, "centered": False},
        {"early_stopping": True, "patience": 2, "sparsity_weight": 0.1},
        {"precision": "bfloat16", "schedule": "cosine"},
        {"algorithm": "pt", "n_temperatures": 3},
    ],
    "rbm-classifier": [
        {"objective": "generative", "algorithm": "pt", "n_temperatures": 3, "steps": 2},
        {"objective": "discriminative", "visible": "gaussian", "schedule": "linear"},
        {"objective": "hybrid", "hidden": "gaussian", "weight_decay": 0.01, "centered": False},
        {"early_stopping": True, "patience": 2, "algorithm": "cd", "resample": True},
        {"algorithm": "exact", "precision": "bfloat16", "sparsity_weight": 0.1},
    ],
    "bm": [
        {"algorithm": "pcd", "steps": 2, "n_chains": 7},
        {"lateral": "visible", "algorithm": "pcd", "resample": True, "schedule": "cosine"},
        {"lateral": "hidden", "centered": False, "weight_decay": 0.01},
        {"lateral": "none", "early_stopping": True, "patience": 2},
        {"n_hidden": 24, "precision": "float32", "momentum": 0.9},
    ],
    "dbn": [
        {"hidden": (5,), "algorithm": "cd"},
        {"top": "gaussian", "resample": True},
        {"fine_tune": "up_down", "fine_tune_epochs": 2, "momentum": 0.9},
        {"early_stopping": True, "patience": 2, "precision": "bfloat16"},
    ],
    "dbm": [
        {"pretrain_epochs": 0, "resample": True, "schedule": "linear"},
        {"hidden": (6, 4, 5), "pretrain_epochs": 2, "momentum": 0.9},
        {"hidden": (5,), "centered": False, "n_chains": 7},
        {"algorithm": "pt", "n_temperatures": 3},
        {"algorithm": "exact", "weight_decay": 0.01, "mean_field_sweeps": 2},
        {"early_stopping": True, "patience": 2, "precision": "bfloat16"},
    ],
    "dbn-classifier": [
        {"algorithm": "cd", "dropout": 0.3, "schedule": "linear"},
        {"visible": "gaussian", "momentum": 0.9, "weight_decay": 0.01},
        {"precision": "bfloat16", "n_chains": 7},
    ],
    "autoencoder": [
        {"activation": "sigmoid", "code": "sigmoid", "schedule": "linear"},
        {"activation": "tanh", "code": "truncated", "momentum": 0.5, "weight_decay": 0.01},
        {"hidden": None, "visible": "gaussian"},
        {"activation": "relu", "early_stopping": True, "patience": 2},
        {"precision": "bfloat16", "schedule": "cosine"},
        {"tied": True, "dropout": 0.3},
    ],
    "sparse": [
        {"penalty": "l1", "hidden": (6,), "visible": "gaussian"},
        {"penalty": "kl", "tied": True, "precision": "bfloat16"},
    ],
    "denoising": [
        {"corruption": "masking", "visible": "gaussian", "tied": True},
        {"corruption": "salt", "dropout": 0.3, "early_stopping": True, "patience": 2},
    ],
    "contractive": [
        {"hidden": None},
        {"method": "exact", "activation": "elu", "visible": "gaussian", "tied": False},
        {"method": "layerwise", "precision": "bfloat16"},
        {"order": 2},
    ],
    "vae": [
        {"beta": 0.5, "visible": "gaussian", "schedule": "linear"},
        {"hidden": None, "tied": True, "dropout": 0.3},
        {"precision": "bfloat16", "early_stopping": True, "patience": 2},
    ],
    "gan": [
        {"loss": "classic", "spectral": True, "schedule": "linear"},
        {"loss": "least_squares", "visible": "gaussian", "penalty": 0.1, "weight_decay": 0.01},
        {"loss": "wasserstein", "critic_steps": 2, "momentum": 0.5, "ema": 0.9},
        {"visible": "gaussian", "numbers": "quantile", "penalty_every": 2},
        {"precision": "bfloat16", "early_stopping": True, "patience": 2},
        {"architecture": "conv", "image_shape": (2, 3), "width": 5, "depth": 1},
    ],
}
"""By model, settings that take other paths through its code than the defaults."""


def classes():
    """Every model's class."""
    return [model_class(name) for name in MODELS]


def small(cls, **settings):
    """A model that trains in no time."""
    name = next(name for name in MODELS if model_class(name) is cls)
    return cls(**{**SMALL, **SIZES.get(name, {"n_components": 5}), **settings})


def bold(cls):
    """A step size of which a few updates go far."""
    return next((rate for name, rate in BOLD.items() if model_class(name) is cls), 0.5)


def cases():
    """Every model, small, by its defaults, and by each of its many variants."""
    return [
        pytest.param(
            small(model_class(name), **settings), marks=[pytest.mark.exhaustive] if settings else []
        )
        for name in MODELS
        for settings in [{}, *VARIANTS.get(name, [])]
    ]


def labels(X):
    """Two classes of rows, for the models that ask for them."""
    return np.arange(X.shape[0] if hasattr(X, "shape") else len(X)) % 7 % 2


def label(case):
    """Name a case in a test's id."""
    name = case.__name__ if isinstance(case, type) else type(case).__name__
    if isinstance(case, type):
        return name
    usual = small(type(case)).get_params()
    changed = {k: v for k, v in case.get_params().items() if usual[k] != v}
    return "-".join([name, *(f"{k}={v}" for k, v in changed.items())])


def rows(n=40, features=6, seed=0, missing=0.0):
    """Rows of 0 and 1 with some order in them; NaN where one is missing."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(2, size=(n, 1))
    X = (rng.random((n, features)) < np.where(kind, 0.8, 0.2)).astype(np.float32)
    X[rng.random(X.shape) < missing] = np.nan
    return X


def shortly(verb, argument):
    """Call a verb; if it goes on for a number of steps, for few."""
    few = {"steps": 10} if "steps" in inspect.signature(verb).parameters else {}
    return verb(argument, **few)


def results(model, X):
    """What a fitted model says of rows, by each verb that it has; frames as arrays."""
    H = model.transform(X)
    found = {
        "transform": H,
        "inverse_transform": model.inverse_transform(H),
        "reconstruct": model.reconstruct(X),
    }
    for verb in ("score_samples", "free_energy", "impute", "predict_proba"):
        if hasattr(model, verb):
            found[verb] = shortly(getattr(model, verb), X)
    if hasattr(model, "score"):
        found["score"] = np.asarray(model.score(X, labels(X)))
    if hasattr(model, "sample"):
        found["sample"] = shortly(model.sample, 3)
    return {verb: plain(result) for verb, result in found.items()}


def plain(result):
    """Return a frame as an array, and an array as it is."""
    frame = nw.from_native(result, eager_only=True, pass_through=True)
    return frame.to_numpy() if isinstance(frame, nw.DataFrame) else result


def assert_same(a, b):
    """Check that two sets of results agree in every bit and in type."""
    assert a.keys() == b.keys()
    for verb, result in a.items():
        assert result.dtype == b[verb].dtype, verb
        np.testing.assert_array_equal(result, b[verb], err_msg=verb)
