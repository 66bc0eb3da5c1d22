"""Units that no row turns on any more are counted, and start anew."""

import pytest
import torch
from sklearn.datasets import load_digits

from embudo import SparseAutoencoder
from embudo.kernels.feedforward import forward
from embudo.modules.network import Network, dense
from embudo.modules.revival import Revival


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def test_steps_at_rest_are_counted_for_each_unit():
    revival = Revival(3)
    for code in ([[1.0, 0, 0], [0, 0, 0]], [[0, 0, 2.0], [0, 0, 1]], [[0, 0, -1.0], [0, 0, 0]]):
        revival.note(torch.tensor(code))
    assert revival.idle.tolist() == [2, 3, 0]


def test_a_lost_unit_answers_to_a_row_as_strongly_as_others(generator):
    network = Network(dense([6, 8]), ["linear"])
    network.initialise(generator)
    x = torch.randn(40, 6, generator=generator) + 3
    before = network.weights[0].detach().clone()
    revival = Revival(8)
    revival.idle[[2, 5]] = 100
    with torch.no_grad():
        (top,) = forward(x, network.layers())
        strongest = top.output.amax(1).clone()
        revival.revive(network, top, generator)
        output = network(x)
    assert revival.idle.tolist() == [0] * 8
    for unit in (2, 5):
        torch.testing.assert_close(output[:, unit].mean(), torch.tensor(0.0), atol=1e-4, rtol=0)
        answers = (output[:, unit] - strongest).abs() < 1e-4
        assert answers.sum() == 1
    alive = [0, 1, 3, 4, 6, 7]
    torch.testing.assert_close(network.weights[0].detach()[:, alive], before[:, alive])


def test_few_units_stay_lost():
    X = load_digits().data / 16
    model = SparseAutoencoder(n_components=200, k=5, epochs=40, random_state=0).fit(X)
    idle = model.history_["idle_units"]
    assert idle[-1] < 0.1 < max(idle)
    assert idle[-1] == pytest.approx(1 - (model.transform(X) != 0).any(0).mean(), abs=0.1)
