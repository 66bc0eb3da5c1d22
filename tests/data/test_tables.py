"""csv, tsv, parquet and plain columns: values, missing cells, and messages that name the place."""

import gzip
import sys

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from embudo.data.readers import open_source
from embudo.errors import DataError, MissingExtraError

NAN = np.nan


@pytest.fixture
def opened(tmp_path):
    def write_and_open(content, name="t.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return open_source(path)

    return write_and_open


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("a,b\n1,2\n3,4\n", ("a", "b"), [[1, 2], [3, 4]]),
        ("a,b\r\n1,2\r\n", ("a", "b"), [[1, 2]]),
        ("a,b\r1,2\r3,4", ("a", "b"), [[1, 2], [3, 4]]),
        ("\ufeff a , b \n 1 , 2 \n", ("a", "b"), [[1, 2]]),
        ("\n\na,b\n\n1,2\n\n", ("a", "b"), [[1, 2]]),
        ('"a,\n",b\n"1",2\n', ("a,", "b"), [[1, 2]]),
        ("a,b\n,NA\nNaN, null\nn/a,1e-3\n", ("a", "b"), [[NAN, NAN], [NAN, NAN], [NAN, 0.001]]),
        ("a,b\ntrue,1\nFalse,0\n,1\n", ("a", "b"), [[1, 1], [0, 0], [NAN, 1]]),
        ("a;b\n1;2.5\n", ("a", "b"), [[1, 2.5]]),
        ("1,2\n3,4\n", None, [[1, 2], [3, 4]]),
        ("1,\n,4\n", None, [[1, NAN], [NAN, 4]]),
        ("0,1\n1,0\n", None, [[0, 1], [1, 0]]),
        ("0,1,2,3\n5,6,7,8\n", ("0", "1", "2", "3"), [[5, 6, 7, 8]]),
        ("x\n1\n2\n", ("x",), [[1], [2]]),
    ],
)
def test_csv(opened, text, columns, rows):
    source = opened(text)
    assert source.columns == columns
    assert (source.n_rows, source.n_features) == np.shape(rows)
    np.testing.assert_array_equal(source.read(), np.array(rows, float))
    assert source.read().dtype == np.float64


def test_names_that_a_frame_left_behind_are_told(opened):
    source = opened(",0,1,2,3\n0,5,6,7,8\n")
    assert source.columns == ("", "0", "1", "2", "3")
    assert "taken for names" in source.note
    assert "has no name" in source.note


def test_tsv_and_gzip(opened):
    np.testing.assert_array_equal(opened("a\tb\n1\t2\n", "t.tsv").read(), [[1, 2]])
    packed = gzip.compress(b"a,b\n1,2\n")
    np.testing.assert_array_equal(opened(packed, "t.csv.gz").read(), [[1, 2]])
    np.testing.assert_array_equal(opened(packed, "t.csv").read(), [[1, 2]])


def test_blocks_have_the_height_asked_for(opened):
    numbers = np.arange(3000).reshape(1000, 3)
    source = opened("a,b,c\n" + "\n".join(",".join(map(str, row)) for row in numbers))
    blocks = list(source.blocks(300))
    assert [len(block) for block in blocks] == [300, 300, 300, 100]
    np.testing.assert_array_equal(np.concatenate(blocks), numbers)


def test_a_type_may_change_far_below_the_first_block(opened):
    rows = 600_000
    source = opened("a,b\n" + "1,\n" * rows + "1.5,7\n")
    X = source.read()
    assert source.n_rows == rows + 1
    np.testing.assert_array_equal(X[-1], [1.5, 7])
    assert np.isnan(X[:-1, 1]).all()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("a,b\n", "no row below"),
        ("a,a\n1,2\n", "two columns named 'a', number 1 and 2"),
        ("a,city\n1,2\n3,Paris\n", r"column 'city' of .*t\.csv holds text \(row 1 is 'Paris'\)"),
        ("1,2\n3,x\n", r"column '1' of .*t\.csv holds text \(row 1 is 'x'\)"),
        ("a,day\n1,2020-01-01\n", r"column 'day' .* \(row 0 is '2020-01-01'\)"),
        ("a,b\n1,2\n\n3\n", "line 4 has 1 fields where the first line has 2"),
        ("a,b\n1,2,3\n", "line 2 has 3 fields where the first line has 2"),
        ("a,b\n1,1_0\n", "row 0 is '1_0'"),
        (b"a,b\n1,2\n1\0,2\n", r"row 1 is '1\\x00'"),
        (b"a,b\n1,2\n1,\xff\n", "line 3 is not UTF-8 text .byte 0xff."),
        ("a,b\n1,2\n".encode("utf-16"), "line 1 is not UTF-8 text"),
        ("a,b\n1,2\n".encode("utf-16-le"), "cannot be read|two columns|holds text|fields"),
        ('a,b\n1,"2\n', "t.csv"),
        ("a;b\n1,5;2\n", "row 0 is '1,5'"),
        ("a,b\ntrue,1\n0.5,2\n", r"column 'a' .*\(row 0 is 'true'\)"),
    ],
)
def test_csv_faults_name_the_place(opened, content, words):
    with pytest.raises(DataError, match=words):
        opened(content).read()


def test_a_text_far_below_the_first_block_is_found(opened):
    source = opened("a,b\n" + "1,2\n" * 1_100_000 + "1,oops\n")
    with pytest.raises(DataError, match=r"column 'b' .*row 1100000 is 'oops'"):
        source.read()


