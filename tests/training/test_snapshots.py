"""Snapshots are the model as it was, and no others."""

import numpy as np
import pytest
import torch

from embudo import DBN, RBM, ParameterError, Snapshots

X = (np.random.default_rng(0).random((60, 6)) < 0.4).astype(np.float32)


def test_each_is_the_model_that_so_many_epochs_give() -> None:
    snapshots = Snapshots()
    RBM(n_components=3, epochs=3, random_state=0, callbacks=[snapshots]).fit(X)
    assert snapshots.epochs == [0, 1, 2, 3]
    for epochs in (1, 2, 3):
        direct = RBM(n_components=3, epochs=epochs, random_state=0).fit(X)
        kept = snapshots.states[epochs]
        assert torch.equal(kept["weight"], direct.module_.weight)
    assert not torch.equal(snapshots.states[0]["weight"], snapshots.states[1]["weight"])


def test_one_of_many_epochs_is_kept() -> None:
    snapshots = Snapshots(every=3)
    RBM(n_components=3, epochs=7, random_state=0, callbacks=[snapshots]).fit(X)
    assert snapshots.epochs == [0, 3, 6]


def test_epochs_of_all_stages_are_counted_together() -> None:
    snapshots = Snapshots(every=2)
    dbn = DBN(hidden=(4, 3), epochs=2, random_state=0, callbacks=[snapshots]).fit(X)
    assert snapshots.epochs == [0, 2, 4]
    assert snapshots.states[0].keys() == dbn.module_.state_dict().keys()


def test_another_training_begins_anew() -> None:
    snapshots = Snapshots()
    model = RBM(n_components=3, epochs=2, random_state=0, callbacks=[snapshots]).fit(X)
    before = snapshots.states
    model.fit(X[:30])
    assert snapshots.epochs == [0, 1, 2]
    assert snapshots.states is not before


def test_every_is_a_count() -> None:
    with pytest.raises(ParameterError, match="every must be at least 1, but is 0"):
        Snapshots(every=0)
