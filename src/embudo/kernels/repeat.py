"""Going on until nothing moves: as a plain loop, or as one that a recorded graph can hold.

Who records a graph of what a model does, to hand it to other programs, cannot ask a tensor whether
to go on: the answer is known only when the graph runs. ``while_loop`` puts the question into it.
"""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

State: TypeAlias = tuple[Tensor, ...]
Step: TypeAlias = Callable[[State, State], tuple[State, Tensor]]
"""From the state, and what stays as it is, to the next state and whether to go on (a scalar)."""


def until_still(step: Step, state: State, held: State, most: int) -> State:
    """Take steps until one says that it was the last, ``most`` at most.

    Parameters
    ----------
    step : callable
        It must use no tensors but those it is given, and return new ones.
    state : tuple of Tensor
    held : tuple of Tensor
        What the step looks at besides.
    most : int

    Returns
    -------
    tuple of Tensor
        The state after the last step.
    """
    if torch.compiler.is_compiling():
        return _recorded(step, state, held, most)
    for _ in range(most):
        state, more = step(state, held)
        if not bool(more):
            break
    return state


def _recorded(step: Step, state: State, held: State, most: int) -> State:
    n = len(state)

    def goes_on(count: Tensor, more: Tensor, *_: Tensor) -> Tensor:
        return more & (count < most)

    def body(count: Tensor, _: Tensor, *tensors: Tensor) -> State:
        new, more = step(tensors[:n], tensors[n:])
        return (count + 1, more, *new)

    device = state[0].device
    count = torch.zeros((), dtype=torch.int64, device=device)
    first = (count, torch.ones((), dtype=torch.bool, device=device), *state)
    held = tuple(tensor.clone() for tensor in held)  # views of one tensor are not let in
    # The operator itself, since ``torch.while_loop`` would compile the step, and needs its source.
    found: State = torch.ops.higher_order.while_loop(goes_on, body, first, held)
    return found[2:]
