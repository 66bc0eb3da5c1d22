"""Singular values over training are those of the weights at the time."""

import numpy as np

from embudo import RBM, Callback, SingularValues


class Weights(Callback):
    def __init__(self):
        self.seen = []

    def on_epoch(self, run):
        self.seen.append(run.module.weight.numpy(force=True).copy())


def test_the_spectrum_of_every_epoch():
    X = (np.random.default_rng(0).random((60, 8)) < 0.5).astype(float)
    spectra, weights = SingularValues(), Weights()
    rbm = RBM(n_components=5, epochs=3, callbacks=[spectra, weights], random_state=0).fit(X)
    assert spectra.values.shape == (3, 5)
    for values, weight in zip(spectra.values, weights.seen, strict=True):
        np.testing.assert_allclose(values, np.linalg.svd(weight)[1], rtol=1e-4)
    last = np.linalg.svd(rbm.components_)[1]
    np.testing.assert_allclose(spectra.values[-1], last, rtol=1e-4)
