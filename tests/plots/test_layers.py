"""What a unit does to the data is what comes out when it is switched on, through all layers."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import NotFittedError

from embudo import DBM, DBN, Autoencoder, ParameterError
from embudo.plots import LayerFilterDisplay
from embudo.plots.colours import signed
from embudo.plots.projection import moved


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@pytest.fixture(scope="module")
def dbn(pixels: np.ndarray) -> DBN:
    model = DBN(hidden=(5, 4), epochs=1, random_state=0).fit(pixels)
    generator = torch.Generator().manual_seed(0)
    for rbm in model.module_.rbms:
        rbm.weight.normal_(0, 1.5, generator=generator)
        rbm.visible_bias.normal_(generator=generator)
    return model


def by_hand(dbn: DBN, rows: np.ndarray, layer: int) -> np.ndarray:
    """The definition, unit by unit and row by row, in numpy."""
    rbms = dbn.module_.rbms[: layer + 1]
    down = [(r.weight.numpy().astype(float), r.visible_bias.numpy().astype(float)) for r in rbms]

    def decode(h: np.ndarray) -> np.ndarray:
        for weight, bias in reversed(down):
            h = sigmoid(h @ weight.T + bias)
        return h

    found = []
    for unit in range(rbms[-1].n_hidden):
        changes = []
        for h in dbn.transform(rows, layer=layer).astype(float):
            on, off = h.copy(), h.copy()
            on[unit], off[unit] = 1, 0
            changes.append(decode(on) - decode(off))
        found.append(np.mean(changes, 0))
    strengths = -np.linalg.norm(found, axis=1)
    return np.array(found)[np.argsort(strengths)]


@pytest.mark.parametrize("layer", [0, 1])
def test_filters_are_the_average_effect_of_a_unit(dbn: DBN, pixels: np.ndarray, layer: int) -> None:
    display = LayerFilterDisplay.from_estimator(dbn, pixels)
    expected = by_hand(dbn, pixels, layer)
    assert display.filters[layer].reshape(-1, 9) == pytest.approx(expected, abs=1e-6)


def test_one_unit_alone_has_a_closed_form() -> None:
    """With all other weights 0 the context is idle: sigmoid(a + w) - sigmoid(a)."""
    dbn = DBN(hidden=(3, 2), epochs=1, random_state=0).fit(np.eye(4))
    lowest = dbn.module_.rbms[0]
    weights = torch.tensor([2.0, -1.0, 0.5, 0.0])
    lowest.weight.zero_()
    lowest.weight[:, 1] = weights
    lowest.visible_bias.copy_(torch.tensor([0.0, 1.0, -1.0, 3.0]))
    display = LayerFilterDisplay.from_estimator(dbn, np.eye(4), n=1)
    bias = lowest.visible_bias.numpy()
    expected = sigmoid(bias + weights.numpy()) - sigmoid(bias)
    assert display.filters[0][0] == pytest.approx(expected, abs=1e-6)
    assert display.sizes == (3, 2)


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    weight = torch.randn(7, 3, generator=torch.Generator().manual_seed(0))
    h, units = torch.rand(5, 7), torch.arange(7)

    def decode(states: torch.Tensor) -> torch.Tensor:
        return (states @ weight).sigmoid()

    whole = moved(decode, h, units)
    monkeypatch.setattr("embudo.plots.projection._STATES", 1)
    assert torch.allclose(moved(decode, h, units), whole)


def test_the_strongest_come_first_in_panels_of_their_own(dbn: DBN, pixels: np.ndarray) -> None:
    display = LayerFilterDisplay.from_estimator(dbn, pixels, n=4)
    assert [len(filters) for filters in display.filters] == [4, 4]
    for filters, panel in zip(display.filters, display.axes_, strict=True):
        norms = np.linalg.norm(filters, axis=(1, 2))
        assert list(norms) == sorted(norms, reverse=True)
        sheet = np.asarray(panel.images[0].get_array())
        assert sheet[:3, 4:7] == pytest.approx(signed(filters)[1])
    titles = [panel.get_title(loc="left") for panel in display.axes_]
    assert titles == ["layer 1: 4 of 5 units", "layer 2: 4 of 4 units"]


def test_without_rows_the_model_dreams_some(dbn: DBN, pixels: np.ndarray) -> None:
    display = LayerFilterDisplay.from_estimator(dbn, random_state=3)
    dreams = dbn.sample(100, steps=200, random_state=3)
    again = LayerFilterDisplay.from_estimator(dbn, dreams)
    assert np.array_equal(display.filters[1], again.filters[1])


def test_a_model_that_does_not_dream_needs_rows(pixels: np.ndarray) -> None:
    auto = Autoencoder(hidden=(4,), n_components=2, epochs=1, random_state=0).fit(pixels)
    with pytest.raises(ParameterError, match="give some as X"):
        LayerFilterDisplay.from_estimator(auto)
    assert len(LayerFilterDisplay.from_estimator(auto, pixels).filters) == 2


def test_a_deep_boltzmann_machine_has_filters_too(pixels: np.ndarray) -> None:
    dbm = DBM(hidden=(4, 3), epochs=1, pretrain_epochs=1, random_state=0).fit(pixels)
    display = LayerFilterDisplay.from_estimator(dbm, pixels[:20])
    codes = dbm.transform(pixels[:20], layer=0)
    effects = []
    for unit in range(4):
        on, off = codes.copy(), codes.copy()
        on[:, unit], off[:, unit] = 1, 0
        change = dbm.inverse_transform(on, layer=0) - dbm.inverse_transform(off, layer=0)
        effects.append(change.mean(0))
    order = np.argsort(-np.linalg.norm(effects, axis=1))
    assert display.filters[0].reshape(4, 9) == pytest.approx(np.array(effects)[order], abs=1e-4)


def test_a_table_has_a_row_for_each_unit_and_its_names_once(people: pd.DataFrame) -> None:
    dbn = DBN(hidden=(4, 3), epochs=1, random_state=0).fit(people)
    display = LayerFilterDisplay.from_estimator(dbn, people)
    names = ["height", "sex = m", "mass", "drink = milk", "drink = tea", "drink = water"]
    first, second = display.axes_
    assert [label.get_text() for label in first.get_yticklabels()] == names
    assert second.get_yticklabels() == []
    drinks = display.filters[0][:, 3:]  # what one category wins the others lose
    assert drinks.sum(1) == pytest.approx(np.zeros(4), abs=1e-6)
    drawn = np.asarray(second.images[0].get_array())
    assert drawn == pytest.approx(signed(display.filters[1].T[None])[0])


def test_an_untrained_stack_has_nothing_to_show() -> None:
    with pytest.raises(NotFittedError):
        LayerFilterDisplay.from_estimator(DBN())
