"""What every benchmark says of the machine it ran on, and how it keeps a table."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import torch

TABLES = Path(__file__).parent.parent / "docs" / "benchmarks"


def machine() -> str:
    """Describe processor, cores and versions in a line."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [line for line in cpuinfo.read_text().splitlines() if "model name" in line]
        name = models[0].split(":", 1)[1].strip() if models else name
    return (
        f"{name}, {os.cpu_count()} cores, {torch.backends.cpu.get_cpu_capability()}; "
        f"torch {torch.__version__}, Python {platform.python_version()}"
    )


def publish(name: str, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, and write it into the documentation."""
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    text = "\n".join([f"# {title}", "", *lines, "", f"Machine: {machine()}.", ""])
    print("\n" + text)
    TABLES.mkdir(parents=True, exist_ok=True)
    (TABLES / f"{name}.md").write_text(text, encoding="utf-8")
