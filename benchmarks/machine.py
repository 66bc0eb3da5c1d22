"""What every benchmark says of the machine it ran on, and how it keeps a table."""

import os
import platform
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import torch

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "benchmarks.md"


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
    """Print a table, and keep it in the documentation in place of the last one of that name."""
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    table = "\n".join([f"## {title}", "", *lines, ""])
    words = (Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:])
    command = " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *words])
    print(f"\n{table}")
    _keep(name, f"{table}\n`{command}`, {date.today():%d %B %Y}. {machine()}.\n")


def _keep(name: str, section: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    opening, closing = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    section = f"{opening}{section}{closing}"
    if opening in text:
        before, rest = text.split(opening)
        text = before + section + rest.split(closing)[1]
    else:
        text = f"{text}\n{section}"
    PAGE.write_text(text, encoding="utf-8")
