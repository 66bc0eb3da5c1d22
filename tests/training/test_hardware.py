"""Device and precision are what was asked for, or the faster of what there is."""

import pytest
import torch

from embudo.errors import ParameterError
from embudo.training import hardware
from embudo.training.hardware import choose_device, choose_precision

CPU = torch.device("cpu")


def test_a_device_by_name():
    assert choose_device("cpu") == CPU
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("name", ["tpu9000", "cuda:99", "", "cpu:x"])
def test_a_device_that_is_not_here_is_named(name):
    with pytest.raises(ParameterError, match=f"device='{name}' is not available"):
        choose_device(name)


@pytest.mark.parametrize(
    ("has", "size", "one_batch", "expected"),
    [
        (True, 10**9, False, torch.bfloat16),
        (True, 10**9, True, torch.bfloat16),
        (True, 10**6, False, torch.float32),  # conversions would cost more than they save
        (True, 10**6, True, torch.float64),
        (False, 10**9, False, torch.float32),
        (False, 10**9, True, torch.float32),
        (False, 10**6, True, torch.float64),
    ],
)
def test_auto_takes_what_costs_least(monkeypatch, has, size, one_batch, expected):
    monkeypatch.setattr(hardware, "has_bfloat16_products", lambda device: has)
    assert choose_precision("auto", CPU, size, one_batch) is expected
    assert choose_precision("float32", CPU, size, one_batch) is torch.float32
    assert choose_precision("bfloat16", CPU, size, one_batch) is torch.bfloat16
