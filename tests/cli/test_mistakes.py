"""A user's mistake is two lines and code 2; a traceback is for those who ask."""

from pathlib import Path

import numpy as np
import pytest
import typer

from embudo import RBM
from embudo.cli.faults import command_path, one_line, verdict

TRAIN = ("train", "rbm", "digits", "-o", "x.embudo")


def files() -> None:
    np.save("wide.npy", np.zeros((5, 3)))
    np.save("inf.npy", np.array([[0.0, np.inf]] * 3))
    np.save("line.npy", np.zeros(5))
    Path("text.csv").write_text("a,b\n" + "1,2\n" * 20 + "3,red\n")
    Path("empty.csv").touch()
    Path("broken.embudo").write_bytes(b"\x08\0\0\0\0\0\0\0{}")


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        (("trian",), "no such command 'trian'. Did you mean 'train'?", "'embudo --help'"),
        (("--verson",), "no such option: --verson", "did you mean --version?"),
        (("train",), "missing command", "'embudo train --help'"),
        (("train", "rmb", "digits"), "no model 'rmb'; choose from rbm", "'embudo train --help'"),
        (("train", "rbm"), "missing argument 'DATA'", "'embudo train rbm --help'"),
        (("train", "rbm", "digits"), "missing option '--out' / '-o'", "'embudo train rbm --help'"),
        ((*TRAIN, "more"), "unexpected extra argument", "'embudo train rbm --help'"),
        ((*TRAIN, "--n-component", 5), "no such option", "did you mean --n-components?"),
        ((*TRAIN, "--epochs"), "'--epochs' requires an argument", "'embudo train rbm --help'"),
        ((*TRAIN, "--epochs", "many"), "epochs must be a whole number", "embudo train rbm --help"),
        ((*TRAIN, "--epochs", 0, "--momentum", 2), "momentum must be", "embudo train rbm --help"),
        ((*TRAIN, "--visible", "gausian"), "did you mean 'gaussian'?", "embudo train rbm --help"),
        ((*TRAIN, "--checkpoint-minutes", "x"), "'x' is no number", "embudo train rbm --help"),
        ((*TRAIN, "--device", "toaster"), "'toaster' is not available", "embudo train rbm --help"),
        ((*TRAIN, "--binarize", "2"), "binarize='2'", "embudo train rbm --help"),
        ((*TRAIN, "--algorithm", "exact"), "the limit is 2^20", "embudo train rbm --help"),
        (("train", "rbm", "digit", "-o", "x.embudo"), "did you mean digits?", "what DATA can be"),
        (("train", "rbm", "text.csv", "-o", "x.embudo"), "red", "what DATA can be"),
        (("train", "rbm", "empty.csv", "-o", "x.embudo"), "empty.csv", "what DATA can be"),
        (("train", "rbm", "inf.npy", "-o", "x.embudo"), "row 0, column 1", "what DATA can be"),
        (("train", "rbm", "line.npy", "-o", "x.embudo"), "line.npy", "what DATA can be"),
        (("train", "rbm", "digits", "-o", "no/x.embudo"), "does not exist", "can be written"),
        (("train", "rbm", "digits", "-o", "x.npy"), "call it x.embudo", "train rbm --help"),
        (("transform", "MODEL", "wide.npy", "-o", "x.npy"), "3 columns", "what DATA can be"),
        (("transform", "MODEL", "digits", "-o", "x.doc"), ".npy, .csv, .parquet", "transform"),
        (("transform", "no.embudo", "digits", "-o", "x.npy"), "cannot be read", "inspect FILE"),
        (("inspect", "broken.embudo"), "not an intact embudo file", "inspect FILE"),
        (("sample", "MODEL", "-n", "x", "-o", "x.npy"), "'x' is no whole number", "sample --help"),
        (("sample", "MODEL", "-n", 0, "-o", "x.npy"), "n_samples must be", "sample --help"),
        (("sample", "MODEL", "-o", "x.png", "--image-shape", "8"), "write it as 28x28", "sample"),
        (("sample", "MODEL", "-o", "x.png", "--image-shape", "5x5"), "a row has 64", "sample"),
        (("reconstruct", "MODEL", "digits", "-o", "x.npy", "--noise", "snow"), "snow", "--help"),
        (("score", "MODEL", "digits", "-o", "."), "no ending", "score --help"),
        (("export", "MODEL"), "missing option '--onnx'", "export --help"),
        (("export", "MODEL", "--onnx", "e.onnx"), "--onnx", "export --help"),
        (("export", "MODEL", "--onnx", "e.onnx", "d.pt"), "d.pt is to be an ONNX", "export --help"),
        (("export", "MODEL", "--onnx", "e.onnx", "e.onnx"), "name another one", "export --help"),
        (("export", "MODEL", "--onnx", "e.onnx", "no/d.onnx"), "does not exist", "can be written"),
        (("export", "no.embudo", "--onnx", "e.onnx", "d.onnx"), "cannot be read", "inspect FILE"),
        (("demo", "-o", "text.csv"), "text.csv", "demo --help"),
        (("demo", "--epochs", 0), "epochs must be", "demo --help"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_two_lines_and_code_two(
    embudo, trained: Path, words: tuple[object, ...], error: str, hint: str
) -> None:
    files()
    before = {path: path.read_bytes() for path in Path.cwd().iterdir()}
    answer = embudo(*(trained if word == "MODEL" else word for word in words))
    assert answer.code == 2
    assert answer.out == ""
    first, second = answer.err.splitlines()
    assert first.startswith("error: ")
    assert second.startswith("hint: ")
    assert error in first
    assert hint in second
    assert {path: path.read_bytes() for path in Path.cwd().iterdir()} == before


def test_divergence_is_told_in_two_lines_too(embudo) -> None:
    generator = np.random.default_rng(0)
    np.save("rows.npy", generator.normal(size=(200, 3)) * 1000)
    answer = embudo("train", "rbm", "rows.npy", "-o", "x.embudo", "--learning-rate", 1e30)
    assert answer.code == 2
    first, second = answer.err.splitlines()
    assert "left the finite numbers" in first
    assert second == "hint: give a smaller --learning-rate"
    assert not Path("x.embudo").exists()


def test_a_traceback_only_for_those_who_ask(embudo) -> None:
    plain = embudo("inspect", "no.embudo")
    assert "Traceback" not in plain.err
    for words in (("--debug", "inspect", "no.embudo"), ("inspect", "no.embudo", "--debug")):
        told = embudo(*words)
        assert told.code == 2
        assert told.err.startswith("Traceback")
        assert told.err.endswith(plain.err)


def test_a_fault_of_ours_asks_for_a_report(embudo, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("wheels\ncame off")

    monkeypatch.setattr("embudo.applications.models.models", fail)
    answer = embudo("models")
    assert answer.code == 1
    assert answer.err.splitlines() == [
        "error: RuntimeError: wheels came off",
        "hint: this should not happen; run the command again with --debug and report what it shows",
    ]


def test_ctrl_c_is_one_line(embudo, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("embudo.applications.models.models", interrupt)
    assert embudo("models") == (130, "", "interrupted\n")


def test_what_scikit_learn_refuses_is_a_mistake_and_what_we_break_is_not() -> None:
    with pytest.raises(ValueError, match="Found array with 0 feature") as refused:
        RBM().fit(np.zeros((5, 0)))
    assert verdict(refused.value, ["train", "rbm"]).code == 2
    with pytest.raises(ValueError, match="not fitted") as unfitted:
        RBM().transform(np.zeros((5, 2)))
    assert verdict(unfitted.value, ["transform"]).code == 2
    with pytest.raises(ValueError, match="invalid literal") as broken:
        int("ours")
    assert verdict(broken.value, ["transform"]).code == 1


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (["transform", "a", "b"], "embudo transform"),
        (["train", "rbm", "digits"], "embudo train rbm"),
        (["train", "digits"], "embudo train"),
        (["--help"], "embudo"),
    ],
)
def test_the_path_of_a_command(words: list[str], path: str) -> None:
    assert command_path(words) == path


def test_no_text_steers_the_terminal() -> None:
    assert one_line("a\n b\x1b[31mred\x07") == "a b?[31mred?"
    assert "\x1b" not in verdict(typer.BadParameter("\x1b[2J"), []).error
