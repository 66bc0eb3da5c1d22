"""Damage on purpose: how much of it, of what kind, and that holes stay holes."""

import pytest
import torch

from embudo.modules.damage import DAMAGES
from embudo.modules.visible import VisibleLayer, expanded

COLUMNS = [("bernoulli", 1, 2), ("gaussian", 1, 1), ("softmax", 3, 2)]
N = 20_000


@pytest.fixture
def layer():
    return VisibleLayer(expanded(COLUMNS))


def damaged(layer, name, level, seen=None):
    x = torch.tensor([1.0, 0.3, 0.5, 2.0, 0.0]).repeat(N, 1)
    observed = None if seen is None else torch.tensor(seen).repeat(N, 1)
    v, units = layer.encode(x if observed is None else x * observed, observed)
    shown, left = DAMAGES[name](layer, level)(v.clone(), units, torch.Generator().manual_seed(0))
    return v, shown, left


def test_noise_has_its_deviation_and_no_mean(layer):
    v, shown, left = damaged(layer, "gaussian", 0.3)
    assert left is None
    noise = shown - v
    torch.testing.assert_close(noise.std(0), torch.full((9,), 0.3), atol=0.01, rtol=0)
    torch.testing.assert_close(noise.mean(0), torch.zeros(9), atol=0.01, rtol=0)


def test_a_mask_hides_its_share_of_columns_and_all_states_of_one(layer):
    _, shown, left = damaged(layer, "masking", 0.25)
    torch.testing.assert_close(left.mean(0), torch.full((9,), 0.75), atol=0.015, rtol=0)
    for block in (slice(3, 6), slice(6, 9)):
        assert (left[:, block].sum(1) % 3 == 0).all()
    assert not shown[left == 0].any()


def test_salt_hits_its_share_and_draws_states_evenly(layer):
    v, shown, _ = damaged(layer, "salt", 0.4)
    changed = (shown != v).float().mean(0)
    expected = torch.tensor([0.2, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4])
    expected[3:] = torch.tensor([0.4 / 3, 0.4 / 3, 0.8 / 3, 0.8 / 3, 0.4 / 3, 0.4 / 3])
    order = [i for i, kind in enumerate(layer.kinds) if kind.name == "softmax"]
    assert len(order) == 2
    torch.testing.assert_close(changed, expected, atol=0.015, rtol=0)
    assert set(shown[:, 2].unique().tolist()) == {-2.0, 0.5, 2.0}
    for block in (slice(3, 6), slice(6, 9)):
        assert (shown[:, block].sum(1) == 1).all()


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_missing_stays_so(layer, name):
    seen = [1.0, 0.0, 1.0, 0.0, 1.0]
    _, shown, left = damaged(layer, name, 0.5, seen)
    gone = layer.spread(torch.tensor([seen]))[0] == 0
    assert gone.sum() == 4
    assert not shown[:, gone].any()
    assert not left[:, gone].any()
