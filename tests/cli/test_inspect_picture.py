"""embudo inspect --picture draws, and stays the same command otherwise."""

import json
from pathlib import Path

import pytest
from PIL import Image


def test_inspect_draws_a_page_and_a_chain(embudo, trained: Path) -> None:
    answer = embudo("inspect", trained, "--picture", "p.png", "--data", "digits", "--steps", 5)
    assert (answer.code, answer.err) == (0, "")
    assert "model of class RBM" in answer.out
    answer = embudo("inspect", trained, "--picture", "c.gif", "--json")
    assert (answer.code, answer.err) == (0, "")
    told = json.loads(answer.out)
    assert (told["kind"], told["picture"]) == ("model", "c.gif")
    for name, kind in (("p.png", "PNG"), ("c.gif", "GIF")):
        with Image.open(name) as picture:
            assert picture.format == kind


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--picture", "p.txt"), ".png or .gif"),
        (("--data", "digits"), "--picture"),
        (("--picture", "no/p.png"), "folder"),
        (("--picture", "p.png", "--data", "nothing.csv"), "nothing.csv"),
        (("--picture", "p.png", "--image-shape", "5x5"), "does not fit"),
    ],
)
def test_what_cannot_be_drawn_is_two_lines(
    embudo, trained: Path, words: tuple[str, ...], said: str
) -> None:
    answer = embudo("inspect", trained, *words)
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.count("\n") == 2
    assert not list(Path.cwd().iterdir())
