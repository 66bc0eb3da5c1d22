"""Free energies, activations and singular values: what is drawn is what is so."""

import numpy as np
import pandas as pd
import pytest

from embudo import RBM, DataError, ParameterError
from embudo.plots import FreeEnergyDisplay, HiddenActivationDisplay, SingularValueDisplay


def test_energies_of_states_are_those_of_the_estimator(
    picture_rbm: RBM, pixels: np.ndarray
) -> None:
    display = FreeEnergyDisplay.from_estimator(picture_rbm, pixels, pixels[:7], steps=2)
    assert display.train == pytest.approx(picture_rbm.free_energy(pixels), abs=1e-4)
    assert display.validation == pytest.approx(display.train[:7])


def test_energies_of_a_table_are_on_its_scale(people_rbm: RBM, people: pd.DataFrame) -> None:
    display = FreeEnergyDisplay.from_estimator(people_rbm, people, steps=2)
    assert display.train == pytest.approx(people_rbm.free_energy(people), abs=1e-4)
    assert display.validation is None


def test_fantasies_follow_the_models_own_distribution() -> None:
    """With all weights 0 the units are independent, and so are the fantasies' energies known."""
    rbm = RBM(n_components=3, epochs=1, random_state=0).fit(np.eye(4))
    rbm.module_.weight.zero_()
    rbm.module_.visible_bias.copy_(rbm.module_.visible_bias.new_tensor([2.0, -1.0, 0.0, 0.5]))
    display = FreeEnergyDisplay.from_estimator(rbm, np.eye(4), n_fantasies=4000, steps=1)
    bias = rbm.intercept_visible_.astype(float)
    rate = 1 / (1 + np.exp(-bias))
    constant = -np.log1p(np.exp(rbm.intercept_hidden_.astype(float))).sum()
    mean = constant - rate @ bias
    deviation = np.sqrt((bias**2 * rate * (1 - rate)).sum())
    assert display.fantasies.mean() == pytest.approx(mean, abs=4 * deviation / np.sqrt(4000))
    assert display.fantasies.std() == pytest.approx(deviation, rel=0.1)


def test_probabilities_are_drawn_before_their_energy_is_taken() -> None:
    rbm = RBM(n_components=3, epochs=1, random_state=0).fit(np.eye(4))
    display = FreeEnergyDisplay.from_estimator(rbm, np.full((50, 4), 0.5), steps=1)
    corners = np.array([[(i >> bit) & 1 for bit in range(4)] for i in range(16)], float)
    allowed = rbm.free_energy(corners)
    assert np.abs(display.train[:, None] - allowed).min(1).max() < 1e-4
    assert len(np.unique(display.train.round(3))) > 4


def test_rows_with_holes_are_left_out(people_rbm: RBM, people: pd.DataFrame) -> None:
    holed = people.copy()
    holed.loc[:9, "drink"] = None
    display = FreeEnergyDisplay.from_estimator(people_rbm, holed, steps=1)
    assert display.train == pytest.approx(people_rbm.free_energy(people[10:]), abs=1e-4)
    holed["mass"] = np.nan
    with pytest.raises(DataError, match="no row is complete"):
        FreeEnergyDisplay.from_estimator(people_rbm, holed, steps=1)


def test_histograms_share_their_bins_and_hold_all_but_the_tails() -> None:
    generator = np.random.default_rng(0)
    train, fantasies = generator.normal(size=5000), generator.normal(1, 1, 5000)
    display = FreeEnergyDisplay(train, fantasies, train - 3).plot()
    steps = [patch.get_data() for patch in display.ax_.patches if not patch.get_fill()]
    assert len(steps) == 3
    assert all(np.array_equal(step.edges, steps[0].edges) for step in steps)
    assert all(0.97 < step.values.sum() <= 1 for step in steps)
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    means = [train.mean(), train.mean() - 3, 1.0]
    for text, name, mean in zip(texts, ("training", "held out", "fantasies"), means, strict=True):
        assert text.startswith(f"{name} ")
        shown = float(text.rsplit(maxsplit=1)[1].replace("\N{MINUS SIGN}", "-"))
        assert shown == pytest.approx(mean, abs=0.1)


def test_one_value_alone_can_be_drawn() -> None:
    assert FreeEnergyDisplay(np.full(3, 2.0), np.full(4, 2.0)).plot().ax_.patches


def test_activations_are_sorted_by_their_means(picture_rbm: RBM, pixels: np.ndarray) -> None:
    display = HiddenActivationDisplay.from_estimator(picture_rbm, pixels, n=20)
    codes = picture_rbm.transform(pixels[:20])
    means = codes.mean(0)[display.order_]
    assert list(means) == sorted(means, reverse=True)
    drawn = np.asarray(display.ax_.images[0].get_array())
    assert drawn[..., 0] == pytest.approx(1 - codes[:, display.order_])


def test_rows_of_one_class_stand_together(picture_rbm: RBM, pixels: np.ndarray) -> None:
    y = np.array(["b", "a"] * 10)
    display = HiddenActivationDisplay.from_estimator(picture_rbm, pixels, y, n=20)
    codes = picture_rbm.transform(pixels[:20])[:, display.order_]
    drawn = np.asarray(display.ax_.images[0].get_array())[..., 0]
    assert drawn == pytest.approx(1 - np.concatenate([codes[1::2], codes[::2]]))
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["a", "b"]
    assert list(display.ax_.get_yticks()) == [4.5, 14.5]
    with pytest.raises(ParameterError, match="3 classes for 20 rows"):
        HiddenActivationDisplay.from_estimator(picture_rbm, pixels[:20], y[:3])


def test_dead_and_saturated_units_are_counted() -> None:
    values = np.random.default_rng(0).random((50, 5))
    values[:, 1] = 0.01
    values[:, 3:] = 0.99
    title = HiddenActivationDisplay(values).plot().ax_.get_title(loc="left")
    assert title.endswith("5 units, 1 dead, 2 saturated")


def test_activations_that_are_no_probabilities_are_not_called_dead() -> None:
    display = HiddenActivationDisplay(np.random.default_rng(0).normal(size=(50, 5))).plot()
    assert display.ax_.get_title(loc="left").endswith("5 units")


def test_singular_values_tell_structure_from_noise() -> None:
    """Two strong directions in Gaussian noise stand out, and the noise does not."""
    rbm = RBM(n_components=40, epochs=1, random_state=0).fit(np.eye(60))
    generator = np.random.default_rng(0)
    left, right = generator.normal(size=(60, 2)), generator.normal(size=(2, 40))
    weights = left @ right + generator.normal(size=(60, 40))
    rbm.module_.weight.copy_(rbm.module_.weight.new_tensor(weights))
    display = SingularValueDisplay.from_estimator(rbm)
    assert display.values == pytest.approx(np.linalg.svd(weights)[1], rel=1e-4)
    assert (display.values**2).sum() == pytest.approx((display.shuffled**2).sum())
    assert display.n_learned_ == 2
    assert "2 of 40 stand out" in display.ax_.get_title(loc="left")
