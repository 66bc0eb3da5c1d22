"""MNIST and Fashion-MNIST: found beside the user's data, or fetched once; never taken on trust."""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embudo.data import npz
from embudo.data.fetch import fetched, local_folders
from embudo.data.idx import read_idx
from embudo.data.source import Source, array_source
from embudo.errors import DataError

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Family:
    """A data set in the form of MNIST.

    Parameters
    ----------
    name : str
    folders : tuple of str
        Where its IDX files may lie below a data folder.
    url : str
        Where its files are fetched from.
    archives : mapping of str to str
        File name to the checksum of the gzip'd file, as pooch writes it.
    contents : mapping of str to str
        File name to the SHA-256 of the file without gzip; empty if not known.
    """

    name: str
    folders: tuple[str, ...]
    url: str
    archives: Mapping[str, str]
    contents: Mapping[str, str]


# https://github.com/pytorch/vision/blob/main/torchvision/datasets/mnist.py lists both sources and
# the MD5 of all eight archives.
MNIST = Family(
    name="mnist",
    folders=(".", "mnist", "MNIST/raw"),
    url="https://ossci-datasets.s3.amazonaws.com/mnist/",
    archives={
        "train-images-idx3-ubyte": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte": "md5:d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte": "md5:9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte": "md5:ec29112dd5afa0611ce80d1b7f02629c",
    },
    contents={
        "train-images-idx3-ubyte": (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        ),
        "train-labels-idx1-ubyte": (
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
        ),
        "t10k-images-idx3-ubyte": (
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        ),
        "t10k-labels-idx1-ubyte": (
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
        ),
    },
)
FASHION = Family(
    name="fashion-mnist",
    folders=("fashion-mnist", "FashionMNIST/raw"),
    url="https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    archives={
        "train-images-idx3-ubyte": "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte": "md5:25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte": "md5:bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte": "md5:bb300cfdad3c16e7a12a480ee83cd310",
    },
    contents={},
)


def load(family: Family, part: str, data_dir: Path | None) -> Source:
    """Load one part of a family.

    Parameters
    ----------
    family : Family
    part : {"train", "test"}
    data_dir : Path or None
        Where to look first for ``NAME.npz`` or the IDX files.

    Returns
    -------
    Source
        60,000 or 10,000 images of 28 x 28 pixels in [0, 1], with labels.

    Raises
    ------
    DataError
        If a file found or fetched is not the original.
    UnknownDataError
        If nothing is found and nothing can be fetched.
    """
    stem, rows = ("train", 60_000) if part == "train" else ("t10k", 10_000)
    images_name, labels_name = f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte"
    images = _array(family, images_name, f"x_{part}", data_dir)
    labels = _array(family, labels_name, f"y_{part}", data_dir)
    _check(family, images_name, images, (rows, 28, 28))
    _check(family, labels_name, labels, (rows,))
    name = family.name if part == "train" else f"{family.name}:{part}"
    return array_source(name, images, scale=255.0, image_shape=(28, 28), labels=labels)


def _array(family: Family, name: str, key: str, data_dir: Path | None) -> npt.NDArray[Any]:
    for folder in local_folders(data_dir):
        for below in family.folders:
            archive = folder / below / f"{family.name}.npz"
            if archive.is_file():
                return _from_archive(archive, key)
            for file in (folder / below / name, folder / below / f"{name}.gz"):
                if file.is_file():
                    return read_idx(file)
    return read_idx(_fetched(family, name))


def _from_archive(archive: Path, key: str) -> npt.NDArray[Any]:
    layouts = npz.read_layouts(archive)
    if key not in layouts:
        raise DataError(f"{archive} holds no array {key!r}, only {', '.join(layouts)}")
    return npz.read_array(archive, key, layouts[key])


def _fetched(family: Family, name: str) -> Path:
    by_hand = (
        f"place {family.name}.npz, or the four IDX files {', '.join(family.archives)} in a folder "
        f"{family.name}, below a folder named by --data-dir or EMBUDO_DATA"
    )
    url, checksum = f"{family.url}{name}.gz", family.archives[name]
    return fetched(url, checksum, f"{family.name}-{name}.gz", by_hand)


def _check(family: Family, name: str, array: npt.NDArray[Any], shape: tuple[int, ...]) -> None:
    if array.shape != shape or array.dtype != np.uint8:
        raise DataError(
            f"{name} of {family.name} has shape {array.shape} and type {array.dtype} instead of "
            f"{shape} and uint8: remove the copy found, so that the original is fetched"
        )
    expected = family.contents.get(name)
    if expected is not None and digest(array) != expected:
        raise DataError(
            f"{name} of {family.name} is not the original (its SHA-256 differs from {expected}): "
            f"remove the copy found, so that the original is fetched"
        )


def digest(array: Bytes) -> str:
    """Return the SHA-256 that a uint8 array has as an IDX file without gzip."""
    header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return hashlib.sha256(header + np.ascontiguousarray(array).tobytes()).hexdigest()
