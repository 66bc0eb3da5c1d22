"""From a csv of numbers, truth values and texts with holes to a model, and back to files."""

import csv
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from embudo import load

FEW = ("--n-components", 8, "--epochs", 4, "--learning-rate", 0.05, "--random-state", 0)
HEADER = ["id", "age", "income", "city", "member", "active"]


def write_customers(path: Path, n: int = 120) -> list[list[str]]:
    rng = np.random.default_rng(0)
    rows = []
    for i in range(n):
        group = rng.integers(3)
        row = [
            f"c{i}",
            str(20 * (group + 1) + rng.integers(9)),
            f"{1000 * (group + 1) + rng.normal(0, 50):.2f}",
            ["Lima, PE", 'the "Oslo"', "Bonn"][group],
            ["no", "yes", "yes"][group],
            ["true", "false"][rng.integers(2)],
        ]
        rows.append([row[0], *("" if rng.random() < 0.1 else cell for cell in row[1:])])
    rows[17][1:4] = ["28", "9999.00", "Bonn"]
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *rows])
    return rows


def read(path: str) -> list[list[str]]:
    with open(path, newline="") as file:
        return list(csv.reader(file))


def same(first: str, second: str) -> bool:
    try:
        return float(first) == float(second)
    except ValueError:
        return first == second


def test_a_table_with_holes_from_end_to_end(embudo) -> None:
    rows = write_customers(Path("customers.csv"))
    train = ("train", "rbm", "customers.csv", "-o", "m.embudo", *FEW)
    answer = embudo(*train)
    assert answer.code == 2
    assert "column 'id' holds 120 different texts" in answer.err
    assert embudo(*train, "--drop", "id") == (0, "", "")
    assert [(c.name, c.kind) for c in load("m.embudo").layout_.columns] == [
        ("age", "gaussian"), ("income", "gaussian"), ("city", "softmax"),
        ("member", "bernoulli"), ("active", "bernoulli"),
    ]  # fmt: skip

    told = json.loads(embudo("impute", "m.embudo", "customers.csv", "-o", "f.csv", "--json").out)
    assert told["n_filled"] == sum(cell == "" for row in rows for cell in row)
    header, *filled = read("f.csv")
    assert header == HEADER[1:]
    cities = {row[3] for row in rows} - {""}
    for before, after in zip(rows, filled, strict=True):
        assert all(b == "" or same(b, a) for b, a in zip(before[1:], after, strict=True))
        assert after[0].isdigit()
        assert after[2] in cities
        assert after[3] in ("yes", "no")
        assert after[4] in ("true", "false")

    assert embudo("sample", "m.embudo", "-n", 30, "--steps", 5, "-o", "s.csv") == (0, "", "")
    header, *drawn = read("s.csv")
    assert header == HEADER[1:]
    assert len(drawn) == 30
    assert {row[2] for row in drawn} <= cities
    assert all(float(row[0]).is_integer() for row in drawn)

    assert embudo("score", "m.embudo", "customers.csv", "-o", "odd.csv") == (0, "", "")
    header, *odd = read("odd.csv")
    assert header == ["row", "score", "unusual"]
    scores = [float(row[1]) for row in odd]
    assert scores == sorted(scores)
    assert sorted(int(row[0]) for row in odd) == list(range(120))
    assert odd[0][0] == "17"
    assert odd[0][2].split("; ")[0] == "income"

    shown = embudo("inspect", "m.embudo").out
    assert "2 bernoulli, 2 gaussian, 1 softmax" in shown
    assert 'Bonn, Lima, PE, the "Oslo"' in shown


def test_other_formats_and_other_orders_of_columns(embudo) -> None:
    write_customers(Path("customers.csv"))
    embudo("train", "rbm", "customers.csv", "-o", "m.embudo", *FEW, "--drop", "id")
    pl.read_csv("customers.csv").select(HEADER[::-1]).write_parquet("turned.parquet")
    for verb in ("impute", "reconstruct", "transform", "score"):
        for data, out in (("customers.csv", "a.parquet"), ("turned.parquet", "b.parquet")):
            assert embudo(verb, "m.embudo", data, "-o", out) == (0, "", "")
        assert pl.read_parquet("a.parquet").equals(pl.read_parquet("b.parquet")), verb
    embudo("impute", "m.embudo", "customers.csv", "-o", "a.parquet")
    schema = pl.read_parquet("a.parquet").schema
    assert schema == {
        "age": pl.Int64, "income": pl.Float64, "city": pl.String,
        "member": pl.String, "active": pl.Boolean,
    }  # fmt: skip


@pytest.mark.parametrize("model", ["autoencoder", "vae", "sparse"])
def test_autoencoders_take_the_same_verbs(embudo, model) -> None:
    write_customers(Path("customers.csv"))
    train = ("train", model, "customers.csv", "-o", "m.embudo", "--n-components", 4)
    assert embudo(*train, "--hidden", 8, "--epochs", 2, "--drop", "id") == (0, "", "")
    for verb in ("impute", "reconstruct", "transform", "score"):
        assert embudo(verb, "m.embudo", "customers.csv", "-o", f"{verb}.csv") == (0, "", "")
    assert embudo("impute", "m.embudo", "customers.csv", "-o", "f.csv", "--steps", 1).code == 0
    assert all(all(row) for row in read("impute.csv"))


def test_texts_that_look_like_numbers_stay_texts(embudo) -> None:
    lines = [f"{code},{i % 7}" for i, code in enumerate(["01", "7a", "7b"] * 20)]
    Path("t.csv").write_text("\n".join(["code,x", *lines]) + "\n")
    assert embudo("train", "rbm", "t.csv", "-o", "m.embudo", *FEW)[0] == 0
    Path("new.csv").write_text("code,x\n01,\n01,3\n")
    assert embudo("impute", "m.embudo", "new.csv", "-o", "f.csv") == (0, "", "")
    assert [row[0] for row in read("f.csv")] == ["code", "01", "01"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("impute", "m.embudo", "rome.csv", "-o", "f.csv"), "column 'city' holds 'Rome' in row 1,"),
        (("impute", "m.embudo", "old.csv", "-o", "f.csv"), "column 'age' holds '5O' in row 1"),
        (("impute", "m.embudo", "customers.csv", "-o", "f.npy"), "holds numbers alone"),
        (("sample", "m.embudo", "-o", "f.npy"), "holds numbers alone"),
        (("impute", "m.embudo", "customers.csv", "-o", "customers.csv"), "would replace the data"),
        (("impute", "m.embudo", "customers.csv", "-o", "f.csv", "--steps", 0), "steps must be"),
        (
            ("reconstruct", "m.embudo", "customers.csv", "-o", "f.csv", "--noise", "mask:0.2"),
            "noise is made for numbers",
        ),
        (
            ("train", "rbm", "customers.csv", "-o", "x.embudo", "--drop", "ids"),
            "no column 'ids' to drop: did you mean id?",
        ),
    ],
)
def test_mistakes_are_two_lines(embudo, words: tuple[object, ...], error: str) -> None:
    write_customers(Path("customers.csv"))
    embudo("train", "rbm", "customers.csv", "-o", "m.embudo", *FEW, "--drop", "id", "--epochs", 1)
    head = ",".join(HEADER) + "\nc0,30,1000,Bonn,yes,true\n"
    Path("rome.csv").write_text(head + "c1,30,1000,Rome,yes,true\n")
    Path("old.csv").write_text(head + "c1,5O,1000,Bonn,yes,true\n")
    answer = embudo(*words)
    assert answer.code == 2
    assert error in answer.err
    assert answer.err.count("\n") == 2
