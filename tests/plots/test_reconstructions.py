"""Several models side by side: each in its row, with its own error."""

import numpy as np
import pytest
from sklearn.cluster import DBSCAN
from sklearn.decomposition import PCA

from embudo import RBM, ParameterError
from embudo.plots import ReconstructionDisplay


def test_each_model_has_its_row_and_its_error(picture_rbm: RBM, pixels: np.ndarray) -> None:
    pca = PCA(3).fit(pixels)
    models = {"PCA": pca, "RBM": picture_rbm}
    display = ReconstructionDisplay.from_estimators(models, pixels, n=2)
    back = {
        "PCA": pca.inverse_transform(pca.transform(pixels)),
        "RBM": picture_rbm.reconstruct(pixels),
    }
    sheet = np.asarray(display.ax_.images[0].get_array())
    for row, (name, again) in enumerate(back.items(), start=1):
        squares = ((again - pixels) ** 2).sum(1)
        assert display.errors[name] == pytest.approx(squares.mean(), rel=1e-5)
        drawn = sheet[4 * row : 4 * row + 3, 4:7, 0]
        assert drawn == pytest.approx((1 - again[1].reshape(3, 3)).clip(0, 1), abs=1e-6)
    names = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert names == [
        "original",
        f"PCA\nerror {display.errors['PCA']:.3g}",
        f"RBM\nerror {display.errors['RBM']:.3g}",
    ]


def test_all_components_give_everything_back(pixels: np.ndarray) -> None:
    display = ReconstructionDisplay.from_estimators({"PCA": PCA(9).fit(pixels)}, pixels)
    assert display.errors["PCA"] == pytest.approx(0, abs=1e-9)


def test_missing_entries_are_no_error(picture_rbm: RBM, pixels: np.ndarray) -> None:
    holed = pixels.copy()
    holed[:, 0] = np.nan
    display = ReconstructionDisplay.from_estimators({"RBM": picture_rbm}, holed)
    seen = (picture_rbm.reconstruct(holed) - pixels)[:, 1:]
    assert display.errors["RBM"] == pytest.approx((seen**2).sum(1).mean(), rel=1e-5)


def test_what_gives_nothing_back_is_named(pixels: np.ndarray) -> None:
    with pytest.raises(ParameterError, match="clusters, a DBSCAN, gives nothing back"):
        ReconstructionDisplay.from_estimators({"clusters": DBSCAN()}, pixels)
    with pytest.raises(ParameterError, match="no model"):
        ReconstructionDisplay.from_estimators({}, pixels)
