import csv
import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symkan.data import tables
from symkan.data.cells import read_columns
from symkan.data.headers import read_label
from symkan.data.tables import dataset_of, read_table
from symkan.errors import ColumnError, OptionError, RowsError, SymkanError, TableError
from symkan.options import TableOptions

A = [0.5, 1.25, -3.0, 4.0, 5.5, 6.0, 7.0, 8.0, 9.5, 10.0]
Y = [a * a for a in A]


@pytest.fixture(autouse=True, params=[1, 10, 1_000_000])
def chunk(monkeypatch, request):
    """Everything holds however many cells are read at a time."""
    monkeypatch.setattr(tables, "read_columns", lambda *args, **_: read_columns(*args, chunk=request.param))


@pytest.fixture
def write(tmp_path):
    """Writes columns as CSV, and gives the path."""

    def write(columns):
        path = tmp_path / "t.csv"
        pd.DataFrame(columns).to_csv(path, index=False)
        return path

    return write


def test_a_plain_table(write):
    path = write({"b": A[::-1], "y [m]": Y, "a (s)": A})
    data = read_table(path, target="y")
    assert [(c.header, c.name, c.unit, c.symbol) for c in data.features] == [
        ("b", "b", None, "x1"),
        ("a (s)", "a", "s", "x2"),
    ]
    assert (data.target.header, data.target.name, data.target.unit, data.target.symbol) == (
        "y [m]",
        "y",
        "m",
        "y",
    )
    np.testing.assert_array_equal(data.x, np.column_stack([A[::-1], A]))
    np.testing.assert_array_equal(data.y, Y)
    assert data.notes == (
        "units read from the header: y in m, a in s",
        "dimensions are not checked: no unit is known of 'b' (1 is that of a pure number)",
    )
    assert data.source == str(path)
    assert data.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_features_restrict_and_stand_in_the_order_of_the_file(write):
    path = write({"c": A, "b [K]": A[::-1], "a": A, "y": Y})
    data = read_table(path, target="y", features=["a", "b"])
    assert [column.name for column in data.features] == ["b", "a"]
    assert [c.name for c in read_table(path, target="y", features="a").features] == ["a"]


NUMBERS = list(range(1, 11))


@pytest.mark.parametrize(
    ("columns", "features", "note"),
    [
        (
            {"place": list("abcdefghij")},
            ["a"],
            "column 'place' was left out: it holds text or dates, such as 'a'",
        ),
        (
            {"day": ["2020-01-01"] * 10},
            ["a"],
            "column 'day' was left out: it holds text or dates, such as '2020-01-01'",
        ),
        ({"index": NUMBERS}, ["a"], "column 'index' was left out: it counts the rows"),
        (
            {"Unnamed: 0": [n - 1 for n in NUMBERS]},
            ["a"],
            "column 'Unnamed: 0' was left out: it counts the rows",
        ),
        ({"row": [n + 40 for n in NUMBERS]}, ["a"], "column 'row' was left out: it counts the rows"),
        ({"": NUMBERS}, ["a"], "column 'col1' was left out: it counts the rows"),
        (
            {"few": [1.0, 3.0, 2.0] + [None] * 7},
            ["a"],
            "column 'few' was left out: it is mostly empty, 7 of 10 cells are missing",
        ),
        ({"c": [7] * 10}, ["a"], "column 'c' was left out: it is constant in the usable rows"),
        ({"c": [7] * 9 + [None]}, ["a"], "column 'c' was left out: it is constant in the usable rows"),
        ({"on": [True, False] * 5}, ["on", "a"], "column 'on': true and false are read as 1 and 0"),
        ({"copy": Y}, ["copy", "a"], "column 'copy' equals the target"),
        ({"": A[::-1]}, ["col1", "a"], "columns without a header are called 'col1'"),
        (
            {"g": [1, None, 3, 1, 3, 5, 7, 2, 1, 9]},
            ["g", "a"],
            "1 of 10 rows were left out because of 'g' (1 missing)",
        ),
        (
            {"g": [1, np.inf, 3, 1, 3, 5, 7, 2, 1, 9]},
            ["g", "a"],
            "1 of 10 rows were left out because of 'g' (1 infinite)",
        ),
        (
            {"g": ["1", "bad", "3", "4", "3", "5", "7", "2", "1", "NA"]},
            ["g", "a"],
            "2 of 10 rows were left out because of 'g' (1 missing, 1 text such as 'bad')",
        ),
    ],
)
def test_each_decision_is_a_note(write, columns, features, note):
    data = read_table(write({**columns, "a": A, "y": Y}), target="y")
    assert [column.name for column in data.features] == features
    assert note in data.notes


