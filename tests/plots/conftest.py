"""Small models of pictures and of tables."""

import numpy as np
import pandas as pd
import pytest

from embudo import RBM


@pytest.fixture(scope="session")
def pixels() -> np.ndarray:
    return (np.random.default_rng(0).random((80, 9)) < 0.4).astype(np.float32)


@pytest.fixture(scope="session")
def picture_rbm(pixels: np.ndarray) -> RBM:
    return RBM(n_components=6, epochs=3, random_state=0).fit(pixels)


@pytest.fixture(scope="session")
def people() -> pd.DataFrame:
    generator = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "height": generator.normal(170, 10, 90),
            "sex": generator.choice(["f", "m"], 90),
            "mass": generator.normal(70, 9, 90),
            "drink": generator.choice(["tea", "milk", "water"], 90),
        }
    )


@pytest.fixture(scope="session")
def people_rbm(people: pd.DataFrame) -> RBM:
    return RBM(n_components=4, epochs=3, random_state=0).fit(people)
