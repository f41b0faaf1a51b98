import numpy as np
import pytest

from symkan.data import predictions
from symkan.data.cells import read_columns
from symkan.data.dataset import Column
from symkan.data.predictions import read_features, write_predictions
from symkan.errors import ColumnError, ResultError

T = Column("T [K]", "T", "K", "x1")
V = Column("v", "v", None, "x2")
Y = Column("y (J)", "y", "J", "y")


@pytest.fixture(autouse=True, params=[1, 10, 1_000_000])
def chunk(monkeypatch, request):
    """Everything holds however many cells are read at a time."""
    monkeypatch.setattr(
        predictions, "read_columns", lambda *args, **_: read_columns(*args, chunk=request.param)
    )


@pytest.fixture
def file(tmp_path):
    def file(text):
        (tmp_path / "new.csv").write_text(text, encoding="utf-8")
        return tmp_path / "new.csv"

    return file


@pytest.mark.parametrize("header", ["v,y,T [K]", "v,y (J),T", "v [m],y,T(K)"])
def test_columns_are_found_in_any_order_by_header_or_name(file, header):
    new = read_features(file(header + "\n1,2,3\n4,5,6\n"), (T, V), target=Y)
    assert new.x.tolist() == [[3, 1], [6, 4]]
    assert new.y is not None
    assert new.y.tolist() == [2, 5]
    assert new.notes == ()


def test_the_target_may_be_absent(file):
    assert read_features(file("T,v\n1,2\n"), (T, V), target=Y).y is None
    assert read_features(file("T,v,y\n1,2,3\n"), (T, V), target=None).y is None


def test_one_row_and_no_rows(file):
    assert read_features(file("T,v\n1,2\n"), (T, V), target=None).x.shape == (1, 2)
    assert read_features(file("T,v\n"), (T, V), target=None).x.shape == (0, 2)


def test_cells_without_a_finite_number_are_nan(file):
    new = read_features(file("T,v\n1,NA\ninf,2\n3,bad\n"), (T, V), target=None)
    np.testing.assert_array_equal(new.x, [[1, np.nan], [np.nan, 2], [3, np.nan]])
    assert new.notes == (
        "column 'T': no prediction where cells cannot be used (1 infinite)",
        "column 'v': no prediction where cells cannot be used (1 missing, 1 text such as 'bad')",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("T,w\n1,2\n", "there is no column 'v'; the columns are 'T', 'w'"),
        ("t,v\n1,2\n", r"there is no column 'T'; did you mean 't'\?"),
        (
            "T [°C],v\n1,2\n",
            "column 'T' is in °C here, the law was found with K; convert its values and write the unit",
        ),
        (
            "T,v\n1,a\n2,b\n",
            r"column 'v' holds no numbers \(2 text such as 'a'\); give its values as numbers",
        ),
        ("T,v,v\n1,2,3\n", "2 columns are called 'v'"),
    ],
)
def test_errors(file, text, message):
    path = file(text)
    with pytest.raises(ColumnError, match=message) as caught:
        read_features(path, (T, V), target=Y)
    assert str(path) in str(caught.value)


def test_a_unit_given_by_hand_holds_for_the_file_it_was_given_for(file):
    corrected = Column("T [°C]", "T", "K", "x1")  # as --units "T=K" leaves it
    assert read_features(file("T [°C]\n300\n"), (corrected,), target=None).x.tolist() == [[300]]


def test_predictions_are_written_and_read_again(tmp_path):
    x = np.array([[0.1, -1e-300], [np.nan, 3.0]])
    path = tmp_path / "out.csv"
    inside = np.array([True, False])
    write_predictions(
        path, (T, V), x=x, target=Y, predictions={"predicted": np.array([1 / 3, np.nan])}, inside=inside
    )
    assert path.read_text() == (
        "T [K],v,y predicted,in range\n0.1,-1e-300,0.3333333333333333,true\n,3.0,,false\n"
    )
    np.testing.assert_array_equal(read_features(path, (T, V), target=None).x, x)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " ="])
def test_a_header_is_no_formula(tmp_path, start):
    column = Column(f"{start}HYPERLINK(1)", f"{start}HYPERLINK(1)", None, "x1")
    target = Column("=y", "=y", None, "y")
    path = tmp_path / "out.csv"
    write_predictions(
        path,
        (column,),
        x=np.ones((1, 1)),
        target=target,
        predictions={"predicted": np.ones(1)},
        inside=np.array([True]),
    )
    assert path.read_text().startswith(f"'{start}HYPERLINK(1),'=y predicted,in range\n")


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ResultError, match="cannot be written"):
        write_predictions(
            tmp_path / "no" / "out.csv",
            (),
            x=np.ones((1, 0)),
            target=Y,
            predictions={"predicted": np.ones(1)},
            inside=np.ones(1, bool),
        )
