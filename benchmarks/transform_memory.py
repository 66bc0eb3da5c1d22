"""The memory that ``embudo transform`` takes above its imports, on a file of many rows.

    python benchmarks/transform_memory.py [--rows 1000000] [--columns 784] [--n-components 256]

Writes a float32 .npy file of that size into a temporary folder, encodes it in a process of its
own, and compares that process's peak with what one holds that has only imported the same modules.
Needs Linux, which keeps the peak in /proc, and disk space for the file and its codes.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from machine import publish

from embudo import RBM

_BLOCK = 10_000
_IMPORTS = "import embudo.cli.run, embudo.cli.progress, embudo.applications.transform"
_MEMORY = "print(open('/proc/self/status').read().split('{}:')[1].split()[0])"
_RUN = "import sys; from embudo.cli.run import run; assert run(sys.argv[1:]) == 0"


def memory(code: str, line: str, *arguments: str) -> float:
    """Run Python code in a new process; return a line of its memory status, in MB."""
    script = f"{code}\n{_MEMORY.format(line)}"
    answer = subprocess.run(
        [sys.executable, "-c", script, *arguments], text=True, check=True, capture_output=True
    )
    return int(answer.stdout) / 1024


def write_rows(path: Path, n_rows: int, n_columns: int) -> None:
    """Write random rows, a block at a time."""
    generator = np.random.default_rng(0)
    shape = {"descr": "<f4", "fortran_order": False, "shape": (n_rows, n_columns)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, shape)
        for start in range(0, n_rows, _BLOCK):
            height = min(_BLOCK, n_rows - start)
            file.write(generator.random((height, n_columns), dtype=np.float32).data)


def main() -> None:
    """Measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=784)
    parser.add_argument("--n-components", type=int, default=256)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, model, codes = (
            str(Path(folder) / name) for name in ("rows.npy", "model.embudo", "codes.npy")
        )
        write_rows(Path(data), arguments.rows, arguments.columns)
        some = np.random.default_rng(1).random((200, arguments.columns), dtype=np.float32)
        RBM(n_components=arguments.n_components, epochs=1, random_state=0).fit(some).save(model)
        imports = memory(_IMPORTS, "VmRSS")
        started = time.perf_counter()
        peak = memory(_RUN, "VmHWM", "transform", model, data, "-o", codes)
        seconds = time.perf_counter() - started
        size = Path(data).stat().st_size / 2**20
    publish(
        "transform_memory",
        f"Memory of embudo transform, {arguments.rows:,} × {arguments.columns} rows of float32",
        ("file, MB", "imports, MB", "peak, MB", "above the imports, MB", "seconds"),
        [[f"{x:.0f}" for x in (size, imports, peak, peak - imports, seconds)]],
    )


if __name__ == "__main__":
    main()
