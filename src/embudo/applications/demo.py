"""The demonstration: from images to a model, what it is good for, and a page that shows it."""

import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from embudo.applications.doctor import doctor
from embudo.applications.report import (
    Compared,
    Findings,
    NextStep,
    verdict,
    write_report,
)
from embudo.applications.trials import (
    FEW,
    SHAPE,
    Digits,
    Trials,
    one_of_each,
    split_digits,
    try_out,
)
from embudo.declarations.parameters import check_parameters
from embudo.errors import OutputError
from embudo.estimators.rbm import RBM
from embudo.files import check_target
from embudo.plots.filters import strongest_filters
from embudo.plots.pictures import fold
from embudo.training.events import Callback
from embudo.training.history import History

__all__ = ["Compared", "DemoRequest", "DemoResult", "run"]

_EPOCHS = 120
_COMPONENTS = 48
_FANTASIES, _FANTASY_STEPS = 40, 1000


@dataclass(frozen=True)
class DemoRequest:
    """What is asked of the demonstration.

    Parameters
    ----------
    out : Path
        Folder for its files, made if it does not exist.
    seed : int, default=0
        Of everything random in it.
    epochs : int, optional
        Passes over the training images; by default as many as make a good model.
    """

    out: Path
    seed: int = 0
    epochs: int | None = None


@dataclass(frozen=True)
class DemoResult:
    """What came of the demonstration.

    Parameters
    ----------
    history : History
        Of the training.
    comparison : list of Compared
        Name, size and test accuracy of each kind of features.
    few_labels : list of Compared
        The same, where the classifier is told the labels of only 100 images.
    model_path, report_path : Path
        The files written.
    seconds : float
        Wall time of all of it.
    notes : list of str
        What the numbers mean, a sentence or two each.
    """

    history: History
    comparison: list[Compared]
    few_labels: list[Compared]
    model_path: Path
    report_path: Path
    seconds: float
    notes: list[str]


def run(request: DemoRequest, callbacks: Sequence[Callback] = ()) -> DemoResult:
    """Train on handwritten digits, try the model out, and write model and report.

    Parameters
    ----------
    request : DemoRequest
    callbacks : sequence of Callback
        Told of the training.

    Returns
    -------
    DemoResult

    Raises
    ------
    ParameterError
        If seed or epochs are outside their limits.
    OutputError
        If the folder or a file in it cannot be written.
    """
    start = time.perf_counter()
    rbm = _model(request, callbacks)
    check_parameters(rbm)
    model_path, report_path = _targets(request.out)
    with threadpool_limits(1):  # a second thread gains nothing here, and on a busy machine costs
        train, test = split_digits(request.seed)
        rbm.fit(train.drawn)
        trials = try_out(rbm, train, test, request.seed)
        rbm.save(model_path)
        seconds = time.perf_counter() - start
        findings = _findings(rbm, train, test, trials, seconds, model_path)
    write_report(report_path, findings)
    return DemoResult(
        history=rbm.history_,
        comparison=trials.comparison,
        few_labels=trials.few_labels,
        model_path=model_path,
        report_path=report_path,
        seconds=time.perf_counter() - start,
        notes=_notes(trials, len(test.labels)),
    )


def _model(request: DemoRequest, callbacks: Sequence[Callback]) -> RBM:
    return RBM(
        n_components=_COMPONENTS,
        epochs=_EPOCHS if request.epochs is None else request.epochs,
        batch_size=20,
        learning_rate=0.1,
        schedule="linear",
        momentum=0.5,
        validation_fraction=0.1,
        callbacks=callbacks,
        device="cpu",
        random_state=request.seed,
    )


def _targets(folder: Path) -> tuple[Path, Path]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(
            f"{folder}: the folder cannot be made ({reason}); choose another place"
        ) from None
    model_path, report_path = folder / "rbm.embudo", folder / "report.html"
    check_target(model_path)
    check_target(report_path)
    return model_path, report_path


def _findings(
    rbm: RBM,
    train: Digits,
    test: Digits,
    trials: Trials,
    seconds: float,
    model_path: Path,
) -> Findings:
    shown = test.grey[one_of_each(test.labels)]
    fantasies = rbm.sample(_FANTASIES, steps=_FANTASY_STEPS, means=True)
    n_features = test.grey.shape[1]
    accuracy = trials.comparison[-1].accuracy
    return Findings(
        title="What a Boltzmann machine learned from handwritten digits",
        lead="Nobody told it what a digit is. It looked at small images, over and over, and "
        "adjusted its weights until its own dreams resembled them.",
        figures=[
            (f"{n_features} \N{RIGHTWARDS ARROW} {rbm.n_components}", "pixels to numbers"),
            (f"{accuracy:.1%}", "of new digits told apart by them"),
            (f"{len(rbm.history_)}", "passes over the images"),
            (f"{sum(rbm.history_['seconds']):.1f} s", "of training"),
        ],
        history=rbm.history_,
        filters=strongest_filters(rbm.components_, SHAPE, rbm.n_components),
        originals=fold(shown, SHAPE),
        reconstructions=fold(rbm.reconstruct(shown), SHAPE),
        denoising=trials.denoising,
        fantasies=fold(fantasies, SHAPE),
        fantasy_steps=_FANTASY_STEPS,
        comparison=trials.comparison,
        few_labels=trials.few_labels,
        n_labels=(len(train.labels), FEW * len(np.unique(train.labels))),
        n_test=len(test.labels),
        n_features=n_features,
        n_components=rbm.n_components,
        parameters={k: v for k, v in rbm.get_params().items() if k not in ("callbacks", "verbose")},
        facts=_facts(seconds),
        next_steps=_next_steps(model_path),
    )


def _facts(seconds: float) -> dict[str, str]:
    machine = doctor()
    return {
        **machine.versions,
        "system": machine.system,
        "threads": f"1 of {machine.processors}",
        "training and trials": f"{seconds:.1f} s",
    }


def _next_steps(model_path: Path) -> list[NextStep]:
    model = shlex.quote(str(model_path))
    return [
        NextStep(
            "Let it dream a sheet of new digits.",
            f"embudo sample {model} -n 64 --steps 1000 -o dreams.png",
        ),
        NextStep(
            "Hide a third of every image, and see what it makes of the rest.",
            f"embudo reconstruct {model} digits --noise mask:0.3 -o repaired.npy "
            "--picture repaired.png",
        ),
        NextStep("Look into the file.", f"embudo inspect {model}"),
        NextStep(
            "Train on 60,000 larger digits, fetched once.",
            "embudo train rbm mnist --binarize sample -o mnist.embudo --epochs 10",
        ),
        NextStep(
            "Or on your own table, or your own folder of images.",
            "embudo train rbm my_data.csv -o mine.embudo",
        ),
    ]


def _notes(trials: Trials, n_test: int) -> list[str]:
    denoising = trials.denoising
    share = denoising.error_after / denoising.error_before
    few = ", ".join(f"{name} {accuracy:.1%}" for name, _, accuracy in trials.few_labels)
    return [
        verdict(trials.comparison, n_test),
        f"With {10 * FEW} labels only: {few}. {verdict(trials.few_labels, n_test)}",
        f"Of new images {denoising.noise}: one trip down the funnel and up again left "
        f"{share:.0%} of the squared error.",
    ]
