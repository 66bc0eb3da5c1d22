"""One file of tensors and facts: a safetensors file whose metadata carry a manifest and a digest.

The format's own reader notices truncation but not a flipped bit, so a SHA-256 over *every* byte of
the file stands in the metadata; it is computed with its own sixty-four digits set to zero. Nothing
is ever unpickled. ``docs/reference/file_format.md`` describes the file byte by byte.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from embudo.errors import ModelFileError
from embudo.files import replacing

_ZEROS = b"0" * 64
_DIGEST = re.compile(rb'"sha256":"([0-9a-f]{64})"')
_MAX_HEADER = 64 * 2**20


def write(path: str | os.PathLike[str], tensors: Mapping[str, Tensor], manifest: Any) -> None:
    """Write tensors and a JSON manifest, replacing the file at ``path`` in one move.

    Raises
    ------
    OutputError
        If the file cannot be written; what stood there before is untouched.
    """
    metadata = {"embudo": json.dumps(manifest), "sha256": _ZEROS.decode()}
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    content = _in_order(bytearray(safetensors.torch.save(plain, metadata)))
    start, stop = _digest_span(content)
    content[start:stop] = hashlib.sha256(content).hexdigest().encode()
    with replacing(path) as file:
        file.write(content)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Tensor], Any]:
    """Return the tensors and the manifest of an intact file.

    Raises
    ------
    ModelFileError
        If there is no such file, or if any byte of it is not as it was written.
    """
    try:
        content = bytearray(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelFileError(f"{path}: cannot be read ({reason}); check the path") from None
    try:
        _verify(content)
        manifest = json.loads(_metadata(content)["embudo"])
        return safetensors.torch.load(bytes(content)), manifest
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelFileError(
            f"{path}: not an intact embudo file ({error}); use a backup or train again"
        ) from None


def _in_order(content: bytearray) -> bytearray:
    """Sort the metadata, which come in random order: the same parts make the same bytes."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(_header(content))
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return bytearray(len(text).to_bytes(8, "little") + text + content[8 + length :])


def _header(content: bytearray) -> bytes:
    length = int.from_bytes(content[:8], "little")
    if not 2 <= length <= min(len(content) - 8, _MAX_HEADER):
        raise ValueError("its header is cut off or was never one")
    return bytes(content[8 : 8 + length])


def _metadata(content: bytearray) -> dict[str, str]:
    metadata: dict[str, str] = json.loads(_header(content))["__metadata__"]
    return metadata


def _digest_span(content: bytearray) -> tuple[int, int]:
    found = list(_DIGEST.finditer(_header(content)))
    if len(found) != 1:
        raise ValueError("it carries no digest")
    return 8 + found[0].start(1), 8 + found[0].end(1)


def _verify(content: bytearray) -> None:
    start, stop = _digest_span(content)
    digest = bytes(content[start:stop])
    content[start:stop] = _ZEROS
    if hashlib.sha256(content).hexdigest().encode() != digest:
        raise ValueError("its bytes do not match their SHA-256")