@pytest.mark.parametrize(
    "columns", [{"x": NUMBERS}, {"index": [2 * n for n in NUMBERS]}, {"id": NUMBERS[::-1]}]
)
def test_columns_that_only_look_like_counting_stay(write, columns):
    data = read_table(write({**columns, "a": A, "y": Y}), target="y")
    assert [column.name for column in data.features] == [*columns, "a"]


def test_what_is_asked_for_may_count_rows_and_have_gaps(write):
    path = write({"index": NUMBERS, "few": [1.0, 3.0, 2.0] + [None] * 7, "y": Y})
    assert [c.name for c in read_table(path, target="y", features=["index"]).features] == ["index"]
    data = read_table(path, target="y", features=["few"], options=TableOptions(rows=3))
    assert data.rows == 3


def test_a_column_is_constant_once_rows_are_dropped(write):
    data = read_table(write({"c": [7] * 9 + [8], "a": [*A[:9], None], "y": Y}), target="y")
    assert [column.name for column in data.features] == ["a"]
    assert data.notes[0] == "column 'c' was left out: it is constant in the usable rows"


@pytest.mark.parametrize(
    "cell", ["", "NA", "nan", "NaN", "null", "-", "n/a", "None", " ", "inf", "-Infinity", "1e999"]
)
def test_cells_that_are_missing_or_infinite_drop_their_row(write, cell):
    data = read_table(write({"a": [str(a) for a in A[:-1]] + [cell], "y": Y}), target="y")
    assert data.rows == 9
    assert data.x[:, 0].tolist() == A[:-1]


def test_a_file_without_header(tmp_path):
    np.savetxt(tmp_path / "t.dat", np.column_stack([A, Y]))
    data = read_table(tmp_path / "t.dat", target="col2")
    assert data.features[0].name == "col1"
    assert any("there is no header" in note for note in data.notes)
    with pytest.raises(ColumnError, match="columns are called by position: 'col1', 'col2'"):
        read_table(tmp_path / "t.dat", target="y")


@pytest.mark.parametrize(
    ("columns", "wish", "error", "message"),
    [
        ({"a": A, "Y": Y}, {}, ColumnError, r"there is no column 'y'; did you mean 'Y'\?"),
        (
            {"a": A, "y": Y},
            {"features": ["b"]},
            ColumnError,
            "there is no column 'b'; the columns are 'a', 'y'",
        ),
        (
            {"a": A, "y": Y},
            {"features": ["a", "y"]},
            ColumnError,
            "'y' is the target and a feature; take it out",
        ),
        (
            {"a": A, "y": list("abcdefghij")},
            {},
            ColumnError,
            "the target 'y' holds text or dates, such as 'a'; choose",
        ),
        (
            {"a": A, "y": [3.0] * 10},
            {},
            ColumnError,
            "the target 'y' is 3 in all usable rows; choose a column that",
        ),
        ({"a": A[:7], "y": Y[:7]}, {}, RowsError, "7 rows can be used and 8 are needed; give more rows"),
        ({"a": [], "y": []}, {}, RowsError, "0 rows can be used and 8 are needed; give more rows"),
        (
            {"a": [*A[:7], None, None, np.inf], "y": Y},
            {},
            RowsError,
            r"7 rows can be used and 8 are needed; 3 of 10 rows were left out because of 'a' \(2 missing",
        ),
        ({"a": A, "y": [None] * 10}, {}, RowsError, r"0 rows can be used .* 'y' \(10 missing\)"),
        (
            {"y": Y},
            {},
            ColumnError,
            r"no column is left as feature \(the table has no other column\); give a column of",
        ),
        (
            {"c": [1] * 10, "y": Y},
            {},
            ColumnError,
            r"no column is left as feature \(column 'c' was left out: it is const",
        ),
        ({"y": Y, "a": A}, {"features": []}, ColumnError, "no column is left as feature"),
        (
            {"t": list("abcdefghij"), "a": A, "y": Y},
            {"features": ["t"]},
            ColumnError,
            "column 't' holds text or dates, such as 'a'; name other features",
        ),
    ],
)
def test_errors_name_file_column_and_remedy(write, columns, wish, error, message):
    path = write(columns)
    with pytest.raises(error, match=message) as caught:
        read_table(path, target="y", **wish)
    assert str(caught.value).startswith(f"{path}: ")
    assert isinstance(caught.value, SymkanError)


