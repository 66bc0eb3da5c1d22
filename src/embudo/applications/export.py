"""Write encoder and decoder of a saved model as ONNX files."""

import time
from dataclasses import dataclass
from pathlib import Path

from embudo import onnx
from embudo.applications.able import load_able


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """Which model, and where its encoder and its decoder go: both end in ``.onnx``."""

    model: Path
    encoder: Path
    decoder: Path


@dataclass(frozen=True, kw_only=True)
class ExportResult:
    """The files written, what is common to them, and the seconds it took."""

    encoder: onnx.Written
    decoder: onnx.Written
    opset: int
    takes_gaps: bool
    seconds: float


def export(request: ExportRequest) -> ExportResult:
    """Write both graphs, or neither.

    Parameters
    ----------
    request : ExportRequest

    Returns
    -------
    ExportResult

    Raises
    ------
    EmbudoError
        If model or paths cannot be used; nothing is written then.
    """
    started = time.perf_counter()
    onnx.check_onnx_paths(request.encoder, request.decoder)
    model = load_able(request.model, "inverse_transform")
    encoder, decoder = onnx.export(model, request.encoder, request.decoder)
    return ExportResult(
        encoder=encoder,
        decoder=decoder,
        opset=onnx.OPSET,
        takes_gaps=encoder.takes_gaps,
        seconds=time.perf_counter() - started,
    )
