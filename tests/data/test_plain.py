"""Plain tables are read without pandas, and as pandas reads them."""

import numpy as np
import pytest

from symkan.data import plain
from symkan.data.cells import read_columns
from symkan.data.dialect import Dialect
from symkan.data.files import read_cells

COMMA = Dialect(",", ".")
NUMBERS = """\
1,0.1,1e-310
18446744073709551615,-7.,+.5

123456789012345678901234567890,1E+22,0
-9,3,9007199254740993
"""


def columns(path, *, fast, monkeypatch):
    monkeypatch.setattr(plain, "MOST", 10**6 if fast else 0)
    cells, _ = read_cells(path)
    assert (cells.plain() is not None) == fast
    read = read_columns(cells, {i: np.empty(cells.rows) for i in range(3)}, chunk=100)
    return {i: (numbers.values.tolist(), numbers.missing, numbers.text) for i, numbers in read.items()}


def test_plain_numbers_are_those_of_pandas(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text(f"a,b,c\n# a comment\n{NUMBERS}")
    found = columns(tmp_path / "a.csv", fast=True, monkeypatch=monkeypatch)
    assert found == columns(tmp_path / "a.csv", fast=False, monkeypatch=monkeypatch)
    assert found[0][0] == [1.0, 2.0**64, 123456789012345678901234567890.0, -9.0]


@pytest.mark.parametrize(
    "row", ["1,", "1,x", "1, 2", "1,-0", "1,1e999", '1,"2"', "1,2,3", "1", "1,-", "1,e5"]
)
def test_anything_else_is_left_to_pandas(row):
    assert plain.read_plain(["1,2\n", f"{row}\n"], COMMA, width=2, rows=2) is None


def test_large_tables_and_other_dialects_are_left_to_pandas():
    assert plain.read_plain(["1,2\n"], COMMA, width=2, rows=plain.MOST) is None
    assert plain.read_plain(["1 2\n"], Dialect(" ", "."), width=2, rows=1) is None
    assert plain.read_plain(["1;2\n"], Dialect(";", ","), width=2, rows=1) is None
    assert plain.read_plain(["\n"], COMMA, width=1, rows=1) is None
