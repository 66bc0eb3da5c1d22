"""Filters of a table: a cell for each weight, in the order of the columns, with their names."""

import numpy as np
import pandas as pd
import pytest

from embudo import RBM, ParameterError
from embudo.plots import FilterDisplay
from embudo.plots.colours import signed
from embudo.plots.units import holds_pictures, names_of_units, states_of_rows

NAMES = ["height", "sex = m", "mass", "drink = milk", "drink = tea", "drink = water"]


def test_every_unit_is_called_after_its_column_and_state(
    people_rbm: RBM, people: pd.DataFrame
) -> None:
    units, names = names_of_units(people_rbm)
    assert names == NAMES
    v, observed = states_of_rows(people_rbm, people)
    states = dict(zip(names, v.numpy()[:, units].T, strict=True))
    assert np.array_equal(states["sex = m"], people["sex"] == "m")
    for drink in ("milk", "tea", "water"):
        assert np.array_equal(states[f"drink = {drink}"], people["drink"] == drink)
    z = (people["mass"] - people["mass"].mean()) / people["mass"].std(ddof=0)
    assert states["mass"] == pytest.approx(z.to_numpy(), abs=1e-4)
    assert bool(observed.all())


def test_missing_entries_are_missing_units(people_rbm: RBM, people: pd.DataFrame) -> None:
    holed = people.copy()
    holed.loc[0, "drink"] = None
    holed.loc[1, "mass"] = np.nan
    units, names = names_of_units(people_rbm)
    v, observed = states_of_rows(people_rbm, holed)
    seen = observed.numpy()[:, units]
    assert [names[i] for i in np.flatnonzero(seen[0] == 0)] == NAMES[3:]
    assert [names[i] for i in np.flatnonzero(seen[1] == 0)] == ["mass"]
    assert not v[observed == 0].any()


def test_a_table_is_a_heat_map_of_its_weights(people_rbm: RBM) -> None:
    display = FilterDisplay.from_estimator(people_rbm, n=3)
    order = np.argsort(-np.linalg.norm(people_rbm.components_, axis=1))[:3]
    units, _ = names_of_units(people_rbm)
    weights = people_rbm.components_[order][:, units]
    drawn = np.asarray(display.ax_.images[0].get_array())
    assert drawn == pytest.approx(signed(weights.T[None])[0])
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == NAMES


def test_of_many_columns_those_with_the_largest_weights_are_shown() -> None:
    frame = pd.DataFrame(
        np.random.default_rng(0).normal(size=(50, 60)), columns=[f"c{i}" for i in range(60)]
    )
    rbm = RBM(n_components=3, epochs=1, random_state=0).fit(frame)
    display = FilterDisplay.from_estimator(rbm)
    norms = np.linalg.norm(rbm.components_, axis=0)
    expected = [f"c{i}" for i in sorted(np.argsort(-norms)[:40])]
    assert list(display.names) == expected


def test_a_long_name_is_cut_where_it_stands_and_nowhere_else() -> None:
    name = "the share of all the households that"
    frame = pd.DataFrame({name: [0.0, 1.0, 3.0], "b": [1.0, 5.0, 2.0]})
    display = FilterDisplay.from_estimator(RBM(n_components=2, epochs=1).fit(frame))
    assert display.names[0] == name
    (shown, _) = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert shown.endswith("…")
    assert len(shown) == 24
    assert name.startswith(shown[:-1])


def test_pixels_are_known_by_having_no_names(picture_rbm: RBM, people_rbm: RBM) -> None:
    assert holds_pictures(picture_rbm)
    assert not holds_pictures(people_rbm)
    four = RBM(n_components=2, epochs=1).fit(np.random.default_rng(0).random((20, 4)))
    assert not holds_pictures(four)
    assert FilterDisplay.from_estimator(four, (2, 2)).filters.shape == (2, 2, 2)
    assert FilterDisplay.from_estimator(four).names == ["x0", "x1", "x2", "x3"]


def test_a_shape_that_does_not_fit_is_refused(people_rbm: RBM) -> None:
    with pytest.raises(ParameterError, match="does not fit"):
        FilterDisplay.from_estimator(people_rbm, (5, 5))
