"""What an evaluation of generated rows is asked, and what it answers."""

from dataclasses import dataclass
from pathlib import Path

from embudo.applications.pictures import Shape
from embudo.applications.sources import DataRequest
from embudo.metrics.verdict import SampleQuality


@dataclass(frozen=True, kw_only=True)
class EvaluateRequest:
    """Which model, beside which data, and seen through whose features.

    Parameters
    ----------
    model : Path
        A model that draws rows.
    data : DataRequest
        What it was trained on.
    test : DataRequest, optional
        What it has not seen, for the floor. By default rows of the data are put aside.
    features : Path, optional
        A model whose codes of rows are compared; by default the rows themselves are. Numbers are
        standardised then, but for those of columns between 0 and 1, and categories are ones among
        zeros.
    classifier : Path, optional
        A model that tells the classes of rows.
    n_samples : int, default=10000
        Rows to draw; no more than there are for the floor.
    steps : int, default=1000
        Of each chain, of a model that draws by chains.
    means : bool, optional
        Whether to take the means of the last step; by default where the data are shades of grey.
    seed : int, default=0
        Of what is drawn and of what is put aside.
    out : Path, optional
        Ending in ``.html``, for a page with the measures and what they were taken of.
    image_shape : tuple of int, optional
        Shape of the picture in a row, where it is no square.
    """

    model: Path
    data: DataRequest
    test: DataRequest | None = None
    features: Path | None = None
    classifier: Path | None = None
    n_samples: int = 10_000
    steps: int = 1000
    means: bool | None = None
    seed: int = 0
    out: Path | None = None
    image_shape: Shape | None = None


@dataclass(frozen=True, kw_only=True)
class EvaluateResult:
    """The measures, what they mean in plain words, and how rows were drawn.

    Attributes
    ----------
    model : str
        Name of the model's class.
    quality : SampleQuality
    readings : tuple of str
    held_out : str
        Where the rows for the floor come from.
    means : bool
        Whether means were taken in place of states.
    steps : int or None
        Of each chain; None if the model draws without.
    seconds : float
    """

    model: str
    quality: SampleQuality
    readings: tuple[str, ...]
    held_out: str
    means: bool
    steps: int | None
    seconds: float

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """How it was measured, as names and words."""
        found = self.quality
        drawn = "means" if self.means else "states"
        chains = "" if self.steps is None else f", after {self.steps:,} steps each"
        return (
            ("features", f"{found.extractor}: {found.n_features:,} numbers"),
            ("samples", f"{found.n_samples:,} {drawn} of {self.model}{chains}"),
            ("real rows", f"{found.n_real:,}"),
            ("floor", f"{found.n_samples:,} rows in place of the samples, from {self.held_out}"),
        )