@pytest.mark.parametrize("cut", [3, 15, -20, -1])
def test_gzip_cut_short(opened, cut):
    text = "a,b\n" + "".join(f"{i},{i * i}\n" for i in range(5000))
    with pytest.raises(DataError, match=r"t\.csv\.gz"):
        opened(gzip.compress(text.encode())[:cut], "t.csv.gz").read()


@pytest.mark.parametrize(
    ("name", "text", "columns", "rows"),
    [
        ("t.txt", "1 2\n3   4\n", None, [[1, 2], [3, 4]]),
        ("t.data", "0,1\n1,nan\n", None, [[0, 1], [1, NAN]]),
        ("t.txt", "# made by hand\n\n1\t2\n", None, [[1, 2]]),
        ("t.txt", "a b\n1 2\n", ("a", "b"), [[1, 2]]),
        ("t.data", "7\n8\n", None, [[7], [8]]),
        ("t.data", "0 1 2 3\n4 5 6 7\n", ("0", "1", "2", "3"), [[4, 5, 6, 7]]),
    ],
)
def test_plain_columns(opened, name, text, columns, rows):
    source = opened(text, name)
    assert source.columns == columns
    assert source.n_rows == len(rows)
    np.testing.assert_array_equal(source.read(), np.array(rows, float))


def test_plain_columns_need_no_extra(opened, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    np.testing.assert_array_equal(opened(gzip.compress(b"1 2\n"), "t.txt.gz").read(), [[1, 2]])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("a b\n", "no row below"),
        ("1 2\n\n3\n", "line 3 has 1 fields where the first line has 2"),
        ("1 2\n3 x\n", r"column '1' .*\(row 1 is 'x'\)"),
        ("a,b\n3,\n", r"column 'b' .*\(row 0 is ''\)"),
        ("1 2\n3 1_0\n", "row 1 is '1_0'"),
        ("a b a\n1 2 3\n", "two columns named 'a'"),
        (b"1 2\n\xff 3\n", "line 2 is not UTF-8"),
    ],
)
def test_plain_column_faults_name_the_place(opened, content, words):
    with pytest.raises(DataError, match=words):
        opened(content, "t.txt").read()


def test_rows_are_counted_over_blocks_of_plain_columns(opened):
    source = opened("1 2\n" * 20 + "1 x\n", "t.txt")
    with pytest.raises(DataError, match="row 20 is 'x'"):
        list(source.blocks(8))


def write_parquet(path, **columns):
    pq.write_table(pa.table(columns), path, row_group_size=4)
    return open_source(path)


def test_parquet_values_and_missing_cells(tmp_path):
    source = write_parquet(
        tmp_path / "t.parquet",
        whole=pa.array([1, None, 3, 4, 5], pa.int64()),
        half=pa.array([0.5, 1.5, None, 3.5, 4.5]),
        flag=pa.array([True, False, None, True, True]),
        nothing=pa.nulls(5),
        kind=pa.array([1, 2, 1, None, 2]).dictionary_encode(),
    )
    expected = np.array(
        [
            [1, 0.5, 1, NAN, 1],
            [NAN, 1.5, 0, NAN, 2],
            [3, NAN, NAN, NAN, 1],
            [4, 3.5, 1, NAN, NAN],
            [5, 4.5, 1, NAN, 2],
        ]
    )
    assert source.columns == ("whole", "half", "flag", "nothing", "kind")
    assert source.n_rows == 5
    np.testing.assert_array_equal(source.read(), expected)
    np.testing.assert_array_equal(np.concatenate(list(source.blocks(3))), expected)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (pa.float32(), np.float32),
        (pa.int16(), np.float32),
        (pa.bool_(), np.float32),
        (pa.int32(), np.float64),
        (pa.float64(), np.float64),
        (pa.decimal128(5, 2), np.float64),
    ],
)
def test_parquet_takes_the_narrowest_exact_float(tmp_path, dtype, expected):
    source = write_parquet(tmp_path / "t.parquet", x=pa.array([1, 0], pa.int8()).cast(dtype))
    assert source.read().dtype == expected
    assert next(source.blocks()).dtype == expected
    np.testing.assert_array_equal(source.read(), [[1], [0]])


def test_a_saved_row_index_is_left_out(tmp_path):
    source = write_parquet(tmp_path / "t.parquet", x=[1.0], __index_level_0__=[7])
    assert source.columns == ("x",)
    assert "row index" in source.note


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pa.array([None, "Paris"]), r"column 'x' of .*t\.parquet holds text \(row 1 is 'Paris'\)"),
        (pa.array(["a", "b"]).dictionary_encode(), r"row 0 is 'a'"),
        (pa.array([[1.0], [2.0]]), "holds list"),
        (pa.array([1, 2]).cast(pa.timestamp("s")), "holds timestamp"),
        (pa.array([], pa.float64()), "has 0 rows"),
    ],
)
def test_parquet_faults_name_the_column(tmp_path, column, words):
    with pytest.raises(DataError, match=words):
        write_parquet(tmp_path / "t.parquet", x=column).read()


def test_parquet_with_one_name_twice(tmp_path):
    table = pa.table([pa.array([1.0]), pa.array([2.0])], names=["x", "x"])
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(DataError, match="two columns named 'x'"):
        open_source(tmp_path / "t.parquet")


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_parquet_cut_short(tmp_path, share):
    path = tmp_path / "t.parquet"
    write_parquet(path, x=list(range(100)))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DataError, match=r"t\.parquet cannot be read as a parquet table"):
        open_source(path)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_tables_without_pyarrow_say_what_to_install(tmp_path, monkeypatch, name):
    (tmp_path / name).write_text("a,b\n1,2\n")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'embudo\[data\]'"):
        open_source(tmp_path / name)
