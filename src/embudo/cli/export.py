"""embudo export: write encoder and decoder for other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embudo.cli.options import AsJson, Model, examples

if TYPE_CHECKING:
    from embudo.onnx import Written

EXAMPLES = examples(
    "embudo export digits.embudo --onnx encoder.onnx decoder.onnx",
    "embudo export customers.embudo --onnx encoder.onnx decoder.onnx --json",
)


def command(
    model: Model,
    onnx: Annotated[
        tuple[Path, Path],
        typer.Option(
            "--onnx", metavar="ENCODER DECODER", help="Two files to write, both ending in .onnx."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Write a trained model as two ONNX files, for programs that have no Python or torch.

    The encoder computes what 'transform' does, the decoder the way back to the scale of the data.
    """
    from embudo.applications.export import ExportRequest, export
    from embudo.cli.advice import shell
    from embudo.cli.document import write_document
    from embudo.cli.progress import busy
    from embudo.cli.screen import conclude

    with busy("recording the model's graphs"):
        result = export(ExportRequest(model=model, encoder=onnx[0], decoder=onnx[1]))
    if as_json:
        write_document(result)
        return
    gaps = "NaN is a missing value" if result.takes_gaps else "rows have to be complete"
    conclude(
        _told(result.encoder),
        _told(result.decoder),
        f"opset {result.opset}, float32, any number of rows; {gaps}",
        then=(shell("inspect", model),),
    )


def _told(file: "Written") -> str:
    return (
        f"wrote {file.path}: {file.input} (n, {file.n_inputs:,}) to {file.output} "
        f"(n, {file.n_outputs:,}), {file.n_bytes / 1024:,.0f} KiB"
    )
