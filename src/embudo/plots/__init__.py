"""Pictures of a fitted estimator, drawn by matplotlib in the manner of scikit-learn's displays.

``from_estimator`` (or ``from_history``) computes and draws; ``plot(ax)`` draws once more. All of
them read on a light background and on a dark one.
"""

from embudo.plots.curves import LearningCurves
from embudo.plots.pictures import Filters, Reconstructions, Samples

__all__ = ["Filters", "LearningCurves", "Reconstructions", "Samples"]
