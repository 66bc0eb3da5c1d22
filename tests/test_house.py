"""The house itself: rooms stay small, imports point inwards, and the pages tell the truth."""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import embudo
from embudo.cli.run import run

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
BIN = Path(sys.executable).parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*/*.md")), ROOT / "docs/index.md"]
MAX_FILE_LINES = 300
MAX_BODY_LINES = 40

FENCE = re.compile(r"^```(python|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    """The runnable blocks of a page: Python, at its line of the page, and calls of embudo."""
    text = page.read_text()
    found = []
    for match in FENCE.finditer(text):
        kind, code = match.groups()
        if kind == "python":
            found.append((kind, "\n" * text.count("\n", 0, match.start(2)) + code))
        elif code.startswith("embudo "):
            found.append((kind, code))
    return found


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body; its signature and its docstring are declarations."""
    documented = ast.get_docstring(function, clean=False) is not None
    statements = function.body[1:] if documented else function.body
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1 if statements else 0


def imported_packages() -> set[str]:
    nodes = [node for path in SOURCES for node in ast.walk(ast.parse(path.read_text()))]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in plain | parts}


def environment(**extra: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **extra}


def check_imports(**extra: str) -> subprocess.CompletedProcess[str]:
    config = str(ROOT / "pyproject.toml")
    command = ["lint-imports", "--no-logo", "--no-cache", "--config", config]
    return subprocess.run(
        command, cwd=ROOT, env=environment(**extra), text=True, capture_output=True, check=False
    )


def test_no_file_outgrows_what_one_holds_in_mind() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in SOURCES}
    assert {path: n for path, n in lengths.items() if n > MAX_FILE_LINES} == {}


def test_no_function_outgrows_what_one_holds_in_mind() -> None:
    too_long = {
        f"{path.relative_to(ROOT)}:{function.name}": body_lines(function)
        for path in SOURCES
        for function in functions(ast.parse(path.read_text()))
        if body_lines(function) > MAX_BODY_LINES
    }
    assert too_long == {}


def test_only_the_body_of_a_function_counts() -> None:
    code = (
        'def f(\n    a: int,\n) -> int:\n    """One.\n\n    Two.\n    """\n    a += 1\n    return a'
    )
    assert [body_lines(function) for function in functions(ast.parse(code))] == [2]
    assert [
        body_lines(function) for function in functions(ast.parse('def f():\n    """One."""'))
    ] == [0]


def test_imports_point_inwards() -> None:
    answer = check_imports()
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("kernels/units.py", "import embudo.estimators"),
        ("training/loop.py", "import embudo.kernels.units"),
        ("modules/__init__.py", "import sklearn"),
        ("training/events.py", "import rich"),
        ("errors.py", "import embudo._types"),
    ],
)
def test_an_import_pointing_outwards_is_found(tmp_path: Path, room: str, line: str) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src")
    changed = tmp_path / "src/embudo" / room
    changed.write_text(f"{changed.read_text()}\n{line}\n")
    answer = check_imports(PYTHONPATH=str(tmp_path / "src"))
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "BROKEN" in answer.stdout


def test_a_new_room_must_be_given_its_ring(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src")
    (tmp_path / "src/embudo/drawer.py").touch()
    answer = check_imports(PYTHONPATH=str(tmp_path / "src"))
    assert answer.returncode == 1
    assert "embudo.drawer" in answer.stdout + answer.stderr


def test_core_dependencies_are_those_that_the_code_imports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    distributions = packages_distributions()
    imported = {
        name
        for package in imported_packages() - sys.stdlib_module_names - {"embudo"}
        for name in distributions[package]
    }
    optional = {name for names in project["optional-dependencies"].values() for name in names}
    core = {re.split("[<>=]", requirement)[0] for requirement in project["dependencies"]}
    assert core == imported - optional


def test_version_has_one_source_and_a_changelog_entry() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" not in project
    assert project["dynamic"] == ["version"]
    latest = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[0]
    assert latest in ("Unreleased", embudo.__version__)


def test_readme_opens_with_the_two_commands() -> None:
    title, sentence, commands, *_ = (ROOT / "README.md").read_text().split("\n\n")
    assert title == "# embudo"
    assert sentence.count(". ") == 0
    assert sentence.endswith(".")
    assert [line.split("#")[0].strip() for line in commands.splitlines()] == [
        "make demo",
        "make test",
    ]


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda p: p.name
)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page)], ids=lambda p: str(p.relative_to(ROOT))
)
def test_code_on_a_page_runs_from_top_to_bottom(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for kind, code in blocks(page):
        if kind == "python":
            exec(compile(code, str(page), "exec"), names)
        else:
            for line in code.splitlines():
                assert run(shlex.split(line)[1:]) == 0, f"{line}\n{capsys.readouterr().err}"


def test_every_make_target_explains_itself() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert targets is not None
    shown = subprocess.run(["make", "-s", "help"], cwd=ROOT, text=True, capture_output=True)
    assert sorted(line.split()[1] for line in shown.stdout.splitlines()) == sorted(
        targets.group(1).split()
    )


def test_setup_refuses_an_old_python_and_says_what_to_do(tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2"\nexit 1\n')
    old.chmod(0o755)
    answer = subprocess.run([ROOT / "scripts/setup", old], text=True, capture_output=True)
    assert answer.returncode == 1
    assert "Python 3.11 or newer" in answer.stderr
    assert "Python 3.9.2" in answer.stderr
    assert "make demo PYTHON=" in answer.stderr
