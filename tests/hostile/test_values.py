"""Columns as real files have them, and worse: each has a sensible outcome."""

import warnings

import numpy as np
import pytest

from symkan import Options, Outcome, dataset_of, discover, read_table
from symkan.data.outliers import far_rows
from symkan.errors import ColumnError, RowsError

N = 200
generator = np.random.default_rng(0)
A, B = generator.uniform(1, 3, (2, N))
X, LAW = np.column_stack([A, B]), 2.5 * A * B**2
NOISE = 1 + 0.01 * generator.normal(size=N)
ROW = np.arange(N)


def find(x, y, *, seconds=2.0, **options):
    """The answer, which must come without a warning and go through JSON."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = discover(dataset_of(x, y), Options(time_budget=seconds, **options))
    assert found.to_json()
    return found


@pytest.mark.parametrize(
    ("x", "y"),
    [
        pytest.param(X * 9e49 / 3, LAW * 1e-48, id="1e50"),
        pytest.param(np.column_stack([A, np.where(B > 2, 5e-324, 0)]), A**2, id="denormals beside"),
        pytest.param(np.column_stack([np.where(ROW % 7, A, 1e-310), B]), None, id="denormals among"),
        pytest.param(X, A, id="target equal to a column"),
        pytest.param(np.repeat(X[:20], 10, 0), np.repeat(LAW[:20], 10), id="duplicated rows"),
        pytest.param(np.column_stack([ROW % 3, B]), (ROW % 3) * B, id="three values"),
        pytest.param(np.column_stack([ROW % 11, ROW % 7]), (ROW % 11) ** 2 + 3 * (ROW % 7), id="integers"),
        pytest.param(
            np.column_stack([ROW % 2 == 0, ROW % 3 == 0]),
            (ROW % 2 == 0) + 2.0 * (ROW % 3 == 0),
            id="booleans",
        ),
        pytest.param(X, 1e12 + LAW, id="large offset"),
        pytest.param(10.0 ** np.column_stack([40 * (A - 2), B]), None, id="many decades"),
    ],
)
def test_exact_laws(x, y):
    x = np.asarray(x, dtype=float)
    y = x[:, 0] * x[:, 1] if y is None else np.asarray(y, dtype=float)
    found = find(x, y)
    assert found.outcome is Outcome.EXACT, found.expression
    used = [int(column.name[1:]) - 1 for column in found.data.features]
    np.testing.assert_allclose(found.predict(x[:, used]), y, rtol=1e-9, atol=1e-9 * np.abs(y).max())


@pytest.mark.parametrize("size", [1e300, 1e-300, 1e-310])
def test_a_target_beyond_powers_of_floats_is_refused(size):
    with pytest.raises(
        ColumnError, match=r"'y' reaches .* products leave the range of floats; (multiply|divide)"
    ):
        find(X, LAW * size / 100)


@pytest.mark.parametrize("size", [5e307, 1e-300, 1e-310])
def test_a_feature_beyond_powers_of_floats_is_left_out(size):
    found = find(np.column_stack([(A - 2) * size, B]), B**2)
    assert found.outcome is Outcome.EXACT
    assert any("'x1' was left out: it reaches" in note for note in found.data.notes)


@pytest.mark.parametrize(
    ("x", "y", "error"),
    [
        (X, np.full(N, 3.0), ColumnError),
        (np.ones((N, 2)), np.full(N, 3.0), ColumnError),
        (np.ones((N, 2)), LAW, ColumnError),
        (X[:2], LAW[:2], RowsError),
        (X, np.full(N, np.nan), RowsError),
        (X, np.full(N, np.inf), RowsError),
    ],
)
def test_tables_with_nothing_to_find(x, y, error):
    with pytest.raises(error, match="memory: "):
        find(x, y)


def test_dates_are_no_numbers(tmp_path):
    rows = "\n".join(f"2024-01-{i + 1:02},{i},{i * i}" for i in range(28))
    (tmp_path / "t.csv").write_text(f"day,x,y\n{rows}\n")
    table = read_table(tmp_path / "t.csv", target="y")
    assert [column.name for column in table.features] == ["x"]
    assert "column 'day' was left out: it holds text or dates, such as '2024-01-01'" in table.notes
    with pytest.raises(ColumnError, match="holds text or dates"):
        read_table(tmp_path / "t.csv", target="day")


def test_more_columns_than_rows():
    x = np.random.default_rng(2).normal(size=(50, 200))
    assert find(x, 2 * x[:, 3] + x[:, 17]).outcome is Outcome.EXACT


def test_noise_alone_is_no_law():
    assert find(X, np.random.default_rng(1).standard_normal(N)).outcome is Outcome.NONE


def test_a_single_row_is_no_exact_law():
    assert find(X, (ROW == 3).astype(float)).outcome is not Outcome.EXACT


def test_heavy_tails():
    found = find(X, LAW + 0.02 * np.random.default_rng(1).standard_cauchy(N), robust=True)
    assert np.median(np.abs(found.predict(X) / LAW - 1)) < 0.02


def spoilt(where, value, *, column=None):
    x, y = X.copy(), LAW * NOISE
    if column is None:
        y[where] = value
    else:
        x[where, column] = value
    return x, y


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (spoilt(17, LAW.mean() + 1e6 * LAW.std()), "row 18 "),
        (spoilt([5, 77], [9999, -9999]), "row 6 .*, row 78 "),
        (spoilt(17, 1e6, column=0), "row 18 "),
    ],
)
def test_outliers_are_named_and_left_out_when_asked(table, rows):
    x, y = table
    notes = dataset_of(x, y).notes
    assert any(note.startswith("row") and "far from all other rows" in note for note in notes)
    found = find(x, y, robust=True)
    assert any("left out, as asked" in note for note in found.data.notes)
    assert not any("--robust" in note for note in found.data.notes)
    np.testing.assert_allclose(found.predict(X), LAW, rtol=0.02)


def test_what_is_steep_is_no_outlier():
    for y in (LAW, np.exp(20 * A), A**-9, 10.0 ** (30 * B), 1 / (A + B - 1.9), np.sign(A - 2), ROW % 2):
        assert not far_rows(X, np.asarray(y, dtype=float)).any()
    assert not far_rows(10 ** (8 * X), LAW).any()


def test_a_target_stays_a_target_without_its_outliers():
    x, y = spoilt(slice(None), 1.0)
    y[17] = 1e9
    assert find(x, y + 1e-12 * A, robust=True).data.notes
