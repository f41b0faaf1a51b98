"""Text tables as they come: delimiters, decimal marks and encodings, comments, headers and their absence."""

import io
import itertools
from functools import partial

import pytest

from symkan.data.delimited import read_delimited
from symkan.errors import TableError

ROWS = [(1.5, -20.25, 3.0), (0.1, 2.0, 1e-7), (7.0, 1e22, -0.5)]


def lines(delimiter=",", decimal=".", header="a,b,y"):
    rows = [delimiter.join(repr(cell).replace(".", decimal) for cell in row) for row in ROWS]
    return "\n".join(([header.replace(",", delimiter)] if header else []) + rows) + "\n"


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    cells = read_delimited(partial(io.BytesIO, data), source="f.csv")
    (frame,) = cells.frames((), cells.rows)
    return cells.headers, [tuple(row) for row in frame.to_numpy().tolist()], cells.notes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize(
    ("delimiter", "decimal"),
    [pair for pair in itertools.product([",", ";", "\t", "|", " ", "   "], ".,") if pair != (",", ",")],
)
def test_each_delimiter_decimal_and_encoding(delimiter, decimal, encoding):
    headers, rows, _ = read(lines(delimiter, decimal, header="ä,b,y").encode(encoding))
    assert headers == ("ä", "b", "y")
    assert rows == ROWS


@pytest.mark.parametrize(
    ("before", "headers"),
    [
        ("a,b,y\n", ("a", "b", "y")),
        ("\n \n# c\n% d\na,b,y\n", ("a", "b", "y")),
        ("# by numpy\n# a,b,y\n", ("a", "b", "y")),
        ("% a, b [K], y\n", ("a", "b [K]", "y")),
        ("#,b,y\n", ("#", "b", "y")),
        ("%,b,y\n", ("%", "b", "y")),
        ("%Fe,%Ni,y\n", ("%Fe", "%Ni", "y")),
        ("# made in 2020\n", ("col1", "col2", "col3")),
        ("", ("col1", "col2", "col3")),
        ('"a, b",b,"say ""y"""\n', ("a, b", "b", 'say "y"')),
        ('a,"b\n[K]",y\n', ("a", "b\n[K]", "y")),
        ("a\"b,b\\n,y'\n", ('a"b', "b\\n", "y'")),
        ("a,,\n", ("a", "", "")),
        ("b,y\n", ("", "b", "y")),
        ("1st,N,λ\n", ("1st", "N", "λ")),
        ("1,N,λ\n", ("1", "N", "λ")),
        ("sep=,\na,b,y\n", ("a", "b", "y")),
    ],
)
def test_headers(before, headers):
    found, rows, _ = read(before + lines(header=""))
    assert found == headers
    assert rows == ROWS


@pytest.mark.parametrize(
    ("header", "headers"),
    [
        ("a b y", ("a", "b", "y")),
        ("# a b y", ("a", "b", "y")),
        ("T [K]  v (m/s) y", ("T [K]", "v (m/s)", "y")),
        ("# T [K]  v (m/s) y", ("T [K]", "v (m/s)", "y")),
        ('"a b" c "d"', ("a b", "c", "d")),
    ],
)
def test_headers_over_columns_of_white_space(header, headers):
    found, rows, _ = read(header + "\n" + lines(" ", header=""))
    assert found == headers
    assert rows == ROWS


def test_a_delimiter_at_the_end_of_each_row():
    headers, rows, _ = read("a,b,y\n" + lines(header="").replace("\n", ",\n"))
    assert headers == ("a", "b", "y", "")
    assert [row[:3] for row in rows] == ROWS


def test_comments_and_blank_lines_between_rows_are_skipped_and_error_cells_are_not():
    _, rows, notes = read("y,a\n1,2\n# x\n\n  % x\n#N/A,3\n")
    assert [row[1] for row in rows] == [2, 3]
    assert notes == ("comment lines skipped: 2",)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (lines().encode("utf-16"), "read as UTF-16 text"),
        ("é,b\n1,2\n".encode("latin-1"), "read as Latin-1 text"),
        (lines(";"), "cells are parted by semicolons"),
        (lines(" ", ","), "cells are parted by white space and numbers have a decimal comma"),
        (lines(header=""), "there is no header: columns are called by position, 'col1', 'col2', 'col3'"),
        (lines(header="# a,b,y"), "the header was taken from the comment above the first row"),
    ],
)
def test_each_decision_is_a_note(text, note):
    assert read(text)[2] == (note,)


def test_the_usual_needs_no_note():
    assert read(lines())[2] == ()
    assert read("sep=,\n" + lines())[2] == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.csv: the file is empty; give a table"),
        (",,,,", "f.csv: the file is empty; give a table"),
        ('""\n,\n', "f.csv: the file is empty; give a table"),
        ("\n# only words\n\n", "f.csv: the file is empty; give a table"),
        (
            "a,b\n1,2\n\n1,2,3\n",
            "f.csv: line 4 has 3 cells and the header 2; put text with a delimiter in quotes",
        ),
        (
            "a,b\n1,2,3\n1,2\n1,2\n",
            "f.csv: the first row has more cells than the header; give each column a name",
        ),
        ('a,b\n1,2\n3,"4\n', "f.csv: a quotation mark is opened and never closed; close it, or delete it"),
        (
            "a\n1,2,3\n1,2,3\n",
            "f.csv: the header has 1 names and the rows have 3 cells; put names with spaces in",
        ),
        ("a b c d\n1 2\n3 4\n", "f.csv: the header has 4 names and the rows have 2 cells"),
        ('a,"' + "b" * 200_000, "f.csv: field larger than field limit .* look for a quotation mark"),
    ],
)
def test_errors(text, message):
    with pytest.raises(TableError, match=message):
        read(text)


def test_a_wide_table_has_its_header_beyond_the_first_64_kb():
    names = [f"a rather long name {i}" for i in range(5000)]
    headers, rows, _ = read(";".join(names) + "\n" + (";".join(["1,5"] * 5000) + "\n") * 3)
    assert list(headers) == names
    assert rows[0][-1] == 1.5


def test_text_that_comes_late_does_not_spoil_the_numbers_before():
    _, rows, _ = read("a,b\n" + "0.1,2\n" * 5000 + "x,2\n")
    assert rows[0][0] == "0.1"


def test_a_line_of_delimiters_above_the_first_row_gives_no_names():
    cells = read_delimited(partial(io.BytesIO, b",,\n1,2,3\n4,5,6\n"), source="f.csv")
    assert cells.headers == ("col1", "col2", "col3")
