"""Small machines, each as an oracle (numpy) and as tensors in double precision."""

from itertools import accumulate

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from embudo.kernels.energies import Machine
from embudo.kernels.units import HIDDEN, Mixed, Softmax
from oracles.binary import BinaryRBM
from oracles.gaussian import GaussianRBM
from oracles.general import MACHINES, GeneralRBM


def unit_of(variables):
    parts = []
    for kind, k in variables:
        parts.append((Softmax(k) if kind == "softmax" else HIDDEN[kind], k))
    one_kind = len(set(variables)) == 1
    return parts[0][0] if one_kind else Mixed(tuple(parts))


@pytest.fixture
def machine_of():
    def convert(oracle):
        tensors = (torch.from_numpy(x) for x in (oracle.W, oracle.a, oracle.b))
        if isinstance(oracle, GeneralRBM):
            return Machine(*tensors, unit_of(oracle.variables), HIDDEN[oracle.hidden])
        visible = "bernoulli" if isinstance(oracle, BinaryRBM) else "gaussian"
        return Machine(*tensors, HIDDEN[visible], HIDDEN["bernoulli"])

    return convert


@pytest.fixture(params=[(5, 3), (3, 5)], ids=["5 visible, 3 hidden", "3 visible, 5 hidden"])
def binary(request):
    return BinaryRBM.random(*request.param)


@pytest.fixture(params=[(2, 3), (4, 2)], ids=["2 visible, 3 hidden", "4 visible, 2 hidden"])
def gaussian(request):
    return GaussianRBM.random(*request.param)


@pytest.fixture(params=["bernoulli", "relu", "gaussian"], ids=lambda kind: f"{kind} hidden")
def hidden_kind(request):
    return request.param


@pytest.fixture(params=MACHINES, ids=lambda kind: f"{kind} visible")
def general(request, hidden_kind):
    """Every kind of visible layer with every kind of hidden units."""
    return GeneralRBM.random(MACHINES[request.param], hidden_kind)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def peak_bytes():
    """Return how much more memory tensors held than before, at most, while a function ran."""

    def measure(function):
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
            function()
        events = [e for e in profiler.profiler.kineto_results.events() if e.name() == "[memory]"]
        events.sort(key=lambda event: event.start_ns())
        peak = max(accumulate(event.nbytes() for event in events))
        assert peak > 0
        return peak

    return measure
