"""Items that nobody rated: what they are says who would love them."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from embudo.recommenders.carrying import Carrier
from recommenders.conftest import N_ITEMS, quick

COLD = [4, 9, 16, 21, 33, 38]


@pytest.fixture(scope="module")
def without(ratings):
    return ratings.select(np.flatnonzero(~np.isin(ratings.item, COLD)))


@pytest.mark.parametrize("name", ["content", "hybrid"])
def test_cold_items_reach_those_who_love_such(name, without) -> None:
    model = quick(name).fit(without)
    found = model.recommend(n=N_ITEMS)
    cold = found[found["item"].isin(COLD)]
    loved = (cold["user"] + cold["item"]) % 2 == 0
    assert cold["score"][loved].min() > cold["score"][~loved].max()
    assert set(cold["source"]) == {"content"}
    if name == "hybrid":
        assert set(found["source"]) == {"content", "collaborative"}


def test_collaborative_models_know_nothing_of_them(without) -> None:
    scores = quick("ease").fit(without).predict([0] * len(COLD), COLD)
    np.testing.assert_array_equal(scores, 0)


def test_carrier_is_ridge_regression() -> None:
    rng = np.random.default_rng(0)
    import scipy.sparse

    features = scipy.sparse.csr_array(rng.random((30, 4)).astype(np.float32))
    rated = rng.random(30) < 0.7
    scores = torch.from_numpy(rng.normal(size=(5, 30)).astype(np.float32))
    carrier = Carrier.of(features, rated, 0.7)
    ridge = Ridge(alpha=0.7, fit_intercept=False)
    ridge.fit(features.toarray()[rated], scores.numpy()[:, rated].T)
    expected = ridge.predict(features.toarray()).T
    np.testing.assert_allclose(carrier.implied(scores), expected, rtol=1e-4, atol=1e-5)
    filled = carrier.filled(scores)
    np.testing.assert_array_equal(filled[:, rated], scores[:, rated])
