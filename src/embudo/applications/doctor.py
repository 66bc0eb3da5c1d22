"""Look at the machine and the installation, and say what they can do."""

import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from embudo.data.fetch import cache_folder
from embudo.training.hardware import choose_device, choose_precision, has_bfloat16_products

_PACKAGES = ("embudo", "torch", "numpy", "scipy", "scikit-learn", "safetensors")
_EXTRAS = {
    "plots": (("matplotlib",), "figures of learning curves, filters and samples"),
    "data": (("pyarrow", "polars"), "csv and parquet files"),
    "track": (("tensorboard",), "training curves in TensorBoard"),
    "onnx": (("onnx", "onnxscript", "onnxruntime"), "ONNX files of encoder and decoder"),
}


@dataclass(frozen=True, kw_only=True)
class Extra:
    """An optional part: the packages it brings, what for, and those that are missing."""

    name: str
    packages: tuple[str, ...]
    gives: str
    missing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder for data sets: where its path comes from, and whether it is there."""

    source: str
    path: Path
    exists: bool


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What was found.

    Attributes
    ----------
    versions : dict of str to str
        Of Python and of the packages embudo stands on.
    system : str
        Operating system and processor.
    threads, processors : int
        Threads that torch uses, and processors there are.
    device : str
        What device="auto" takes.
    bfloat16_products : bool
        Whether that device multiplies bfloat16 matrices itself.
    auto_precision : str
        What precision="auto" takes.
    extras : tuple of Extra
    folders : tuple of Folder
        Where data sets are looked for.
    """

    versions: dict[str, str]
    system: str
    threads: int
    processors: int
    device: str
    bfloat16_products: bool
    auto_precision: str
    extras: tuple[Extra, ...]
    folders: tuple[Folder, ...]


def doctor() -> Diagnosis:
    """Return what this machine and this installation can do."""
    device = choose_device("auto")
    return Diagnosis(
        versions={"python": platform.python_version(), **{p: version(p) for p in _PACKAGES}},
        system=f"{platform.system()} {platform.release()}, {platform.machine()}",
        threads=torch.get_num_threads(),
        processors=os.cpu_count() or 1,
        device=_device_name(device),
        bfloat16_products=has_bfloat16_products(device),
        auto_precision=_auto_precision(device),
        extras=tuple(_extra(name) for name in _EXTRAS),
        folders=_folders(),
    )


def _device_name(device: torch.device) -> str:
    return f"cuda ({torch.cuda.get_device_name()})" if device.type == "cuda" else str(device)


def _auto_precision(device: torch.device) -> str:
    small, large = (choose_precision("auto", device, size) for size in (0, sys.maxsize))
    names = [str(dtype).removeprefix("torch.") for dtype in (small, large)]
    if small == large:
        return names[0]
    return f"{names[1]} for large matrix products, {names[0]} for small ones"


def _extra(name: str) -> Extra:
    packages, gives = _EXTRAS[name]
    missing = tuple(package for package in packages if not _installed(package))
    return Extra(name=name, packages=packages, gives=gives, missing=missing)


def _installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _folders() -> tuple[Folder, ...]:
    found = [("data cache", cache_folder())]
    if variable := os.environ.get("EMBUDO_DATA"):
        found.insert(0, ("EMBUDO_DATA", Path(variable)))
    return tuple(Folder(source=source, path=path, exists=path.is_dir()) for source, path in found)
