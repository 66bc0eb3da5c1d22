"""Pictures of a fitted estimator, drawn by matplotlib in the manner of scikit-learn's displays.

``from_estimator`` (or ``from_history``) computes and draws; ``plot(ax)`` draws once more. All of
them read on a light background and on a dark one.
"""

from embudo.plots.activations import HiddenActivationDisplay
from embudo.plots.authenticity import AuthenticityDisplay
from embudo.plots.chain import ChainAnimation
from embudo.plots.classes import ClassSampleDisplay
from embudo.plots.curves import LearningCurveDisplay
from embudo.plots.energies import FreeEnergyDisplay
from embudo.plots.filters import FilterDisplay
from embudo.plots.interpolation import InterpolationDisplay
from embudo.plots.latent_map import LatentMapDisplay
from embudo.plots.latent_plane import LatentPlaneDisplay
from embudo.plots.latent_walk import LatentWalkAnimation
from embudo.plots.layers import LayerFilterDisplay
from embudo.plots.pictures import SampleDisplay
from embudo.plots.reconstructions import ReconstructionDisplay
from embudo.plots.sample_animation import SampleAnimation
from embudo.plots.spectrum import SingularValueDisplay
from embudo.plots.stack import StackAnimation

__all__ = [
    "AuthenticityDisplay",
    "ChainAnimation",
    "ClassSampleDisplay",
    "FilterDisplay",
    "FreeEnergyDisplay",
    "HiddenActivationDisplay",
    "InterpolationDisplay",
    "LatentMapDisplay",
    "LatentPlaneDisplay",
    "LatentWalkAnimation",
    "LayerFilterDisplay",
    "LearningCurveDisplay",
    "ReconstructionDisplay",
    "SampleAnimation",
    "SampleDisplay",
    "SingularValueDisplay",
    "StackAnimation",
]
