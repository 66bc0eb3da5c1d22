"""Draws of zeros and ones, as exact as needed and as fast as the hardware allows."""

import torch
from jaxtyping import Float
from torch import Generator, Tensor

_LEVELS = 2**16
_LOWEST = torch.tensor(-(_LEVELS + 1) / 2)  # 16 bits read with a sign run from -32768
_INT64_MIN = -(2**63)  # with no upper end, `random_` then fills all 64 bits, the sign included


def bernoulli(
    probability: Float[Tensor, "*shape"], generator: Generator
) -> Float[Tensor, "*shape"]:
    """Draw 0 or 1 with the given probabilities, at the full precision of their type."""
    # Noise in bfloat16 would have 256 levels: a rare unit would fire twice as often as it should.
    dtype = torch.promote_types(probability.dtype, torch.float32)
    noise = torch.rand(
        probability.shape, generator=generator, dtype=dtype, device=probability.device
    )
    return torch.lt(noise, probability, out=noise).to(probability.dtype)


def fast_bernoulli(
    probability: Float[Tensor, "*shape"], generator: Generator
) -> Float[Tensor, "*shape"]:
    """Draw 0 or 1 with probabilities rounded to 1/65536: for training, not for likelihoods.

    One 64-bit word of the generator is cut into four 16-bit thresholds ``r``; a unit is on where
    ``(r + 1/2) / 65536 < p``. On a CPU this costs a third of float noise and a tenth of
    ``torch.bernoulli``; elsewhere ``torch.bernoulli`` is used.
    """
    if probability.device.type != "cpu":
        return torch.bernoulli(probability, generator=generator)
    thresholds = _thresholds(probability.shape, generator)
    wide = probability.float() if probability.dtype == torch.bfloat16 else probability
    levels = torch.add(_LOWEST, wide, alpha=_LEVELS)
    out = levels if wide is probability else torch.empty_like(probability)
    return torch.lt(thresholds, levels, out=out)


def _thresholds(shape: torch.Size, generator: Generator) -> Tensor:
    """Return 16-bit numbers, uniform over their whole range."""
    if shape and shape[-1] % 4 == 0:
        words = torch.empty((*shape[:-1], shape[-1] // 4), dtype=torch.int64)
        return words.random_(_INT64_MIN, None, generator=generator).view(torch.int16)
    count = shape.numel()
    words = torch.empty((count + 3) // 4, dtype=torch.int64)
    words.random_(_INT64_MIN, None, generator=generator)
    return words.view(torch.int16)[:count].view(shape)
