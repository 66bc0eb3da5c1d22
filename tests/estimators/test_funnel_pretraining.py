"""Layers that learn one after the other: what they learn, and that all of them start from it."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from embudo import (
    Autoencoder,
    ContractiveAutoencoder,
    ParameterError,
    SparseAutoencoder,
    VariationalAutoencoder,
)
from embudo.training.events import Callback

DIGITS = load_digits().data / 16
SMALL = {"hidden": (32,), "n_components": 8, "epochs": 3, "batch_size": 20, "random_state": 0}


class Weights(Callback):
    """Keeps the weights of every layer as each stage begins and ends."""

    def __init__(self):
        self.kept = {}

    def on_start(self, run):
        self.kept[run.stage_name] = [self.now(run)]

    def on_end(self, run):
        self.kept[run.stage_name].append(self.now(run))

    def now(self, run):
        funnel = run.module
        return [w.detach().clone() for w in (*funnel.encoder.weights, *funnel.decoder.weights)]


def first_error(model):
    """What is lost after the first epoch in which all layers learn."""
    rows = (row for row in model.history_ if row.stage in ("", "together"))
    return next(rows).values["kl_divergence"]


@pytest.mark.parametrize(
    "model",
    [
        Autoencoder(pretrain="rbm", activation="sigmoid", **SMALL),
        Autoencoder(pretrain="denoising", activation="sigmoid", **SMALL),
        Autoencoder(pretrain="denoising", activation="elu", **SMALL),
        Autoencoder(pretrain="denoising", activation="tanh", tied=True, **SMALL),
        ContractiveAutoencoder(pretrain="rbm", **SMALL),
        VariationalAutoencoder(pretrain="denoising", **SMALL),
        VariationalAutoencoder(pretrain="rbm", activation="sigmoid", **SMALL),
        SparseAutoencoder(pretrain="denoising", k=4, **SMALL),
    ],
    ids=lambda model: f"{type(model).__name__}-{model.pretrain}-{model.activation}",
)
def test_a_pretrained_network_starts_ahead(model):
    model.fit(DIGITS)
    assert {row.stage for row in model.history_} == {"layer 1", "layer 2", "together"}
    plain = type(model)(**{**model.get_params(), "pretrain": None}).fit(DIGITS)
    assert first_error(model) < first_error(plain)


def test_machines_hand_over_what_they_make_of_rows():
    """Before all layers learn together, the network encodes and decodes as the stack does."""
    model = Autoencoder(pretrain="rbm", activation="sigmoid", **SMALL)
    model.set_params(learning_rate=1e-12).fit(DIGITS)
    stack, x = model.module_.stack, torch.from_numpy(DIGITS[:9]).float()
    code = stack.encode(x, None, 2)
    np.testing.assert_allclose(model.transform(DIGITS[:9]), code, atol=1e-4)
    np.testing.assert_allclose(model.reconstruct(DIGITS[:9]), stack.decode(code, 2), atol=1e-4)


def test_one_layer_learns_while_the_others_rest():
    weights = Weights()
    Autoencoder(pretrain="denoising", callbacks=[weights], **SMALL).fit(DIGITS)
    for stage, learning in (("layer 1", {0, 3}), ("layer 2", {1, 2}), ("together", {0, 1, 2, 3})):
        before, after = weights.kept[stage]
        pairs = zip(before, after, strict=True)
        assert {n for n, pair in enumerate(pairs) if not torch.equal(*pair)} == learning


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"activation": "elu"}, "activation 'elu': take 'dense' and 'sigmoid'"),
        ({"activation": "sigmoid", "code": "tanh"}, "tanh code: take sigmoid or linear"),
        ({"activation": "sigmoid", "architecture": "conv"}, "architecture is 'conv'"),
    ],
)
def test_machines_without_such_means_are_refused(settings, message):
    with pytest.raises(ParameterError, match=message):
        Autoencoder(pretrain="rbm", **settings).fit(DIGITS)
