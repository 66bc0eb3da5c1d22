"""Ratings from files of every usual kind: what was guessed is said, and what is wrong is named."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from embudo.data.rating_files import RatingFile, read_ratings
from embudo.errors import DataError

ROWS = [("u2", 10, 4.5, 300), ("u1", 20, 1.0, 100), ("u2", 20, 2.0, 200), ("u3", 10, 5.0, 400)]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(name: str, text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return written


def read(path: Path, **how):
    return read_ratings(RatingFile(path=path, **how))


def pairs(ratings) -> dict:
    users, items = list(ratings.users), list(ratings.items)
    rows = zip(ratings.user, ratings.item, ratings.value.tolist(), strict=True)
    return {(users[u], items[i]): value for u, i, value in rows}


EXPECTED = {(user, item): value for user, item, value, _ in ROWS}


def text(mark: str, heads: str, rows=ROWS) -> str:
    return "\n".join([*([heads] if heads else []), *(mark.join(map(str, row)) for row in rows)])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", text(",", "userId,movieId,rating,timestamp")),
        ("r.csv", text(";", "Customer ID;Product;Stars;Date")),
        ("r.tsv", text("\t", "user_id\titem_id\trating\ttimestamp")),
        ("r.inter", text("\t", "user_id:token\titem_id:token\trating:float\ttimestamp:float")),
        ("r.csv", "\ufeff" + text(",", "user,item,rating,time") + "\n"),
    ],
)
def test_columns_are_found_by_their_names(write, name, content) -> None:
    ratings, notes = read(write(name, content))
    assert pairs(ratings) == EXPECTED
    assert ratings.scale == (1.0, 2.0, 4.5, 5.0)
    assert sorted(ratings.time) == [100, 200, 300, 400]
    assert "columns were taken by their names (user: " in notes[0]


def test_columns_are_named(write) -> None:
    path = write("r.csv", text(",", "who,what,how,when"))
    ratings, notes = read(path, user="who", item="what", rating="how", time="when")
    assert pairs(ratings) == EXPECTED
    assert notes == ()
    with pytest.raises(DataError, match="no column that is called like a user: name one of who, w"):
        read(path)
    with pytest.raises(DataError, match="no column 'wha' for --item: choose from who, what, how"):
        read(path, user="who", item="wha")


NUMBERS = [(int(user[1:]), item, value, time) for user, item, value, time in ROWS]


@pytest.mark.parametrize(
    ("name", "mark"), [("u.data", "\t"), ("ratings.dat", "::"), ("ratings.csv", ",")]
)
def test_files_without_names_are_known_by_their_form(write, name, mark) -> None:
    ratings, _ = read(write(name, text(mark, "", NUMBERS)))
    assert pairs(ratings) == {(user, item): value for user, item, value, _ in NUMBERS}


def test_double_colons_are_found_wherever_a_block_ends(write, monkeypatch) -> None:
    rows = [(user, item, 1 + (user + item) % 5, 9) for user in range(200) for item in range(50)]
    path = write("ratings.dat", text("::", "", rows))
    monkeypatch.setattr("embudo.data.rating_files._BLOCK", 1000)
    ratings, _ = read(path)
    assert pairs(ratings) == {(user, item): value for user, item, value, _ in rows}


def test_items_of_movielens_beside_the_ratings(write) -> None:
    write("movies.dat", "10::Amélie, or so (2001)::Comedy|Romance\n20::Heat::Crime\n", "latin-1")
    ratings, notes = read(write("ratings.dat", text("::", "", NUMBERS)))
    assert ratings.titles == ["Amélie, or so (2001)", "Heat"]
    assert ratings.catalogue.words[0] == {"Comedy", "Romance"}
    assert "which lies beside the ratings" in notes[1]


def test_items_of_movielens_100k_have_flags_of_genres(write) -> None:
    flags = "|".join("1" if place in (5, 16) else "0" for place in range(19))
    items = write("u.item", f"10|Fargo (1996)|14-Feb-1997||http://x|{flags}\n", "latin-1")
    ratings, _ = read(write("r.csv", text(",", "user,item,rating,time")), items=items)
    assert ratings.catalogue.words[0] == {"Comedy", "Thriller"}


def test_parquet_and_gzip(tmp_path) -> None:
    frame = pl.DataFrame(ROWS, schema=["user", "item", "rating", "time"], orient="row")
    frame.with_columns(pl.lit("much else").alias("review")).write_parquet(tmp_path / "r.parquet")
    assert pairs(read(tmp_path / "r.parquet")[0]) == EXPECTED
    packed = tmp_path / "r.csv.gz"
    packed.write_bytes(gzip.compress(text(",", "user,item,rating,time").encode()))
    assert pairs(read(packed)[0]) == EXPECTED


def test_batches_make_no_difference(tmp_path, monkeypatch) -> None:
    rng = np.random.default_rng(0)
    keys = rng.permutation(300 * 40)[:3000]
    frame = pl.DataFrame(
        {"user": [f"u{k // 40}" for k in keys], "item": keys % 40, "rating": 1 + keys % 5}
    )
    frame.write_parquet(tmp_path / "r.parquet", row_group_size=500)
    whole = read(tmp_path / "r.parquet")[0]
    monkeypatch.setattr("embudo.data.rating_files._ROWS", 7)
    parts = read(tmp_path / "r.parquet")[0]
    assert pairs(parts) == pairs(whole) == {
        (f"u{k // 40}", int(k % 40)): float(1 + k % 5) for k in keys.tolist()
    }  # fmt: skip
    assert list(parts.users) == sorted(set(frame["user"]))


def test_ids_are_whole_numbers_only_if_all_of_them_are(write) -> None:
    ratings, _ = read(write("r.csv", "user,item,rating\n1,a,3\n2,b,4\n"))
    assert (list(ratings.users), list(ratings.items)) == ([1, 2], ["a", "b"])
    ratings, _ = read(write("r.csv", "user,item,rating\n007,1,3\n2,x,4\n"))
    assert (list(ratings.users), list(ratings.items)) == (["007", "2"], ["1", "x"])


def test_no_ratings_mean_likes_that_count_once(write) -> None:
    ratings, notes = read(write("plays.csv", "user,item\n1,a\n1,b\n1,a\n2,a\n"))
    assert ratings.is_implicit
    assert pairs(ratings) == {(1, "a"): 1, (1, "b"): 1, (2, "a"): 1}
    assert "each line says that an item is liked" in notes[0]
    assert notes[1] == "1 pairs that came again count once"
    liked, _ = read(write("r.csv", text(",", "user,item,rating,time")), implicit=True)
    assert liked.is_implicit
    assert len(liked) == 4


def test_dates_become_seconds(write) -> None:
    ratings, _ = read(write("r.csv", "user,item,rating,date\n1,a,3,2020-01-02\n2,a,4,2020-01-01\n"))
    assert ratings.time[0] - ratings.time[1] == 24 * 3600


def test_a_pair_that_comes_again(write) -> None:
    path = write("r.csv", "user,item,rating,time\n1,a,3,9\n1,b,3,9\n1,a,5,7\n")
    with pytest.raises(DataError, match=r"user 1 rated item 'a' twice \(lines 2, 4; 1 such pairs"):
        read(path)
    ratings, _ = read(path, duplicates="last")
    assert pairs(ratings) == {(1, "a"): 3, (1, "b"): 3}  # the later one, not the lower one


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("user,item,rating\n1,a,3\n2,,4\n", "nothing in column 'item', line 3"),
        ("user,item,rating\n1,a,3\n2,b,NaN\n", "nothing in column 'rating', line 3"),
        ("user,item,rating\n1,a,3\n2,b,inf\n", "no finite number in column 'rating', line 3"),
        ("user,item,rating\n1,a,good\n", "no numbers in column 'rating', but 'good'"),
        ("user,item,rating\n", "no row below them"),
        ("", "is empty"),
        ("user,item,rating\n1,a\n", "cannot be read as a table of ratings"),
        ("1,2,3,4,5\n", "5 columns without names"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(write, content, message) -> None:
    with pytest.raises(DataError, match=message):
        read(write("r.csv", content))


def test_a_rating_off_the_scale_is_named(write) -> None:
    path = write("r.csv", text(",", "user,item,rating,time"))
    with pytest.raises(DataError, match="4.5 in line 2, which is not on the scale 1, 2, 3, 4, 5"):
        read(path, scale=[1, 2, 3, 4, 5])