def test_a_doubled_column(tmp_path):
    (tmp_path / "t.csv").write_text("a,a,y\n" + "1,2,3\n" * 10)
    with pytest.raises(ColumnError, match="2 columns are called 'a'"):
        read_table(tmp_path / "t.csv", target="y")


def test_excel_and_parquet(tmp_path):
    frame = pd.DataFrame({"when": pd.date_range("2020", periods=10), "on": [True, False] * 5, "a": A, "y": Y})
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_excel(tmp_path / "t.xlsx", index=False)
    for name in ("t.parquet", "t.xlsx"):
        data = read_table(tmp_path / name, target="y")
        assert [column.name for column in data.features] == ["on", "a"]
        np.testing.assert_array_equal(data.x, np.column_stack([frame["on"], A]))
        assert "column 'when' was left out: it holds text or dates" in data.notes[0]


ODD = [
    "spaces in it",
    "%",
    "100%",
    "λ",
    "温度",
    "lambda",
    "N",
    "I",
    "E",
    "S",
    "beta",
    "1st",
    'a"b',
    "a\\b",
    "x'",
    "a,b",
]
ODD += [
    "a;b",
    "None",
    "nan",
    "=1+1",
    "@x",
    "-x",
    "+x",
    "__class__",
    "a\tb",
    "line\nbreak",
    "f(x)",
    "x1",
    "{}",
    "$x$",
]


@pytest.mark.parametrize("name", ODD)
def test_any_name_works(write, name):
    data = read_table(write({"first": A, name: A[::-1], "y": Y}), target="y")
    assert data.features[1].header == name
    data = read_table(write({"a": A, name: Y}), target=name)
    assert data.target.header == name


names = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=8)
floats = st.floats(-1e40, 1e40).filter(lambda z: z == 0 or abs(z) > 1e-40)


@given(
    st.lists(names | st.sampled_from(ODD), min_size=2, max_size=4, unique=True),
    st.lists(st.tuples(floats, floats, floats, floats), min_size=8, max_size=12),
    st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ",")]),
)
def test_what_is_written_is_read_again(tmp_path_factory, headers, rows, dialect):
    delimiter, decimal = dialect
    path = tmp_path_factory.getbasetemp() / "round.csv"
    headers = ["first", *(name for name in headers if name.strip() == name and read_label(name).name == name)]
    headers = [*(name for name in headers if name not in ("first", "target")), "first", "target"]
    headers.sort(key=lambda name: name != "first")
    width = len(headers)
    values = np.array([[row[i % 4] + 0.0 for i in range(width)] for row in rows])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(headers)
        writer.writerows([repr(cell).replace(".", decimal) for cell in row] for row in values.tolist())
    varying = [i for i in range(width - 1) if np.ptp(values[:, i] / 4) > 0]
    if not varying or np.ptp(values[:, -1] / 4) == 0:
        with pytest.raises(ColumnError):
            read_table(path, target="target")
        return
    data = read_table(path, target="target")
    assert [column.header for column in data.features] == [headers[i] for i in varying]
    np.testing.assert_array_equal(data.x, values[:, varying])
    np.testing.assert_array_equal(data.y, values[:, -1])


def test_arrays():
    x = np.column_stack([A, A[::-1], [2.0] * 10])
    x[3, 0] = np.nan
    data = dataset_of(x, Y, names=["T [K]", "b", "c"], target="E (J)")
    assert [(c.header, c.name, c.unit, c.symbol) for c in data.features] == [
        ("T [K]", "T", "K", "x1"),
        ("b", "b", None, "x2"),
    ]
    assert (data.target.name, data.target.unit) == ("E", "J")
    assert data.rows == 9
    assert data.source == "memory"
    assert data.notes == (
        "column 'c' was left out: it is constant in the usable rows",
        "1 of 10 rows were left out because of 'T' (1 missing)",
        "dimensions are not checked: no unit is known of 'b' (1 is that of a pure number)",
    )


def test_arrays_with_units_and_without_names():
    x = np.column_stack([A, A[::-1]])
    assert [c.name for c in dataset_of(x, Y).features] == ["x1", "x2"]
    data = dataset_of(x, Y, names=["f (m)", "b"], units=["K", None])
    assert [(c.name, c.unit) for c in data.features] == [("f (m)", "K"), ("b", None)]
    assert dataset_of(x, Y, units=["K", None, "J"], target="E").target.unit == "J"


def test_arrays_with_units_by_name():
    x = np.column_stack([A, A[::-1]])
    data = dataset_of(x, Y, names=["T [K]", "b"], units={"b": "m/s", "E": "J"}, target="E")
    assert [(c.name, c.unit) for c in (*data.features, data.target)] == [("T", "K"), ("b", "m/s"), ("E", "J")]
    assert data.notes == ()


