import pytest

from symkan.data.dialect import is_missing, is_number, sniff, split_cells


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1.5,2\n3,4.25", (",", ".")),
        ("a,b\n1, 2\n3, 4", (",", ".")),
        ("a;b\n1.5;2\n3;4.25", (";", ".")),
        ("a;b\n1,5;2\n3;4,25", (";", ",")),
        ("a\tb\n1,5\t2,5\n3,1\t4,25", ("\t", ",")),
        ("a|b\n1.5|2\n3|4", ("|", ".")),
        ("a  b\n 1.5   2\n30  4", (" ", ".")),
        ("1,5 2,5\n3,5 4,5", (" ", ",")),
        ("1,2\n3,4", (",", ".")),
        ("name,y\nNew York,1\nLos Angeles,2", (",", ".")),
        ('"a;1","b;2"\n1,2\n3,4', (",", ".")),
        ("date,y\n2020-01-01 10:00:00,1.5\n2020-01-01 10:00:01,2.5", (",", ".")),
        ("a;b;c\n1,5;;3\n;2,5;", (";", ",")),
        ("a\n1\n2", (",", ".")),
    ],
)
def test_sniff(text, expected):
    assert sniff(text.split("\n")) == expected


@pytest.mark.parametrize("cell", ["1", "-1.5", "+.5", "1.", "1e5", "1E-5", " 2 ", "inf", "-Infinity", "−3"])
def test_numbers(cell):
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["", "1st", "1_000", "1,5", "nan", "0x1F", "e5", "1e", "-", "1 2", "."])
def test_no_numbers(cell):
    assert not is_number(cell)


@pytest.mark.parametrize(
    "cell", ["", " ", "NA", "nan", "NaN", "null", "-", "n/a", "N/A", "None", "?", "#DIV/0!"]
)
def test_missing(cell):
    assert is_missing(cell)


def test_quotes_hold_delimiters():
    assert split_cells(['"a, b" , c'], ",") == [["a, b", "c"]]
    assert split_cells(['  "a b"   c\td '], " ") == [["a b", "c", "d"]]
