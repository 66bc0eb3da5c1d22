"""embudo recommend and embudo demo ratings, from a table to lists."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from embudo.data.films import invented_films


def write_tables() -> None:
    """Write the invented films as ratings.csv and movies.csv."""
    ratings = invented_films(120)
    users, items = list(ratings.users), list(ratings.items)
    pl.DataFrame(
        {
            "userId": [users[code] for code in ratings.user],
            "movieId": [items[code] for code in ratings.item],
            "rating": ratings.value,
        }
    ).write_csv("ratings.csv")
    pl.DataFrame({"movieId": items, **ratings.catalogue.columns}).write_csv("movies.csv")


@pytest.fixture
def model(embudo) -> str:
    write_tables()
    answer = embudo("recommend", "train", "ratings.csv", "-o", "m.embudo", "--json")
    assert answer.code == 0
    told = json.loads(answer.out)
    assert (told["model"], told["n_users"], told["n_items"]) == ("hybrid", 120, 240)
    assert "columns were taken by their names" in told["notes"][0]
    assert "movies.csv, which lies beside the ratings" in told["notes"][1]
    return "m.embudo"


def test_users_histories_and_reasons(embudo, model) -> None:
    loved = invented_films(120)
    answer = embudo("recommend", "user", 1, "-m", model, "-n", 4, "--json")
    rows = json.loads(answer.out)["rows"]
    assert len(rows) == 4
    title = loved.titles[5]
    told = json.loads(
        embudo("recommend", "history", title, f"{loved.titles[9]}=4", "-m", model, "--json").out
    )
    assert [entry["rating"] for entry in told["history"]] == [5, 4]
    assert title not in {row["title"] for row in told["rows"]}
    table = embudo("recommend", "similar", title.upper(), "-m", model, "-n", 3)
    assert table.code == 0
    assert "similarity" in table.out
    shares = json.loads(
        embudo("recommend", "explain", 1, rows[0]["title"], "-m", model, "--json").out
    )["rows"]
    assert {"title", "rating", "share"} <= set(shares[0])


def test_a_title_without_year_and_article_is_found_and_said(embudo, model) -> None:
    title = invented_films(120).titles[0]
    words = re.sub(r"^The | \(\d+\)$", "", title).lower()
    told = json.loads(embudo("recommend", "similar", words, "-m", model, "--json").out)
    assert told["about"] == title
    assert told["notes"] == [f"{words!r} was taken for {title!r}"]


def test_a_title_that_may_be_several_is_refused_with_names(embudo, model) -> None:
    answer = embudo("recommend", "history", "island", "-m", model)
    assert answer.code == 2
    assert "'island' could be several or none of the titles: The " in answer.err
    answer = embudo("recommend", "history", "zzzz", "-m", model)
    assert "no item or title like 'zzzz'" in answer.err


def test_unknown_users_are_told_what_is_popular_unless_strict(embudo, model) -> None:
    rows = json.loads(embudo("recommend", "user", "nobody", "-m", model, "--json").out)["rows"]
    assert {row["source"] for row in rows} == {"popular"}
    answer = embudo("recommend", "user", "nobody", "-m", model, "--strict")
    assert answer.code == 2
    assert "no user 'nobody'" in answer.err


def test_only_and_exclude(embudo, model) -> None:
    words = ("recommend", "user", 1, "-m", model, "--only", "genre=Comedy", "-n", 3, "--json")
    best = [row["title"] for row in json.loads(embudo(*words).out)["rows"]]
    rest = [row["title"] for row in json.loads(embudo(*words, "--exclude", best[0]).out)["rows"]]
    assert best[1:] == rest[:2]
    answer = embudo("recommend", "user", 1, "-m", model, "--only", "Comedy")
    assert "--only 'Comedy' is no pair: write it as NAME=VALUE" in answer.err


@pytest.mark.parametrize("name", ["lists.csv", "lists.parquet"])
def test_lists_of_all_users_go_to_a_file(embudo, model, name) -> None:
    answer = embudo("recommend", "batch", "-m", model, "--all", "-n", 3, "-o", name)
    assert "360 recommendations for 120 users" in answer.out
    frame = pl.read_csv(name) if name.endswith("csv") else pl.read_parquet(name)
    assert frame.columns == ["user", "item", "title", "rank", "score", "source"]
    assert frame["rank"].to_list()[:4] == [1, 2, 3, 1]
    Path("users.txt").write_text("7\nnobody\n")
    answer = embudo("recommend", "batch", "-m", model, "--users", "users.txt", "-n", 2, "-o", name)
    assert "for 2 users (1 unknown: what is popular)" in answer.out
    assert embudo("recommend", "batch", "-m", model, "-o", name).code == 2


def test_groups_of_a_table_of_users(embudo) -> None:
    write_tables()
    Path("users.csv").write_text("userId,age,city\n1,30,Oslo\n2,50,Lima\n3,31,Oslo\n999,30,Oslo\n")
    words = ("recommend", "train", "ratings.csv", "-o", "m.embudo", "--model", "ease")
    assert embudo(*words, "--people", "users.csv").code == 0
    batch = ("recommend", "batch", "-m", "m.embudo", "-n", 2, "-o", "lists.csv")
    assert embudo(*batch, "--who", "city=Oslo", "--who", "age=20:40").code == 0
    assert pl.read_csv("lists.csv")["user"].to_list() == [1, 1, 3, 3]
    answer = embudo(*batch, "--who", "city=Rome")
    assert answer.code == 2
    assert "no user has city 'Rome'" in answer.err
    embudo(*words)
    assert "give a table of them" in embudo(*batch, "--who", "city=Oslo").err


def test_titles_cannot_become_formulas(embudo) -> None:
    write_tables()
    movies = pl.read_csv("movies.csv").with_columns(title=pl.lit("=1+1 ") + pl.col("title"))
    movies.write_csv("movies.csv")
    embudo("recommend", "train", "ratings.csv", "-o", "m.embudo", "--model", "ease")
    embudo("recommend", "batch", "-m", "m.embudo", "--all", "-o", "lists.csv", "-n", 1)
    assert not re.search(r",=|^=", Path("lists.csv").read_text(), re.M)


def test_models_are_measured_and_a_page_is_written(embudo) -> None:
    write_tables()
    words = ("ratings.csv", "--models", "ease,content", "--positive", 4, "-o", "r.html")
    answer = embudo("recommend", "evaluate", *words)
    assert answer.code == 0
    assert "popularity" in answer.out
    assert "wrote r.html" in answer.out
    page = Path("r.html").read_text()
    assert page.count("<section>") == 3
    assert "What else do users like" in page
    told = json.loads(embudo("recommend", "evaluate", *words, "--json").out)
    best = told["evaluation"]["standings"][0]
    assert best["model"] == "ease"
    assert best["measures"]["ndcg"] > 0.3
    for mistake, message in (
        (("--protocol", "odd"), "no protocol 'odd'"),
        (("--positive", "much"), "'much' is neither a rating nor auto"),
        (("--models", "eas"), "no recommender 'eas'"),
        (("-o", "r.txt"), "give it the ending .html"),
    ):
        answer = embudo("recommend", "evaluate", "ratings.csv", *mistake)
        assert answer.code == 2
        assert message in answer.err


def test_parameters_by_name(embudo) -> None:
    write_tables()
    words = ("recommend", "train", "ratings.csv", "-o", "m.embudo", "--model", "dae")
    answer = embudo(*words, "--set", "epochs=2", "--set", "n_components=8", "--json")
    told = json.loads(answer.out)
    assert (told["parameters"]["epochs"], told["epochs"]) == (2, 2)
    assert not Path("m.embudo.checkpoint").exists()
    assert "no parameter 'epoch': did you mean epochs?" in embudo(*words, "--set", "epoch=2").err
    assert "epochs" in embudo(*words, "--set", "epochs=none").err


def test_files_of_the_other_kind_are_refused_kindly(embudo, model, trained) -> None:
    answer = embudo("transform", model, "digits", "-o", "codes.csv")
    assert answer.code == 2
    assert "HybridRecommender, which has no transform" in answer.err
    answer = embudo("recommend", "user", 1, "-m", trained)
    assert answer.code == 2
    assert "RBM, which has no recommend: it takes transform" in answer.err
    answer = embudo("inspect", model)
    assert answer.code == 0
    assert "HybridRecommender" in answer.out


def test_the_demo_invents_films_and_says_so(embudo) -> None:
    answer = embudo("demo", "ratings", "-o", "there")
    assert answer.code == 0
    assert "invented films and people of known tastes" in answer.out
    assert Path("there/films.embudo").exists()
    assert Path("there/recommenders.html").exists()
    write_tables()
    told = json.loads(embudo("demo", "ratings", "--data", ".", "-o", "here", "--json").out)
    assert told["origin"].startswith(".: ")
    assert embudo("demo", "music").code == 2