@pytest.mark.parametrize(
    ("units", "error", "message"),
    [
        ({"v": "m"}, ColumnError, "memory: there is no column 'v'; the columns are 'a', 'b', 'y'"),
        (
            {"a": "foo"},
            OptionError,
            "memory: units: column 'a': the unit 'foo' cannot be read, 'foo' is no known",
        ),
        (["m", "bar foo"], OptionError, "memory: units: column 'b': the unit 'bar foo' cannot be read"),
        ("ms", OptionError, "memory: units is the text 'ms'; give a list"),
        (["m"] * 4, TableError, "memory: 4 units for 2 features"),
    ],
)
def test_wrong_units_of_arrays(units, error, message):
    with pytest.raises(error, match=message):
        dataset_of(np.column_stack([A, A[::-1]]), Y, names=["a", "b"], units=units)


def test_units_given_come_before_those_of_the_header(write):
    path = write({"b [foo]": A[::-1], "y [m]": Y, "a": A})
    data = read_table(path, target="y", units={"b": "kg", "a": "s"})
    assert [(c.header, c.unit) for c in data.features] == [("b [foo]", "kg"), ("a", "s")]
    assert data.target.unit == "m"
    assert data.notes == ("units read from the header: y in m", "units given: b in kg, a in s")
    with pytest.raises(OptionError, match=r"t\.csv: units: column 'b': the unit 'meters per' cannot be read"):
        read_table(path, target="y", units={"b": "meters per"})
    with pytest.raises(ColumnError, match="no column 'c'"):
        read_table(path, target="y", units={"c": "m"})


def test_a_wrong_unit_in_a_header_is_a_note(write):
    data = read_table(write({"b [foo]": A, "y [m]": Y}), target="y")
    assert data.notes[-1].startswith(
        "dimensions are not checked: column 'b': the unit 'foo' cannot be read, 'foo' is no known unit"
    )


def test_the_hash_of_arrays_is_that_of_their_values():
    x = np.column_stack([A, A[::-1]])
    assert dataset_of(x, Y).sha256 == dataset_of(np.asfortranarray(x), np.array(Y)).sha256
    assert dataset_of(x, Y).sha256 != dataset_of(x + 1, Y).sha256


@pytest.mark.parametrize(
    ("x", "y", "wish", "message"),
    [
        (A, Y, {}, r"memory: x has shape \[10\]; give an array \[rows, features\]"),
        ([[a] for a in A], [[y] for y in Y], {}, r"memory: y has shape \[10, 1\]; give an array \[rows\]"),
        (
            [[a] for a in A],
            Y[:-1],
            {},
            "memory: x has 10 rows and y has 9; give one target value for each row",
        ),
        ([["a"]] * 10, Y, {}, "memory: x holds something else than real numbers"),
        ([[1j]] * 10, Y, {}, "memory: x holds something else than real numbers"),
        ([[1], [1, 2]], Y, {}, "memory: x holds something else than real numbers"),
        (
            [[a] for a in A],
            Y,
            {"names": ["a", "b"]},
            "memory: 2 names for 1 features; give one for each column of x",
        ),
        ([[a] for a in A], Y, {"units": []}, "memory: 0 units for 1 features; give one for each column of x"),
        ([[a] for a in A], Y, {"names": ["y"]}, "memory: 2 columns are called 'y'"),
        ([[a] for a in A[:5]], Y[:5], {}, "memory: 5 rows can be used and 8 are needed"),
    ],
)
def test_errors_of_arrays(x, y, wish, message):
    with pytest.raises(TableError, match=message):
        dataset_of(x, y, **wish)


@pytest.mark.parametrize(
    ("mark", "count", "said"),
    [(-9999.0, 5, True), (999.0, 2, True), (-99.9, 3, True), (-9999.0, 1, False), (-8888.0, 5, False)],
)
def test_numbers_that_may_stand_for_missing_values_are_named(tmp_path, mark, count, said):
    x = np.random.default_rng(0).uniform(1, 2, 60)
    y = 3 * x
    x[:count] = mark
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "".join(f"{a!r},{b!r}\n" for a, b in zip(x.tolist(), y.tolist(), strict=True)))
    notes = [
        note
        for note in read_table(path, target="y").notes
        if "may stand" in note or "stands for a missing" in note
    ]
    assert (
        notes
        == [
            f"column 'x': {mark:g} occurs {count} times, far from all other values; if it stands for a missing value, "
            "empty these cells"
        ]
        * said
    )
