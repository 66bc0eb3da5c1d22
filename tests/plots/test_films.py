"""Samples while a model learns, and a walk through its codes: frames are what the model makes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.base import BaseEstimator
from sklearn.cluster import DBSCAN
from sklearn.decomposition import PCA

from embudo import GAN, RBM, ParameterError, Snapshots, VariationalAutoencoder
from embudo.plots import LatentWalkAnimation, SampleAnimation
from embudo.plots.film import square


@pytest.fixture(scope="module")
def snapshots() -> Snapshots:
    return Snapshots(every=2)


@pytest.fixture(scope="module")
def vae(pixels: np.ndarray, snapshots: Snapshots) -> VariationalAutoencoder:
    return VariationalAutoencoder(
        n_components=2, hidden=(8,), epochs=4, random_state=0, callbacks=[snapshots]
    ).fit(pixels)


def shown(film: SampleAnimation | LatentWalkAnimation) -> np.ndarray:
    """The sheet that is drawn now, dark where numbers are high."""
    return 1 - np.asarray(film.ax_.images[0].get_array())[..., 0]


def test_each_frame_holds_what_the_model_made_up_then(
    vae: VariationalAutoencoder, snapshots: Snapshots, pixels: np.ndarray
) -> None:
    film = SampleAnimation.from_estimator(vae, snapshots, n=5, random_state=3)
    assert film.captions == ["before training", "epoch 2", "epoch 4"]
    assert film.n_frames_ == 3
    for frame, epochs in ((1, 2), (2, 4)):
        model = VariationalAutoencoder(n_components=2, hidden=(8,), epochs=epochs, random_state=0)
        expected = model.fit(pixels).sample(5, means=True, random_state=3)
        assert film.frames[frame].reshape(5, 9) == pytest.approx(expected, abs=1e-6)


def test_the_model_itself_stays_as_it_is(vae: VariationalAutoencoder, snapshots: Snapshots) -> None:
    before = vae.sample(4, random_state=0)
    SampleAnimation.from_estimator(vae, snapshots, n=4)
    assert np.array_equal(vae.sample(4, random_state=0), before)


def test_frames_are_laid_out_in_a_square_in_one_scale() -> None:
    frames = np.linspace(0, 2, 3 * 5 * 4).reshape(3, 5, 2, 2)
    film = SampleAnimation(frames, ["a", "b", "c"]).plot()
    film.draw(2)
    sheet = shown(film)
    assert sheet.shape == (2 + 1 + 2, 3 * 2 + 2)
    assert sheet[3:, 3:5] == pytest.approx(frames[2, 4] / 2)
    assert film.ax_.get_title(loc="left") == "c"
    film.draw(0)
    assert shown(film)[:2, :2] == pytest.approx(frames[0, 0] / 2)


def test_a_model_of_chains_starts_them_all_alike(pixels: np.ndarray) -> None:
    kept = Snapshots()
    rbm = RBM(n_components=3, epochs=1, random_state=0, callbacks=[kept]).fit(pixels)
    film = SampleAnimation.from_estimator(rbm, kept, n=2, steps=5)
    expected = rbm.sample(2, steps=5, means=True, random_state=0)
    assert film.frames[-1].reshape(2, 9) == pytest.approx(expected, abs=1e-6)


def test_a_model_of_classes_is_shown_before_it_met_any(pixels: np.ndarray) -> None:
    kept = Snapshots()
    gan = GAN(n_components=2, width=4, epochs=1, random_state=0, callbacks=[kept])
    film = SampleAnimation.from_estimator(gan.fit(pixels, np.arange(len(pixels)) % 2), kept, n=3)
    assert film.captions == ["before training", "epoch 1"]


def test_a_film_is_saved_frame_by_frame(tmp_path: Path) -> None:
    frames = np.random.default_rng(0).random((4, 1, 6, 6))
    SampleAnimation(frames, list("abcd")).plot().save(tmp_path / "film.gif", dpi=40)
    with Image.open(tmp_path / "film.gif") as image:
        assert image.n_frames == 4


def test_a_walk_goes_around_on_straight_lines(
    vae: VariationalAutoencoder, pixels: np.ndarray
) -> None:
    film = LatentWalkAnimation.from_estimator(vae, pixels[:3], steps=4)
    a, b, c = vae.transform(pixels[:3])
    assert film.n_frames_ == 12
    line = [a, a + (b - a) / 4, (a + b) / 2, b + (a - b) / 4, b]
    expected = vae.inverse_transform(np.stack([*line, (a + c) / 2]))
    found = film.frames[[0, 1, 2, 3, 4, 10]].reshape(6, 9)
    assert found == pytest.approx(expected, abs=1e-6)
    assert film.captions[1] == "stop 1 → 2, 25%"
    assert film.captions[-1] == "stop 3 → 1, 75%"


def test_a_walk_goes_through_codes_and_where_the_model_leads(
    vae: VariationalAutoencoder, pixels: np.ndarray
) -> None:
    class Curved(BaseEstimator):
        """Leads along its own line, whose steps are all the first code's but for the last."""

        def fit(self, X: object) -> None: ...

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def encode(self, X: np.ndarray) -> np.ndarray:
            return X[:, :2]

        def inverse_transform(self, H: np.ndarray) -> np.ndarray:
            return np.tile(H[:, :1], 9)

        def interpolate(self, z1: np.ndarray, z2: np.ndarray, steps: int) -> np.ndarray:
            return self.inverse_transform(np.stack([z1] * (steps - 1) + [z2]))

    codes = np.array([[0.1, 0], [0.9, 0]])
    film = LatentWalkAnimation.from_estimator(Curved(), None, (3, 3), codes=codes, steps=2)
    assert film.frames[:, 0, 0, 0] == pytest.approx([0.1, 0.1, 0.9, 0.9])
    rows = np.tile([0.3, 0.7], (2, 5))[:, :9]
    film = LatentWalkAnimation.from_estimator(Curved(), rows, (3, 3), steps=1)
    assert film.frames[:, 0, 0, 0] == pytest.approx([0.3, 0.3])


