"""What a notebook shows: it asks for the MIME bundle first, and for ``_repr_html_`` otherwise."""

import numpy as np

from embudo import RBM


def fitted() -> RBM:
    X = np.random.default_rng(0).random((40, 4))
    return RBM(n_components=3, epochs=3, random_state=0).fit(X)


def test_both_ways_of_a_notebook_lead_to_the_card() -> None:
    rbm = fitted()
    shown = rbm._repr_mimebundle_()["text/html"]
    assert shown == rbm._repr_html_()
    assert "<svg" in shown
    assert "kl_divergence" in shown
    assert "4 → 3" in shown


def test_card_is_small_and_runs_nothing() -> None:
    shown = fitted()._repr_html_()
    assert len(shown.encode()) < 100_000
    assert "<script" not in shown


def test_before_fit_scikit_learn_shows_its_diagram() -> None:
    assert "sk-" in RBM()._repr_mimebundle_()["text/html"]
