import gzip
import hashlib
import sys

import pandas as pd
import pytest

from symkan.data.files import read_cells
from symkan.errors import TableError

FRAME = pd.DataFrame({"T [K]": [1.5, 2.0], "n": [1, 2], "name": ["a", "b"]})
CSV = FRAME.to_csv(index=False).encode()


@pytest.mark.parametrize(
    "name", ["t.csv", "t.tsv", "t.txt", "t.dat", "t.CSV", "t", "t.csv.gz", "t.parquet", "t.xlsx"]
)
def test_every_kind_of_file_gives_the_same_cells(tmp_path, name):
    path = tmp_path / name
    if name.endswith(".parquet"):
        FRAME.to_parquet(path)
    elif name.endswith(".xlsx"):
        FRAME.to_excel(path, index=False)
    else:
        path.write_bytes(gzip.compress(CSV, mtime=0) if name.endswith(".gz") else CSV)
    cells, digest = read_cells(path)
    assert cells.headers == ("T [K]", "n", "name")
    (frame,) = cells.frames((0, 1, 2), cells.rows)
    assert frame.to_numpy().tolist() == [[1.5, 1, "a"], [2.0, 2, "b"]]
    assert cells.notes == ()
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_index_of_a_parquet_file_is_a_column(tmp_path):
    FRAME.set_index("name").to_parquet(tmp_path / "t.parquet")
    assert read_cells(tmp_path / "t.parquet")[0].headers == ("name", "T [K]", "n")


def test_an_excel_sheet_without_header_and_one_more_sheet(tmp_path):
    path = tmp_path / "t.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame([[None, None], [1.5, 2], [None, 4]]).to_excel(
            book, sheet_name="A", index=False, header=False
        )
        FRAME.to_excel(book, sheet_name="B")
    cells, _ = read_cells(path)
    assert cells.headers == ("col1", "col2")
    assert cells.rows == 2
    assert cells.notes == (
        "only the first sheet was read, 'A'",
        "there is no header: columns are called by position, 'col1', 'col2'",
    )


def test_an_empty_sheet(tmp_path):
    pd.DataFrame().to_excel(tmp_path / "t.xlsx", sheet_name="A")
    with pytest.raises(TableError, match="sheet 'A' is empty; put the table into the first sheet"):
        read_cells(tmp_path / "t.xlsx")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("t.csv", b"", "the file is empty; give a table"),
        ("t.csv.gz", gzip.compress(b"", mtime=0), "the file is empty; give a table"),
        ("t.csv.gz", gzip.compress(CSV, mtime=0)[:-9], "the gzip file is damaged or cut off"),
        ("t.csv", b"PK\x03\x04\x00", "it looks like an Excel workbook"),
        ("t.xlsx", CSV, "this is no Excel workbook, or damaged"),
        ("t.parquet", CSV, "this is no Parquet file, or damaged"),
        ("t.xls", b"x", r"\.xls files are not read; save the table as \.xlsx or \.csv"),
    ],
)
def test_damaged_files(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(TableError, match=message) as caught:
        read_cells(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(TableError, match=r"none\.csv: there is no such file; check the path"):
        read_cells(tmp_path / "none.csv")
    with pytest.raises(TableError, match="is a folder; give the path of a table in it"):
        read_cells(tmp_path)
    with pytest.raises(TableError, match="cannot be read: embedded null byte; check the path"):
        read_cells("a\0b")


@pytest.mark.parametrize(("name", "module"), [("t.parquet", "pyarrow"), ("t.xlsx", "openpyxl")])
def test_a_missing_extra_is_named(tmp_path, monkeypatch, name, module):
    (tmp_path / name).write_bytes(b"x")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(TableError, match=rf"needs {module}; pip install 'symkan\[tables\]'"):
        read_cells(tmp_path / name)
