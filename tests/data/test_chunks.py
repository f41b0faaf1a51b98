"""Tables read a chunk at a time are those read at once: values, notes and messages; and they stand in memory once."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyarrow.csv import write_csv
from pyarrow.parquet import write_table

from symkan.data import encoding
from symkan.data.tables import read_table
from symkan.errors import SymkanError
from symkan.options import TableOptions

DATASETS = sorted((Path(__file__).parents[2] / "datasets").glob("*.csv"))


def told(path, chunk, **chosen):
    """Everything that reading gives, or its message."""
    options = TableOptions(rows=2, chunk=chunk)
    try:
        data = read_table(path, target="y", options=options, **chosen)
    except SymkanError as error:
        return type(error), str(error)
    assert data.x.flags.c_contiguous
    return data.features, data.target, data.x.tolist(), data.y.tolist(), data.notes, data.sha256


# fmt: off
CELLS = st.sampled_from([
    "1", "2.5", "-3", " 4", "5 ", "1e3", "7,5", "12345678901234567890", "inf", "−2", "1_0", "0x1", "", "NA", "n/a", "-",
    "nan", "#N/A", "true", "False", "TRUE", "x", "'", " x ", "2020-01-02", '"8"', '"a,b"', '"9\n9"', '" 1"',
])
# fmt: on
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3).map(list), min_size=1, max_size=12)
ODD = st.sampled_from(["", "# a comment", "1,2", "1,2,3,4", "1,2,3,", '"', "%"])


@given(
    ROWS, st.lists(st.tuples(st.integers(0, 12), ODD), max_size=2), st.sampled_from(",;\t "), st.booleans()
)
@example([["1", "2", "true"], ["3", "4", "true"], ["3", "5", "6"]], [], ",", True)
@example([["1", "2", "3"]] * 3, [(3, "1,2,3,4")], ",", True)
@example([["1", "2", "3"]] * 4, [(1, "1,2,3,")], ",", False)
def test_text(tmp_path_factory, rows, odd, delimiter, header):
    lines = [delimiter.join(row) for row in rows]
    for place, line in odd:
        lines.insert(place, line)
    path = tmp_path_factory.mktemp("chunks") / "t.csv"
    path.write_bytes("\n".join([delimiter.join(["a", "b", "y"])] * header + lines).encode())
    whole = told(path, 1_000_000)
    for chunk in (1, 6):
        assert told(path, chunk) == whole


@pytest.mark.parametrize("path", DATASETS, ids=lambda path: path.stem)
@pytest.mark.parametrize("piece", [1, 100])
def test_data_sets(monkeypatch, tmp_path, path, piece):
    """The same file, its last column called y, in small pieces and chunks."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    k = next(i for i, line in enumerate(lines) if not line.startswith("#"))
    lines[k] = lines[k].rpartition(",")[0] + ",y\n"
    (tmp_path / "t.csv").write_text("".join(lines), "utf-8")
    whole = told(tmp_path / "t.csv", 1_000_000)
    monkeypatch.setattr(encoding, "PIECE", piece)
    assert told(tmp_path / "t.csv", 7) == whole
    assert isinstance(whole[0], tuple)


@pytest.mark.parametrize("index", [None, "name", "when"])
@pytest.mark.parametrize("features", [None, ["flag", "a.b"], ["count"]])
def test_parquet(tmp_path, index, features):
    random = np.random.default_rng(0)
    rows = 50
    frame = pd.DataFrame(
        {
            "a.b": random.random(rows),
            "a": random.random(rows).astype(np.float32),
            "count": pd.array([None, *range(1, rows)], dtype="Int64"),
            "flag": pd.array([True, None] * (rows // 2), dtype="boolean"),
            "text": ["1", "2.5", "n/a", "x", "5"] * (rows // 5),
            "name": [f"n{i}" for i in range(rows)],
            "kind": pd.Categorical(["u", "v"] * (rows // 2)),
            "when": pd.date_range("2020-01-01", periods=rows),
            "none": [None] * rows,
            "y": random.random(rows),
        }
    )
    path = tmp_path / "t.parquet"
    (frame.set_index(index) if index else frame).to_parquet(path, row_group_size=13)
    whole = told(path, 1_000_000, features=features)
    assert isinstance(whole[0], tuple)
    for chunk in (1, 70, 200):
        assert told(path, chunk, features=features) == whole


def test_rows_and_columns_are_left_out_in_place(tmp_path):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.random((250_000, 4)), columns=["a", "b", "c", "y"])
    frame.loc[random.random(len(frame)) < 0.3, "a"] = np.nan
    frame["b"] = 2.0
    frame.to_parquet(tmp_path / "t.parquet")
    data = read_table(tmp_path / "t.parquet", target="y")
    left = frame.dropna()
    np.testing.assert_array_equal(data.x, left[["a", "c"]])
    np.testing.assert_array_equal(data.y, left["y"])


PEAK = """
import re, sys
from pathlib import Path
from symkan.data.splitting import split
from symkan.data.tables import read_table
from symkan.options import SearchOptions, SplitOptions
from symkan.search.working import working_rows

def use(path):
    data = read_table(path, target="y")
    working_rows(data, split(data, SplitOptions(), seed=0), SearchOptions())
    return data.x.nbytes + data.y.nbytes

def peak():  # ru_maxrss would begin with the peak of the process that started this one
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

(small, low), (large, high) = ((use(path), peak()) for path in sys.argv[1:])
print((high - low) / (large - small))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is told by Linux")
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_table_stands_in_memory_once(tmp_path, kind):
    """Of two sizes, the difference: what is needed for the libraries and for a chunk does not count."""
    files = [tmp_path / f"{rows}.{kind}" for rows in (200_000, 600_000)]
    for rows, file in zip((200_000, 600_000), files, strict=True):
        table = np.random.default_rng(0).integers(1, 1000, (10, rows)).astype(float)
        named = pa.table(dict(zip("abcdefghiy", table, strict=True)))
        (write_table if kind == "parquet" else write_csv)(named, file)
    command = [sys.executable, "-c", PEAK, *map(str, files)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert float(ran.stdout) < 1.8
