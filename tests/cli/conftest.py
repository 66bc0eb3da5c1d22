"""Commands run in this process, with what they print and their exit code; a small model."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from embudo import RBM
from embudo.cli.run import run
from embudo.data.readers import open_source


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Embudo = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def embudo(capsys: pytest.CaptureFixture[str]) -> Embudo:
    def answer(*words: object) -> Answer:
        code = run([str(word) for word in words])
        return Answer(code, *capsys.readouterr())

    return answer


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "digits.embudo"
    RBM(n_components=8, epochs=2, random_state=0).fit(open_source("digits").read()).save(path)
    return path
