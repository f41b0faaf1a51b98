import pytest

from symkan.data.headers import find_column, is_index_name, label_columns, listed, read_label
from symkan.errors import ColumnError


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("T [K]", "T", "K"),
        ("T[K]", "T", "K"),
        ("v (m/s)", "v", "m/s"),
        ("v(m/s)", "v", "m/s"),
        ("t(s)", "t", "s"),
        ("F(N)", "F", "N"),
        ("f(Hz)", "f", "Hz"),
        ("m (t)", "m", "t"),
        ("a (m s^-2)", "a", "m s^-2"),
        ("a (m·s⁻²)", "a", "m·s⁻²"),
        ("a (m/s**2)", "a", "m/s**2"),
        ("k (W/(m K))", "k", "W/(m K)"),
        ("k (1/s)", "k", "1/s"),
        ("λ (µm)", "λ", "µm"),
        ("phi (deg)", "phi", "deg"),
        ("T (°C)", "T", "°C"),
        ("humidity (%)", "humidity", "%"),
        ("Re (-)", "Re", "-"),
        ("power (a.u.)", "power", "a.u."),
        ("f(x) (m)", "f(x)", "m"),
        ("distance [some unit]", "distance", "some unit"),
        ("wind  speed\n[m/s]", "wind speed", "m/s"),
        ("f(x)", "f(x)", None),
        ("f(t)", "f(t)", None),
        ("p(T)", "p(T)", None),
        ("log(a+b)", "log(a+b)", None),
        *((f, f, None) for f in ("log(K)", "ln(m)", "Log10(Pa)", "exp(A)", "sin(deg)", "max(h)", "f(s)")),
        ("max (h)", "max", "h"),
        ("log(p) (Pa)", "log(p)", "Pa"),
        ("x[0]", "x[0]", None),
        ("x[i]", "x[i]", None),
        ("height (mean)", "height (mean)", None),
        ("run (2)", "run (2)", None),
        ("y ()", "y ()", None),
        ("y []", "y []", None),
        ("[K]", "[K]", None),
        ("100%", "100%", None),
        ("lambda", "lambda", None),
    ],
)
def test_a_header_has_a_name_and_perhaps_a_unit(header, name, unit):
    assert read_label(header) == (header, name, unit)


def test_empty_headers_are_called_by_position():
    assert [label.name for label in label_columns(["", "a", " ", "col3"], source="f")] == [
        "col1",
        "a",
        "col3_",
        "col3",
    ]


def test_names_keep_the_unit_where_only_it_differs():
    assert [label.name for label in label_columns(["T [K]", "T [°C]", "p [Pa]"], source="f")] == [
        "T [K]",
        "T [°C]",
        "p",
    ]


def test_a_doubled_header_is_an_error():
    with pytest.raises(
        ColumnError, match=r"^f: 2 columns are called 'a' \(columns 1, 3\); give each its own name$"
    ):
        label_columns(["a", "b", " a"], source="f")


@pytest.mark.parametrize(
    ("name", "position"),
    [("T [K]", 0), ("T", 0), ("T  [K]", 0), ("p", 1), ("μ", 2), ("E\u0301", 3), ("a  b", 4)],
)
def test_a_column_is_found_by_header_or_name(name, position):
    labels = label_columns(["T [K]", "p", "µ", "\u00c9", "a b"], source="f")
    assert find_column(labels, name, source="f") == position


@pytest.mark.parametrize(
    ("headers", "name", "message"),
    [
        (
            ["Speed", "b"],
            "speed",
            r"f: there is no column 'speed'; did you mean 'Speed'\? \(the columns are 'Speed', 'b'\)",
        ),
        (["pressure", "b"], "presure", r"did you mean 'pressure'\?"),
        (["a", "b"], "zzz", r"there is no column 'zzz'; the columns are 'a', 'b'$"),
        (["col1", "col2"], "y", r"without header, columns are called by position: 'col1', 'col2'$"),
        (["T [K]", "T [C]"], "T", r"f: 'T' could be any of 'T \[K\]', 'T \[C\]'; give the whole header"),
    ],
)
def test_an_unknown_column_is_an_error_with_a_suggestion(headers, name, message):
    with pytest.raises(ColumnError, match=message):
        find_column(label_columns(headers, source="f"), name, source="f")


@pytest.mark.parametrize("header", ["", "index", "Index", "id", "row", "Unnamed: 0", "no", "No.", "#"])
def test_names_of_counting_columns(header):
    assert is_index_name(header)


@pytest.mark.parametrize("header", ["N", "n", "x", "I", "identity", "node", "1"])
def test_names_of_other_columns(header):
    assert not is_index_name(header)


def test_long_lists_are_cut():
    assert listed(map(str, range(5)), most=2, quote="") == "0, 1 and 3 more"
