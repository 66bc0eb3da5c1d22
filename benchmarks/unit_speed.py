"""How long a CD-1 step takes with each kind of visible units, beside Bernoulli ones.

    python benchmarks/unit_speed.py [--steps 20] [--repeats 15] [--threads 1 2] [--batch 100]

784 units wide, 500 hidden: Gaussian columns with their variance fixed and learned, Softmax blocks
of 2, 4 and 8 states, and a mixed table with a third of each kind. A step takes a batch of rows to
new parameters: encoding, sampling, gradient and update. Every repetition times each kind once, in
turn; the table shows medians, and ratios are medians of the ratios within a repetition.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import torch
from machine import publish
from threadpoolctl import threadpool_limits
from torch import Tensor

from embudo.data.batches import Batch
from embudo.modules.learning import Learning
from embudo.modules.rbm import RBMModule
from embudo.training.hardware import has_bfloat16_products
from embudo.training.optimizers import SGD

UNITS, HIDDEN = 784, 500
LAYERS: dict[str, Sequence[tuple[str, int, int]]] = {
    "Bernoulli": [("bernoulli", 1, UNITS)],
    "Gaussian": [("gaussian", 1, UNITS)],
    "Gaussian, learned variance": [("gaussian", 1, UNITS)],
    "Softmax, 2 states": [("softmax", 2, UNITS // 2)],
    "Softmax, 4 states": [("softmax", 4, UNITS // 4)],
    "Softmax, 8 states": [("softmax", 8, UNITS // 8)],
    "Mixed": [("bernoulli", 1, 264), ("gaussian", 1, 260), ("softmax", 4, 65)],
}
Stepper = Callable[[], None]


def column(kind: str, n_states: int, rows: int, generator: torch.Generator) -> Tensor:
    """Draw a column of a kind."""
    if kind == "gaussian":
        return torch.randn(rows, generator=generator)
    return torch.randint(max(n_states, 2), (rows,), generator=generator).float()


def stepper(name: str, batch: int, precision: torch.dtype) -> Stepper:
    """Return what takes one step of training, over and over."""
    generator = torch.Generator().manual_seed(0)
    runs = LAYERS[name]
    columns = [column(kind, k, batch, generator) for kind, k, n in runs for _ in range(n)]
    module = RBMModule(runs, HIDDEN, "bernoulli", 1)
    module.weight.normal_(0, 0.01, generator=generator)
    rows = Batch(torch.stack(columns, 1))
    learning = Learning(
        algorithm="cd",
        steps=1,
        centered=False,
        sparsity_target=0.1,
        sparsity_weight=0.0,
        learned_variance="learned" in name,
        resample=False,
        precision=precision,
    )
    (objective,) = module.objectives(learning)
    optimizer = SGD(objective.parameters, lr=1e-4)

    def step() -> None:
        with torch.no_grad():
            _, gradients = objective.gradient(rows, generator)
            optimizer.step(dict(zip(objective.parameters, gradients, strict=True)))
            if objective.after_step is not None:
                objective.after_step()

    return step


def contest(steppers: dict[str, Stepper], steps: int, repeats: int) -> dict[str, list[float]]:
    """Time ``steps`` steps of each kind in turn, ``repeats`` times after a warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in steppers}
    for repeat in range(repeats + 1):
        for name, step in steppers.items():
            started = time.perf_counter()
            for _ in range(steps):
                step()
            if repeat:
                seconds[name].append((time.perf_counter() - started) / steps)
    return seconds


def rows_of_table(head: list[str], seconds: dict[str, list[float]]) -> list[list[str]]:
    """Turn seconds into milliseconds and ratios to the Bernoulli step."""
    found = []
    for name, taken in seconds.items():
        ratios = [a / b for a, b in zip(taken, seconds["Bernoulli"], strict=True)]
        figures = (f"{1e3 * statistics.median(taken):.2f}", f"{statistics.median(ratios):.2f}")
        found.append([*head, name, *figures])
    return found


def main() -> None:
    """Run the contest for each precision and number of threads, and publish one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    precisions = [torch.float32]
    if has_bfloat16_products(torch.device("cpu")):
        precisions.append(torch.bfloat16)
    table: list[list[str]] = []
    for precision in precisions:
        for threads in arguments.threads:
            torch.set_num_threads(threads)
            head = [str(precision).removeprefix("torch."), str(threads)]
            with threadpool_limits(threads):
                steppers = {name: stepper(name, arguments.batch, precision) for name in LAYERS}
                seconds = contest(steppers, arguments.steps, arguments.repeats)
            table += rows_of_table(head, seconds)
            print("\n".join("  ".join(row) for row in table[-len(LAYERS) :]), flush=True)
    head = ["precision", "threads", "visible units", "ms / step", "× Bernoulli"]
    title = f"CD-1 step, {UNITS} visible and {HIDDEN} hidden units, batch {arguments.batch}"
    publish("unit_speed", title, head, table)


if __name__ == "__main__":
    main()
