import numpy as np
import pytest

from symkan.data.tables import dataset_of
from symkan.data.units import Dimensions, dimensions, read_units, unit_notes
from symkan.errors import OptionError, SymkanError, TableError
from symkan.symbolic.base_units import Dimension

of = Dimension.of
X, Y = np.column_stack([np.arange(10.0), np.arange(10.0) ** 2]), np.arange(10.0) ** 3


def test_dimensions_of_a_table():
    table = dataset_of(X, Y, names=["t [s]", "a (m/s^2)"], target="v [km/h]")
    assert dimensions(table) == Dimensions((of(s=1), of(m=1, s=-2)), of(m=1, s=-1))
    assert dimensions(table).by_symbol == {"x1": of(s=1), "x2": of(m=1, s=-2)}
    assert table.notes == unit_notes(table) == ()


@pytest.mark.parametrize(
    ("names", "target", "notes"),
    [
        (["t", "a"], "v", []),
        (["t [s]", "a"], "v", ["dimensions are not checked: no unit is known of 'a', 'v' (1 is that"]),
        (
            ["t [s]", "a [foo]"],
            "v [m]",
            ["dimensions are not checked: column 'a': the unit 'foo' cannot be read"],
        ),
        (
            ["t [bar foo]", "a"],
            "v [m]",
            ["dimensions are not checked: no unit", "dimensions are not checked: column 't'"],
        ),
    ],
)
def test_tables_without_dimensions(names, target, notes):
    table = dataset_of(X, Y, names=names, target=target)
    assert dimensions(table) is None
    assert len(table.notes) == len(notes)
    assert all(note.startswith(start) for note, start in zip(table.notes, notes, strict=True))


def test_units_that_do_not_start_at_nothing():
    table = dataset_of(X, Y, names=["T [°C]", "L [dBm]"], target="v [W/m²/°C]")
    assert dimensions(table) is not None
    assert [note.split(",")[0] for note in table.notes] == [
        "column 'T' is in °C",
        "column 'L' is in dBm",
    ]


def test_units_in_a_text():
    assert read_units("x=m, v = m/s,") == {"x": "m", "v": "m/s"}
    assert len(read_units(",".join(f"x{i}=m" for i in range(100)))) == 100
    assert read_units('"a, b=c=kg"') == {"a, b=c": "kg"}


@pytest.mark.parametrize(
    "text", ["name,unit\nx,m\nv,m/s\n", "\ufeffx, m\n\nv, m/s\n", "x=m\nv=m/s", '"x",m,length\nv,m/s\n']
)
def test_units_in_a_file(tmp_path, text):
    path = tmp_path / "units=.csv"
    path.write_text(text, "utf-8")
    assert read_units(str(path)) == {"x": "m", "v": "m/s"}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (
            "none.csv",
            TableError,
            "--units: none.csv is neither a list like x=m,v=m/s nor a readable text file",
        ),
        ("", TableError, "--units"),
        ("x\0", TableError, "--units"),
        ("x=m,v", OptionError, "--units: 'v' is not a column with its unit; write it like v=m/s"),
        ("x=", OptionError, "'x' is not a column"),
        ("x=m,x=s", OptionError, "column 'x' has two units, m and s; give one"),
    ],
)
def test_units_that_cannot_be_read(text, error, message):
    assert issubclass(error, SymkanError)
    with pytest.raises(error, match=message):
        read_units(text)
