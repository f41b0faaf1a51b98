"""What a batch writes in the end says the same everywhere, and names from files come out as text."""

import csv
import json
import re
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symkan.batch.league import league_latex
from symkan.batch.options import BatchOptions
from symkan.batch.page import page
from symkan.batch.records import RECORD, Entry, Finding, Status
from symkan.batch.summary import COLUMNS, row, write_summaries
from symkan.batch.tables import Table
from symkan.serialization import to_line

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--",
    "a&b",
    "\\input{/etc/passwd}",
    "_%&#$~^{}\"'`",
    "θ 数 🚀",
]
FOUND = Finding(
    rows=60,
    columns=2,
    verdict="law",
    reasons=("the residuals look like noise",),
    law="c = 3*a",
    latex=r"c = 3 \, a",
    mathml="<math><mi>c</mi></math>",
    complexity=3,
    test_error=0.01,
    r2=0.999,
    skeleton="c = c1*a",
    constants=(),
    covariance=(),
    warnings=("row 7 left out", "two\nlines"),
    points=((0, 1),),
    report=True,
)


def entry(file="a.csv", *, finding=FOUND, status=Status.DONE, reason=""):
    return Entry(file, "a", "key", status, reason, 1.5, finding)


FAILED = entry("b.csv", finding=None, status=Status.TIME, reason="no answer after 9 s; it was ended")


@pytest.fixture
def written(tmp_path):
    """Writes the summaries of records."""

    def write(entries):
        tables = []
        for i, each in enumerate(entries):
            (tmp_path / f"t{i}").mkdir()
            (tmp_path / f"t{i}" / RECORD).write_bytes(to_line(each))
            tables.append(Table(tmp_path / each.file, each.file, f"t{i}"))
        write_summaries(tmp_path, tables, limits=BatchOptions())
        return tmp_path

    return write


def embedded(html):
    text = re.search(r'<script type="application/json" id="rows">(.*?)</script>', html, re.DOTALL)[1]
    return json.loads(text)


def test_csv_and_parquet_say_the_same(written):
    import pandas as pd

    folder = written([entry(), FAILED, entry("c.csv", finding=replace(FOUND, test_error=float("nan")))])
    with (folder / "summary.csv").open(newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    parquet = pd.read_parquet(folder / "summary.parquet")
    assert header == list(parquet.columns) == list(COLUMNS)
    assert parquet["file"].tolist() == [line[0] for line in lines] == ["a.csv", "b.csv", "c.csv"]
    assert parquet["test_error"].isna().tolist() == [line[7] == "" for line in lines] == [False, True, True]
    assert parquet["complexity"].tolist()[0] == int(lines[0][6]) == 3
    assert lines[1][COLUMNS_OF["reason"]] == FAILED.reason
    assert lines[0][COLUMNS_OF["warnings"]] == "row 7 left out; two\\nlines"


COLUMNS_OF = {name: i for i, name in enumerate(COLUMNS)}


def test_the_files(written):
    folder = written([entry(), FAILED])
    assert (folder / "summary.pdf").read_bytes().startswith(b"%PDF")
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_the_league_table_in_pdf_has_all_names(written):
    from pypdf import PdfReader

    folder = written([entry(name + ".csv") for name in HOSTILE if name.isascii()])
    text = "".join(page.extract_text() for page in PdfReader(folder / "summary.pdf").pages)
    assert "a&b.csv" in text
    assert "\\input{/" in text.replace("\n", "")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_in_the_page_are_text(name):
    html = "".join(page([entry(f"{name}.csv"), FAILED], tables=3, rows=10))
    assert html.count("<script") == html.count("</script>") == 2
    first, second = embedded(html)
    assert first["file"] == f"{name}.csv"
    assert second["verdict"] == "failed"
    assert second["reason"].startswith("time limit: no answer")


@given(st.text(), st.text(), st.floats())
@settings(max_examples=40)
def test_any_text_can_be_in_the_page(file, reason, error):
    found = replace(FOUND, law=file, test_error=error, reasons=(reason,))
    html = "".join(page([entry(file, finding=found)], tables=1, rows=10))
    assert embedded(html)[0]["reason"] == reason
    assert html.count("<script") == 2


def test_the_best_come_first_in_the_league():
    found = [
        entry("tentative.csv", finding=replace(FOUND, verdict="tentative", test_error=0.0)),
        entry("close.csv", finding=replace(FOUND, test_error=1e-5)),
        entry("far.csv", finding=replace(FOUND, test_error=0.1)),
        entry("unknown.csv", finding=replace(FOUND, test_error=float("nan"))),
        FAILED,
    ]
    latex = league_latex(found, most=3)
    assert re.findall(r"& (\w+)\.csv", latex) == ["close", "far", "unknown"]
    assert "The best 3 of 4 laws are shown" in latex
    assert "1 time limit" in latex
    assert r"$1 \cdot 10^{-5}$" in latex


def test_memory_does_not_grow_with_the_tables():
    def peak(count):
        tracemalloc.start()
        for piece in page((entry(f"{i}.csv") for i in range(count)), tables=count, rows=100):
            assert piece
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(10)
    assert peak(5000) < 2 * peak(500) + 100_000


def test_a_row_has_a_value_for_each_column():
    assert len(row(entry())) == len(row(FAILED)) == len(COLUMNS)
