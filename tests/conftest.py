"""What holds for every test: shapes are checked, one thread each, no screen, no deadlines."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

# Before anything imports embudo: from here on a wrong shape in a kernel is an error.
install_import_hook("embudo.kernels", "beartype.beartype")

# One thread a worker, and the same in every process that a test starts.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MPLBACKEND"] = "Agg"

import torch  # noqa: E402

torch.set_num_threads(1)

# A busy machine is slow, not wrong.
settings.register_profile("embudo", deadline=None)
settings.load_profile("embudo")


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    """Close what a test drew, so that no later one of the worker finds too many figures open."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
