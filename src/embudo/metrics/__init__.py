"""How good generated rows are, measured beside real ones.

Distances and neighbourhoods mean as much as the *features* they are taken in: an estimator that
has ``transform``, any callable from rows to rows of numbers, or None for the rows themselves. So a
figure tells nothing without the name of these, the number of rows, and its *floor*: what rows held
out have when they stand where the samples do. :func:`sample_quality` gives all of it together; the
other functions return bare numbers, for your code.
"""

from embudo.kernels.distances import KernelDistance
from embudo.kernels.fidelity import DensityCoverage, PrecisionRecall, Twins
from embudo.metrics.classes import ClassShares, class_shares
from embudo.metrics.distances import frechet_distance, kernel_distance
from embudo.metrics.features import Extractor
from embudo.metrics.fidelity import (
    NearestRows,
    density_coverage,
    duplicates,
    nearest_rows,
    precision_recall,
)
from embudo.metrics.quality import sample_quality
from embudo.metrics.stopping import FrechetStopping
from embudo.metrics.verdict import SampleQuality, Scores

__all__ = [
    "ClassShares",
    "DensityCoverage",
    "Extractor",
    "FrechetStopping",
    "KernelDistance",
    "NearestRows",
    "PrecisionRecall",
    "SampleQuality",
    "Scores",
    "Twins",
    "class_shares",
    "density_coverage",
    "duplicates",
    "frechet_distance",
    "kernel_distance",
    "nearest_rows",
    "precision_recall",
    "sample_quality",
]
