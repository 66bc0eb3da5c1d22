"""embudo inspect: tell what a file holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embudo.cli.options import AsJson, Binarize, DataDir, PictureShape, examples, whole

if TYPE_CHECKING:
    from embudo.applications.diagnose import DiagnoseResult
    from embudo.applications.inspect import FileFacts
    from embudo.applications.pictures import Shape
    from embudo.data.layout import Layout

_SHOWN_COLUMNS = 40
EXAMPLES = examples(
    "embudo inspect digits.embudo",
    "embudo inspect digits.embudo.checkpoint",
    "embudo inspect digits.embudo --json",
    "embudo inspect digits.embudo --diagnose digits",
    "embudo inspect digits.embudo --picture portrait.png --data digits",
    "embudo inspect digits.embudo --picture chain.gif --data digits",
)


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A model or a checkpoint.")],
    diagnose: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Run chains beside DATA, best what was trained on, and say what is wrong.",
        ),
    ] = None,
    validation: Annotated[
        str | None,
        typer.Option(
            metavar="DATA", help="With --diagnose or --data, rows that the model has not seen."
        ),
    ] = None,
    steps: Annotated[
        int,
        typer.Option(
            parser=whole, metavar="N", help="With --diagnose or a .png, sweeps of each chain."
        ),
    ] = 1000,
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Draw the model: .png for a page of pictures, .gif for its layers at work.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="With --picture, what the model was trained on: its free energies and "
            "activations, or where the film starts. By default what --diagnose names.",
        ),
    ] = None,
    image_shape: PictureShape = None,
    binarize: Binarize = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Check a model file and tell what it holds."""
    from embudo.applications.inspect import inspect
    from embudo.applications.recommend.facts import is_recommender
    from embudo.cli.advice import sampling
    from embudo.cli.document import write_document
    from embudo.cli.screen import conclude, facts, history_table, show

    if data is not None and picture is None:
        raise typer.BadParameter("--data is what --picture draws: give --picture FILE as well")
    if is_recommender(file):
        _tell_recommender(file, as_json)
        return
    found = inspect(file)
    more: dict[str, object] = {} if picture is None else {"picture": picture}
    if picture is not None:
        _draw(file, picture, data or diagnose, validation, steps, image_shape, binarize, data_dir)
    health = None
    if diagnose is not None:
        health = _health(file, diagnose, validation, steps, binarize, data_dir)
    if as_json:
        write_document(found, **more, **({} if health is None else {"diagnosis": health}))
        return
    show(facts(_facts(found)))
    if found.layout is not None and found.layout.is_frame:
        show(_columns(found.layout))
    if len(found.history):
        show(history_table(found.history))
    if health is not None:
        from embudo.cli.health import show_health

        show_health(health)
    if found.kind == "model":
        drawn = () if picture is None else (f"wrote {picture}",)
        named = found.feature_names is not None
        conclude(*drawn, then=(sampling(file, found.n_features, named=named),))


def _tell_recommender(file: Path, as_json: bool) -> None:
    from embudo.applications.recommend.facts import recommender_facts
    from embudo.cli.advice import shell
    from embudo.cli.document import write_document
    from embudo.cli.screen import conclude, facts, show

    found = recommender_facts(file)
    if as_json:
        write_document(found)
        return
    scale = "likes" if found.scale is None else ", ".join(f"{level:g}" for level in found.scale)
    rows = [
        ("model", found.model),
        ("learned from", found.ratings),
        ("scale", scale),
        ("most popular", "; ".join(found.popular)),
        *found.parameters.items(),
        ("bytes", f"{found.size:,}"),
    ]
    show(facts(rows))
    conclude(then=(shell("recommend", "similar", found.popular[0], "-m", file),))


def _draw(
    file: Path,
    out: Path,
    data: str | None,
    validation: str | None,
    steps: int,
    image_shape: "Shape | None",
    binarize: str | None,
    data_dir: Path | None,
) -> None:
    from embudo.applications.portrait import PortraitRequest, portrait
    from embudo.applications.sources import DataRequest
    from embudo.cli.progress import busy

    def asked(name: str | None) -> DataRequest | None:
        return None if name is None else DataRequest(name, binarize, data_dir)

    request = PortraitRequest(
        model=file,
        out=out,
        data=asked(data),
        held_out=asked(validation),
        image_shape=image_shape,
        steps=steps,
    )
    with busy("drawing the model"):
        portrait(request)


def _health(
    file: Path,
    data: str,
    validation: str | None,
    steps: int,
    binarize: str | None,
    data_dir: Path | None,
) -> "DiagnoseResult":
    from embudo.applications.diagnose import DiagnoseRequest, diagnose
    from embudo.applications.sources import DataRequest
    from embudo.cli.progress import busy

    request = DiagnoseRequest(
        model=file,
        data=DataRequest(data, binarize, data_dir),
        validation=None if validation is None else DataRequest(validation, binarize, data_dir),
        steps=steps,
    )
    with busy("running chains"):
        return diagnose(request)


def _facts(found: "FileFacts") -> list[tuple[str, object]]:
    from embudo.applications.sources import listed

    names = "none" if found.feature_names is None else listed(found.feature_names)
    version = "" if found.format_version is None else f", format version {found.format_version}"
    return [
        ("file", f"{found.path}, {found.size / 1e6:.3g} MB{version}, digest matches"),
        ("holds", f"{found.kind} of class {found.model}"),
        ("trained on", f"{found.n_rows:,} rows of {found.n_features:,} columns, {found.values}"),
        ("column names", names),
        ("columns became", _kinds(found)),
        ("structure", _joined({k: v for k, v in found.structure.items() if k != "columns"})),
        ("parameters", _joined(found.parameters)),
        ("epochs", len(found.history)),
    ]


def _kinds(found: "FileFacts") -> str:
    if found.layout is None:
        return "not told"
    return ", ".join(f"{n:,} {kind}" for kind, n in found.layout.summary.items())


def _columns(layout: "Layout") -> object:
    """Return a table of the columns of a frame, as far as they are not too many."""
    from embudo.applications.sources import listed
    from embudo.cli.screen import columns

    rows: list[tuple[str, str, str, str]] = [
        (str(c.name), c.kind, c.dtype, listed([str(value) for value in c.categories or ()]))
        for c in layout.columns[:_SHOWN_COLUMNS]
    ]
    more = len(layout.columns) - len(rows)
    if more:
        rows.append((f"and {more:,} more", "", "", ""))
    return columns(("column", "units", "type", "categories"), rows, text=4)


def _joined(entries: dict[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in entries.items())