def test_what_cannot_be_shown_is_told(
    vae: VariationalAutoencoder,
    snapshots: Snapshots,
    picture_rbm: RBM,
    people_rbm: RBM,
    people: pd.DataFrame,
    pixels: np.ndarray,
) -> None:
    with pytest.raises(ParameterError, match="no snapshot: give callbacks"):
        SampleAnimation.from_estimator(vae, Snapshots())
    with pytest.raises(ParameterError, match="not of this RBM"):
        SampleAnimation.from_estimator(picture_rbm, snapshots)
    with pytest.raises(ParameterError, match="PCA makes up no rows"):
        SampleAnimation.from_estimator(PCA(2).fit(pixels), snapshots)
    with pytest.raises(ParameterError, match="2 captions for 3 frames"):
        SampleAnimation(np.zeros((3, 1, 2, 2)), ["a", "b"]).plot()
    with pytest.raises(ParameterError, match=r"frames have the shape \(2, 2\)"):
        SampleAnimation(np.zeros((2, 2)), ["a", "b"]).plot()
    with pytest.raises(ParameterError, match="either X, rows to visit, or codes"):
        LatentWalkAnimation.from_estimator(vae)
    with pytest.raises(ParameterError, match="2 stops at least, but 1 is given"):
        LatentWalkAnimation.from_estimator(vae, pixels[:1])
    with pytest.raises(ParameterError, match="the columns are a table"):
        LatentWalkAnimation.from_estimator(people_rbm, people[:2])
    with pytest.raises(ParameterError, match="DBSCAN makes no rows of codes"):
        LatentWalkAnimation.from_estimator(DBSCAN().fit(pixels), pixels[:2])


@pytest.mark.parametrize(("n", "columns"), [(1, 1), (4, 2), (5, 3), (9, 3), (10, 4)])
def test_sheets_are_near_a_square(n: int, columns: int) -> None:
    assert square(n) == columns
