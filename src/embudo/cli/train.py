"""embudo train: one command for each model, with one option for each of its parameters."""

import contextlib
import inspect
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embudo.cli.commands import Command, Group
from embudo.cli.options import AsJson, Binarize, Data, DataDir, decimal, examples

if TYPE_CHECKING:
    from embudo.applications.train import TrainResult

_WHAT_HAPPENS = (
    "It is trained on DATA and saved as FILE. Meanwhile a checkpoint stands beside FILE; after "
    "Ctrl-C or a crash the same command with --resume goes on from there."
)


class Models(Group):
    """Makes the command of a model when it is asked for, since that means importing the model."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all models."""
        from embudo.estimators import MODELS

        return list(MODELS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the models' names, without importing the models."""
        with formatter.section("Models"):
            names = self.list_commands(ctx)
            formatter.write_dl(
                [(n, f"'embudo train {n} --help' lists its parameters") for n in names]
            )

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command that trains a model."""
        return training_command(cmd_name)


def training_command(name: str) -> Any:
    """Make the command that trains the model called ``name``.

    Raises
    ------
    ParameterError
        If there is no such model.
    """
    from embudo.cli.model_options import model_options
    from embudo.estimators import model_class

    cls = model_class(name)
    options = model_options(cls)

    def command(**given: Any) -> None:
        chosen = {option.name: given.pop(option.name) for option in options}
        _train(name, chosen, **given)

    own = list(inspect.signature(_train, eval_str=True).parameters.values())[2:]
    command.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    summary = (inspect.getdoc(cls) or name).partition("\n")[0]
    text = f"{summary}\n\n{_WHAT_HAPPENS}"
    app.command(name, cls=Command, help=text, epilog=_examples(name, _learns_labels(cls)))(command)
    return typer.main.get_command(app)


def _learns_labels(cls: Any) -> bool:
    return cls.learns_labels or hasattr(cls, "predict")


def _examples(name: str, learns_labels: bool) -> str:
    labels = [f"embudo train {name} flowers.csv -o flowers.embudo --labels species"]
    return examples(
        f"embudo train {name} digits -o digits.embudo --epochs 10",
        *(labels if learns_labels else []),
        f"embudo train {name} table.csv -o table.embudo --log run.jsonl",
        f"embudo train {name} customers.csv -o customers.embudo --drop id --drop signed_up",
        f"embudo train {name} pictures/ -o pictures.embudo --binarize sample",
        f"embudo train {name} digits -o digits.embudo --epochs 10 --resume",
    )


def _train(
    model: str,
    parameters: dict[str, Any],
    *,
    data: Data,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Where to: a .embudo file.")
    ],
    binarize: Binarize = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Leave a column out; may be given many times."),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column that holds the classes, for models that learn from them.",
        ),
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(
            metavar="MODEL",
            help="Of a GAN: end when what it makes up comes no nearer in codes of this model.",
        ),
    ] = None,
    data_dir: DataDir = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on from the checkpoint beside FILE."),
    ] = False,
    checkpoint_minutes: Annotated[
        float,
        typer.Option(
            parser=decimal, metavar="X", help="Minutes between checkpoints within an epoch."
        ),
    ] = 5.0,
    log: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Append each epoch's row to FILE as a line of JSON."),
    ] = None,
    tensorboard: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write curves for TensorBoard to DIR.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    from embudo.applications.sources import DataRequest
    from embudo.applications.train import TrainRequest, train
    from embudo.cli.progress import training_bars
    from embudo.cli.screen import Notes

    request = TrainRequest(
        model=model,
        data=DataRequest(data, binarize, data_dir, seed=_seed(parameters), drop=tuple(drop or ())),
        out=out,
        parameters=parameters,
        labels=labels,
        features=features,
        resume=resume,
        checkpoint_minutes=checkpoint_minutes,
        log=log,
        tensorboard=tensorboard,
    )
    notes = Notes()
    with stopping_kindly():
        result = train(request, training_bars(), notes)
    _tell(result, data, notes.taken, as_json)


def _seed(parameters: dict[str, Any]) -> int:
    seed = parameters.get("random_state")
    return seed if isinstance(seed, int) and seed >= 0 else 0


@contextlib.contextmanager
def stopping_kindly() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C, and leave it to this command to say what that meant."""
    from sklearn.exceptions import ConvergenceWarning

    before = signal.signal(signal.SIGTERM, _hear)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _hear(number: int, frame: FrameType | None) -> None:
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        raise KeyboardInterrupt
    handler(signal.SIGINT, frame)


def _tell(result: "TrainResult", data: str, notes: list[str], as_json: bool) -> None:
    from embudo.cli.advice import sampling, shell
    from embudo.cli.document import write_document
    from embudo.cli.faults import Interrupted
    from embudo.cli.screen import conclude, facts, label, number

    if as_json:
        write_document(result, notes=notes)
    history = result.history
    size = f"{result.n_rows:,} rows of {result.n_features:,} columns"
    rows = [
        (
            f"{stage} {label(name)}".strip(),
            f"{number(part[name][0])} → {number(part[name][-1])}",
        )
        for stage, part in history.stages.items()
        for name in part.measures
    ]
    if history[-1].remark:
        rows.append(("verdict", history[-1].remark))
    if result.stopped == "interrupted":
        raise Interrupted(
            f"{result.out} holds what was learned in {len(history)} epochs; the same command with "
            "--resume goes on"
        )
    stopped = f", {result.stopped}" if result.stopped else ""
    if not as_json:
        conclude(
            f"saved {result.out}: {result.model}, {len(history)} epochs over {size} "
            f"in {result.seconds:.1f} s{stopped}",
            facts(rows),
            then=(
                shell("inspect", result.out),
                shell("transform", result.out, data, "-o", "codes.csv"),
                sampling(result.out, result.n_features, named=result.feature_names is not None),
            ),
        )
