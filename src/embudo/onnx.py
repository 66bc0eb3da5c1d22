"""Encoder and decoder of a fitted model as ONNX files, for programs that have no torch."""

import contextlib
import copy
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from embudo.errors import MissingExtraError, ParameterError
from embudo.estimators.base import Estimator
from embudo.estimators.inputs import RowFunction
from embudo.files import check_target, replacing
from embudo.kernels.erfcx import elementary_erfcx

OPSET = 18
"""Version of the ONNX operators in use: what runtimes since 2023 understand."""

_MOST_BYTES = 2**31 - 2**20  # protobuf ends at 2 GiB, and the graph needs some of it


@dataclass(frozen=True)
class Written:
    """A file: its path, name and width of what goes in and of what comes out, and its size.

    ``takes_gaps`` says whether NaN stands for a missing value in it.
    """

    path: Path
    input: str
    n_inputs: int
    output: str
    n_outputs: int
    n_bytes: int
    takes_gaps: bool = False


def export(
    model: Estimator, encoder: str | PathLike[str], decoder: str | PathLike[str]
) -> tuple[Written, Written]:
    """Write what ``transform`` and ``inverse_transform`` compute as two ONNX files.

    The encoder takes "rows" to "codes", the decoder "codes" to "rows", in float32 and for any
    number of rows at a time. Rows are on the scale of the data; the categories of a column are
    numbers from 0, as in ``layout_``. NaN stands for a missing value; to a Boltzmann machine and
    to a DBM rows have to be complete, or their codes are NaN.

    Parameters
    ----------
    model : Estimator
        A fitted one.
    encoder, decoder : path-like
        Both end in ``.onnx``. Either both files are written, or none is.

    Returns
    -------
    encoder, decoder : Written

    Raises
    ------
    ParameterError
        If a path has another ending, both are the same, or a file would be larger than 2 GB.
    OutputError
        If a file cannot be written; what stood there before is untouched.
    MissingExtraError
        If the packages of the extra "onnx" are not installed.
    """
    check_is_fitted(model)
    up, down = check_onnx_paths(encoder, decoder)
    fitted = _on_cpu(model)
    n_columns, n_found = fitted.n_features_in_, fitted._n_features_out
    n_codes = fitted._n_codes
    encode = _Rows(fitted.module_, fitted._encoder(torch.float32), gaps=fitted._gaps_drop_out)
    decode = _Rows(fitted.module_, fitted._decoder(torch.float32), gaps=False)
    first = _recorded(encode, n_columns, "rows", "codes")
    second = _recorded(decode, n_codes, "codes", "rows")
    with replacing(up) as file, replacing(down) as other:
        file.write(first)
        other.write(second)
    return (
        Written(up, "rows", n_columns, "codes", n_found, len(first), encode.gaps),
        Written(down, "codes", n_codes, "rows", n_columns, len(second)),
    )


def check_onnx_paths(
    encoder: str | PathLike[str], decoder: str | PathLike[str]
) -> tuple[Path, Path]:
    """Make sure, before any work starts, that both files can be written.

    Raises
    ------
    ParameterError
        If a path does not end in ``.onnx``, or both are the same.
    OutputError
        If nothing can be written there.
    MissingExtraError
        If the packages of the extra "onnx" are not installed.
    """
    paths = (Path(encoder), Path(decoder))
    for path in paths:
        if path.suffix.lower() != ".onnx":
            raise ParameterError(f"{path} is to be an ONNX file: give it the ending .onnx")
    if check_target(paths[0]) == check_target(paths[1]):
        raise ParameterError(
            f"encoder and decoder are two files, but both are to be {paths[0]}: name another one"
        )
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError:
        raise MissingExtraError.of("writing ONNX files", "onnx") from None
    return paths


class _Rows(nn.Module):
    """A function of rows as a module, whose parameters a graph takes over.

    With ``gaps`` NaN stands for a missing value; without, it makes the whole row one of NaN.
    """

    def __init__(self, module: nn.Module, function: RowFunction, *, gaps: bool) -> None:
        super().__init__()
        self.module, self.function, self.gaps = module, function, gaps

    def forward(self, x: Tensor) -> Tensor:
        missing = x.isnan()
        if not self.gaps:
            spoilt = missing.any(1, keepdim=True)  # of a category no NaN would be left
            return self.function(x, None).masked_fill(spoilt, torch.nan)
        return self.function(x.masked_fill(missing, 0), (~missing).to(x.dtype))


def _on_cpu(model: Estimator) -> Any:
    """Return the same model, with its parameters on the CPU."""
    if next(model.module_.parameters()).device.type == "cpu":
        return model
    moved: Any = copy.copy(model)
    moved.module_ = copy.deepcopy(model.module_).cpu()
    return moved


def _recorded(function: _Rows, width: int, given: str, found: str) -> bytes:
    """Return the graph of a function as the content of an ONNX file."""
    from onnxscript import ir

    with _quiet(), torch.no_grad():
        program = torch.export.export(
            function,
            (torch.full((2, width), 0.5),),
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            strict=False,
        )
        program = program.run_decompositions(
            {torch.ops.aten.special_erfcx.default: elementary_erfcx}
        )
        graph: Any = torch.onnx.export(
            program,
            input_names=[given],
            output_names=[found],
            opset_version=OPSET,
            verbose=False,
        )
        graph.rename_axes({graph.model.graph.inputs[0].shape[0]: "batch"})
        ir.passes.common.RemoveUnusedNodesPass()(graph.model)
        # It would tell where on this machine each line of the code stands.
        ir.passes.common.ClearMetadataAndDocStringPass()(graph.model)
        graph.model.producer_name, graph.model.producer_version = "embudo", None
        _check_size(graph.model, found)
        content: bytes = graph.model_proto.SerializeToString()
    return content


def _check_size(graph: Any, found: str) -> None:
    constants = graph.graph.initializers.values()
    n_bytes = sum(value.const_value.nbytes for value in constants)
    if n_bytes > _MOST_BYTES:
        raise ParameterError(
            f"the graph that finds {found} holds {n_bytes / 2**30:.1f} GiB of numbers, but an ONNX "
            "file ends at 2 GiB: train a smaller model"
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what torch tells its own developers from the user; faults are still raised."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
