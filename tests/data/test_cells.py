from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from symkan.data.cells import read_numbers


@pytest.mark.parametrize(
    ("cells", "values", "missing", "text", "boolean"),
    [
        ([1, 2], [1, 2], 0, 0, False),
        ([1.5, None], [1.5, np.nan], 1, 0, False),
        ([True, False], [1, 0], 0, 0, True),
        ([True, None, False], [1, np.nan, 0], 1, 0, True),
        (["true", "FALSE", "n/a"], [1, 0, np.nan], 1, 0, True),
        (["1", "true"], [1, np.nan], 0, 1, False),
        (["1e3", " -2 ", "abc", "NA"], [1000, -2, np.nan, np.nan], 1, 1, False),
        (["1_000", "−3", "inf"], [np.nan, -3, np.inf], 0, 1, False),
        ([Decimal("0.1"), Decimal("2")], [0.1, 2], 0, 0, False),
        ([10**400, "1"], [np.inf, 1], 0, 0, False),
        ([datetime(2020, 1, 1), datetime(2020, 1, 2)], [np.nan, np.nan], 0, 2, False),
        ([date(2020, 1, 1), None], [np.nan, np.nan], 1, 1, False),
        ([1 + 2j, 3j], [np.nan, np.nan], 0, 2, False),
        ([[1], {}], [np.nan, np.nan], 0, 2, False),
        ([], [], 0, 0, False),
    ],
)
def test_cells_become_numbers(cells, values, missing, text, boolean):
    numbers = read_numbers(pd.Series(cells))
    np.testing.assert_array_equal(numbers.values, values)
    assert (numbers.missing, numbers.text, numbers.boolean) == (missing, text, boolean)
    assert numbers.values.dtype == np.float64


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean", "float32", "uint8", "category", "str"])
def test_every_type_of_column_is_read(dtype):
    cells = [1, 0, 1] if dtype != "str" else ["1", "0", "1"]
    assert read_numbers(pd.Series(cells).astype(dtype)).values.tolist() == [1, 0, 1]


def test_missing_values_of_nullable_columns_are_nan():
    numbers = read_numbers(pd.Series([1, None], dtype="Int64"))
    assert numbers.missing == 1
    assert np.isnan(numbers.values[1])


def test_a_decimal_comma():
    assert read_numbers(pd.Series(["1,5", "-,5", "1.5"]), ",").values[:2].tolist() == [1.5, -0.5]
