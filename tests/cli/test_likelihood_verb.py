"""embudo likelihood, and the diagnosis of embudo inspect."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from embudo import RBM, load
from embudo.data.readers import open_source

BINARY = ("--binarize", "0.5")
SWIFT = (*BINARY, "--temperatures", 100, "--chains", 20, "--burn-in", 50)


@pytest.fixture(scope="session")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose states are too many to list."""
    path = tmp_path_factory.mktemp("model") / "wide.embudo"
    X = np.asarray(open_source("digits").read()) > 0.5
    RBM(n_components=24, epochs=2, random_state=0).fit(X.astype(float)).save(path)
    return path


def digits() -> np.ndarray:
    return (np.asarray(open_source("digits").read()) > 0.5).astype(float)


def test_a_small_model_is_exact(embudo, trained):
    answer = embudo("likelihood", trained, "digits", *BINARY, "--json")
    found = json.loads(answer.out)
    model = load(trained)
    assert found["partition"]["method"] == "exact"
    assert found["error_of_log_z"] == 0
    rows = model.log_likelihood(digits())
    assert found["mean"] == pytest.approx(rows.mean(), rel=1e-6)
    assert found["error_of_rows"] == pytest.approx(rows.std(ddof=1) / 1797**0.5, rel=1e-4)
    assert found["trustworthy"] is True


def test_both_bounds_and_the_rows(embudo, wide):
    answer = embudo("likelihood", wide, "digits", *SWIFT, "-o", "rows.csv", "--json")
    assert answer.code == 0
    found = json.loads(answer.out)
    partition = load(wide).log_partition("ais", n_temperatures=100, n_chains=20, burn_in=50)
    assert found["partition"]["forward"] == partition.forward
    assert found["partition"]["reverse"] == partition.reverse
    assert found["mean_by_forward"] - found["mean_by_reverse"] == pytest.approx(partition.gap)
    rows = pl.read_csv("rows.csv")
    assert rows.columns == ["log_likelihood"]
    assert rows["log_likelihood"].mean() == pytest.approx(found["mean"], rel=1e-5)


def test_what_is_printed(embudo, wide):
    answer = embudo("likelihood", wide, "digits", *SWIFT, "--random-state", 3)
    assert answer.code == 0
    names = [line[:16].strip() for line in answer.out.splitlines()]
    assert names == [
        "log-likelihood",
        "log Z",
        "forward",
        "reverse",
        "gap",
        "effective chains",
        "trustworthy",
        "seconds",
    ]
    assert "nats per row" in answer.out
    assert answer.err == ""


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--method", "exact"), "method='exact' lists all states of the smaller Bernoulli layer"),
        (("--chains", "0"), "n_chains must be a whole number >= 1, but is 0"),
        (("--temperatures", "many"), "'many' is no whole number"),
        (("-o", "rows.xyz"), "rows.xyz"),
    ],
)
def test_mistakes_are_two_lines(embudo, wide, words, error):
    answer = embudo("likelihood", wide, "digits", *BINARY, *words)
    assert answer.code == 2
    assert answer.out == ""
    lines = answer.err.splitlines()
    assert len(lines) == 2
    assert error in lines[0]


def mixed_table(n: int = 60) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    colour = rng.choice(["red", "green", "blue"], n)
    return pl.DataFrame({"colour": colour, "size": rng.normal(20, 5, n) + 9 * (colour == "red")})


def test_a_table_with_texts(embudo):
    mixed_table().write_csv("table.csv")
    words = ("--n-components", 2, "--epochs", 2, "--random-state", 0)
    assert embudo("train", "rbm", "table.csv", "-o", "m.embudo", *words).code == 0
    answer = embudo("likelihood", "m.embudo", "table.csv", "--json")
    assert answer.code == 0, answer.err
    expected = load("m.embudo").log_likelihood(mixed_table())
    assert json.loads(answer.out)["mean"] == pytest.approx(expected.mean(), rel=1e-5)
    answer = embudo("inspect", "m.embudo", "--diagnose", "table.csv", "--steps", 20, "--json")
    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["diagnosis"]["figures"]["effective_rank"] <= 2


def test_a_missing_cell_is_named_before_any_annealing(embudo, monkeypatch):
    table = mixed_table()
    table.write_csv("table.csv")
    words = ("--n-components", 2, "--epochs", 1, "--random-state", 0)
    embudo("train", "rbm", "table.csv", "-o", "m.embudo", *words)
    size = [None if row == 4 else value for row, value in enumerate(table["size"])]
    table.with_columns(size=pl.Series(size)).write_csv("holes.csv")
    monkeypatch.setattr(RBM, "log_partition", None)
    answer = embudo("likelihood", "m.embudo", "holes.csv")
    assert answer.code == 2
    assert "row 4 of holes.csv lacks size" in answer.err


# Ctrl-C while modules load may end Python by the signal itself, and a shell tells no difference.
LOADED = """
import embudo.applications.likelihood, embudo.cli.run
print("loaded")
embudo.cli.main()
"""


@pytest.mark.slow
def test_ctrl_c_ends_it_quietly(wide):
    words = ["likelihood", wide, "digits", *BINARY, "--temperatures", "5000000"]
    process = subprocess.Popen(
        [sys.executable, "-c", LOADED, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        # A shell's background job ignores the signal, and hands that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert process.stdout.readline() == "loaded\n"
    limit, loading = time.monotonic() + 60, cpu_seconds(process.pid)
    while time.monotonic() < limit and cpu_seconds(process.pid) < loading + 2:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "interrupted\n")


def cpu_seconds(pid: int) -> float:
    """Return how long a process has worked."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_diagnosis_is_printed_with_a_reading(embudo, wide):
    answer = embudo("inspect", wide, "--diagnose", "digits", *BINARY, "--steps", 100)
    assert answer.code == 0
    assert "split R-hat" in answer.out
    assert "singular values" in answer.out
    assert any(line.startswith("- ") for line in answer.out.splitlines())
    assert "validation gap" not in answer.out


def test_a_diagnosis_as_json(embudo, wide):
    answer = embudo(
        *("inspect", wide, "--diagnose", "digits", "--validation", "digits", *BINARY),
        *("--steps", 100, "--json"),
    )
    found = json.loads(answer.out)["diagnosis"]
    assert found["figures"]["free_energy_gap"] == 0
    assert found["figures"]["nearer_data"] == 0.5
    assert found["readings"]
    direct = load(wide).diagnose(digits(), digits(), steps=100)
    assert found["figures"]["r_hat"] == direct.r_hat


def test_without_a_diagnosis_there_is_none(embudo, wide):
    assert "diagnosis" not in json.loads(embudo("inspect", wide, "--json").out)


def test_a_variational_autoencoder_draws_codes_and_weighs_them(embudo) -> None:
    settings = ("--n-components", 4, "--hidden", 16, "--epochs", 3, "--random-state", 0)
    assert embudo("train", "vae", "digits", "-o", "vae.embudo", *settings).code == 0
    few, many = (
        json.loads(embudo("likelihood", "vae.embudo", "digits", "--draws", n, "--json").out)
        for n in (1, 50)
    )
    assert few["measure"] == "importance_weighted_bound"
    assert few["partition"] is None
    assert many["n_draws"] == 50
    assert few["mean"] < many["mean"] < 0
    shown = embudo("likelihood", "vae.embudo", "digits", "-o", "rows.npy").out
    assert "100 draws each" in shown
    assert "log Z" not in shown
    assert np.load("rows.npy").shape == (1797, 1)
