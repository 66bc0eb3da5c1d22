"""Help is quick, complete, and derived from the models."""

import resource
import subprocess
import sys
from types import NoneType

import pytest
from typer.testing import CliRunner

import embudo
from embudo.cli.app import app
from embudo.cli.faults import RECOMMEND
from embudo.cli.model_options import value_of
from embudo.cli.recommend.group import VERBS
from embudo.declarations.parameters import parameters
from embudo.estimators import MODELS, model_class

HEAVY = ("torch", "sklearn", "numpy", "scipy", "pandas", "polars", "rich")
COMMANDS = [
    *(["train", name] for name in MODELS),
    *(["recommend", verb] for verb in RECOMMEND),
    *(
        [name]
        for name in (
            "reduce",
            "compare",
            "transform",
            "reconstruct",
            "denoise",
            "impute",
            "inpaint",
        )
    ),
    *([name] for name in ("sample", "interpolate", "evaluate", "score", "predict")),
    *([name] for name in ("likelihood", "inspect", "export", "models", "doctor", "demo")),
]


def help_of(*words: str) -> str:
    answer = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "100"})
    assert answer.exit_code == 0
    return answer.output


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_the_first_answers_import_nothing_heavy(word: str) -> None:
    code = (
        "import sys; from embudo.cli.run import run; code = run([sys.argv[1]]); "
        f"print(code, [name for name in {HEAVY} if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, word], text=True, capture_output=True, check=True
    )
    assert answer.stdout.splitlines()[-1] == "0 []"


def test_the_first_answers_take_less_than_half_a_second() -> None:
    def seconds() -> float:  # of work, which a busy machine does not change
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "embudo", "--help"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) < 0.5


def test_the_version() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "embudo", "--version"], text=True, capture_output=True, check=True
    )
    assert answer.stdout == f"embudo {embudo.__version__}\n"


def test_every_command_is_listed_in_the_order_of_need() -> None:
    lines = help_of().partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    names = [line.split()[0] for line in lines if line[2] != " "]
    assert names == list(dict.fromkeys(words[0] for words in COMMANDS))


def test_no_words_at_all_ask_for_help(embudo) -> None:
    assert embudo() == embudo("--help")
    assert embudo().out.startswith("Usage: embudo")


def test_recommending_has_the_verbs_that_errors_know_of() -> None:
    assert VERBS == RECOMMEND


def test_training_lists_the_models() -> None:
    text = help_of("train")
    assert all(f"embudo train {name} --help" in text for name in MODELS)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_examples_that_can_be_read_by_it_and_json(words: list[str]) -> None:
    text = help_of(*words)
    examples = text.partition("Examples:\n")[2].strip().splitlines()
    assert examples
    assert all(line.strip().startswith("embudo " + " ".join(words)) for line in examples)
    assert "--json" in text


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_that_a_shell_can_write_is_an_option(name: str) -> None:
    text = squeezed(help_of("train", name))
    for parameter in parameters(model_class(name)):
        forms = [
            form for form in parameter.options if form.item or form.kind in (int, float, str, bool)
        ]
        flag = f"--{parameter.name.replace('_', '-')}"
        if not forms:
            assert flag not in text
            continue
        _, found, rest = text.partition(flag)
        assert found
        assert squeezed(parameter.help.replace("``", "")) in rest
        assert all("|".join(form.choices) in rest for form in forms)
        if parameter.default is not None and not isinstance(parameter.default, bool):
            shown = str(parameter.default).strip("()").rstrip(",")
            assert f"[default:{squeezed(shown)}]" in rest
        if parameter.default is True:
            assert f"/--no{flag[1:]}" in rest


def squeezed(text: str) -> str:
    """Leave out what depends on where lines break."""
    return "".join(text.split())


RBM = {parameter.name: parameter for parameter in parameters(model_class("rbm"))}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("n_components", "12", 12),
        ("n_components", "1.5", "1.5"),
        ("n_components", "many", "many"),
        ("learning_rate", "1e-3", 1e-3),
        ("learning_rate", "auto", "auto"),
        ("n_chains", "none", None),
        ("n_chains", "7", 7),
        ("n_components", "none", "none"),
        ("visible", "gaussian", "gaussian"),
        ("visible", "2", "2"),
        ("device", "2", "2"),
        ("epochs", 20, 20),
        ("n_chains", None, None),
    ],
)
def test_values_are_read_as_their_parameter_is_declared(
    name: str, text: object, value: object
) -> None:
    read = value_of(RBM[name], text)
    assert read == value
    assert type(read) is type(value)


def test_what_has_no_form_in_a_shell_is_left_out() -> None:
    kinds = {form.kind for form in RBM["callbacks"].options}
    assert not kinds & {int, float, str, bool, NoneType}
    assert "--callbacks" not in help_of("train", "rbm")
