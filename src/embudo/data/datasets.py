"""Data sets that are known by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from embudo.data import mnist
from embudo.data.movielens import MovieLensFiles, load_movielens, movielens_files
from embudo.data.source import Source, array_source

__all__ = ["DATASETS", "Dataset", "MovieLensFiles", "movielens_files"]


@dataclass(frozen=True)
class Dataset:
    """What is known of a data set before it is loaded.

    Parameters
    ----------
    description : str
        One line.
    licence : str
        Terms of use and whom to cite, in one line.
    load : callable
        ``load(data_dir)`` returns the `Source`; ``data_dir`` may be None.
    """

    description: str
    licence: str
    load: Callable[[Path | None], Source]


def _digits(data_dir: Path | None) -> Source:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return array_source(
        "digits",
        bunch.images.astype("float32"),
        scale=16.0,
        image_shape=(8, 8),
        labels=bunch.target,
    )


_MNIST_LICENCE = (
    "CC BY-SA 3.0; cite LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to "
    "document recognition, Proc. IEEE 86(11), 1998"
)
_FASHION_LICENCE = "MIT; cite Xiao, Rasul and Vollgraf, Fashion-MNIST, arXiv:1708.07747, 2017"

DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        "digits": Dataset(
            "1,797 digits of 8 x 8 pixels, bundled with scikit-learn",
            "terms of the UCI repository; cite Alpaydin and Kaynak, Optical Recognition of "
            "Handwritten Digits, UCI Machine Learning Repository, 1998",
            _digits,
        ),
        "mnist": Dataset(
            "60,000 handwritten digits of 28 x 28 pixels",
            _MNIST_LICENCE,
            partial(mnist.load, mnist.MNIST, "train"),
        ),
        "mnist:test": Dataset(
            "the 10,000 test digits of MNIST",
            _MNIST_LICENCE,
            partial(mnist.load, mnist.MNIST, "test"),
        ),
        "fashion-mnist": Dataset(
            "60,000 pieces of clothing of 28 x 28 pixels",
            _FASHION_LICENCE,
            partial(mnist.load, mnist.FASHION, "train"),
        ),
        "fashion-mnist:test": Dataset(
            "the 10,000 test images of Fashion-MNIST",
            _FASHION_LICENCE,
            partial(mnist.load, mnist.FASHION, "test"),
        ),
        "movielens-small": Dataset(
            "100,836 ratings of 9,724 films by 610 users, as a matrix with missing values",
            "research, no commercial use, same terms when passed on; cite Harper and Konstan, "
            "The MovieLens Datasets, ACM TiiS 5(4), 2015",
            load_movielens,
        ),
    }
)
