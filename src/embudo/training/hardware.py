"""What the machine can do, and what to choose on it."""

from typing import Literal, TypeAlias

import torch

from embudo.errors import ParameterError

Precision: TypeAlias = Literal["auto", "float32", "bfloat16"]

_WORTHWHILE = 4_000_000  # multiply-adds of one product, below which conversions eat the gain


def choose_device(name: str) -> torch.device:
    """Return the device called ``name``; "auto" is a GPU if there is one.

    Raises
    ------
    ParameterError
        If there is no such device here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise ParameterError(
            f"device={name!r} is not available here; use 'auto' or 'cpu'"
        ) from None
    return device


def has_bfloat16_products(device: torch.device) -> bool:
    """Say whether the hardware multiplies bfloat16 matrices itself, faster than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bool(
        torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )


def choose_precision(
    name: Precision, device: torch.device, product_size: int, one_batch: bool = False
) -> torch.dtype:
    """Return the type of the inputs of matrix products while training.

    "auto" takes bfloat16 where the hardware multiplies it and the products are large enough to
    gain by it (``product_size`` multiply-adds each). Smaller ones are taken in float64 where
    ``one_batch`` says that an epoch is a single step: it costs nothing there, and a row of weight
    2 then equals two rows to the last digit of float32. Parameters stay in float32 either way.
    """
    if name != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16}[name]
    if product_size < _WORTHWHILE:
        return torch.float64 if one_batch and device.type == "cpu" else torch.float32
    return torch.bfloat16 if has_bfloat16_products(device) else torch.float32
