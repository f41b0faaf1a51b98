"""Names of folders, and which tables there are."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symkan.batch.records import Job
from symkan.batch.tables import find_tables, folder_names, key_of, split_table
from symkan.errors import ResultError, TableError
from symkan.options import Options

FILES = st.text(st.characters(blacklist_characters="\0/"), min_size=1, max_size=100)


@given(st.lists(FILES, unique=True))
def test_each_file_has_a_safe_name_of_its_own(files):
    names = folder_names(files)
    assert len({name.lower() for name in names}) == len(files)
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", name) for name in names)


def test_names_that_this_package_uses_itself():
    first, second = folder_names(["index.html.csv", "run_1.csv"])
    assert first.startswith("index.html-")
    assert second == "run_1"


def test_tables_in_order(tmp_path):
    for name in ("b.csv", "a.csv", "c.txt", "._a.csv"):
        (tmp_path / name).touch()
    (tmp_path / "sub.csv").mkdir()
    (tmp_path / "sub.csv" / "d.csv").touch()
    assert [table.file for table in find_tables(tmp_path, "*.csv")] == ["a.csv", "b.csv"]
    assert [table.file for table in find_tables(tmp_path, "**/*.csv")] == ["a.csv", "b.csv", "sub.csv/d.csv"]
    found = find_tables(tmp_path, "**/*.csv", out=tmp_path / "c" / ".." / "sub.csv")
    assert [table.file for table in found] == ["a.csv", "b.csv"]
    assert len(find_tables(tmp_path / "sub.csv", "*.csv", out=tmp_path / "other")) == 1


def test_results_are_not_put_among_the_tables(tmp_path, monkeypatch):
    (tmp_path / "a.csv").touch()
    monkeypatch.chdir(tmp_path)
    for out in (tmp_path, Path()):
        with pytest.raises(TableError, match="give another --out"):
            find_tables(tmp_path, "*.csv", out=out)


@pytest.mark.parametrize(
    ("folder", "pattern", "said"),
    [("none", "*", "no folder"), (".", "*.tsv", "no files like"), (".", "/abs*", "cannot be meant")],
)
def test_nothing_to_do(tmp_path, folder, pattern, said):
    with pytest.raises(TableError, match=said):
        find_tables(tmp_path / folder, pattern)


def test_the_key_changes_with_all_that_counts(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1")
    job = Job("y")
    keys = {
        key_of(path, job, version="1"),
        key_of(path, job, version="2"),
        key_of(path, replace(job, target="z"), version="1"),
        key_of(path, replace(job, features=("a",)), version="1"),
        key_of(path, replace(job, units={"a": "m"}), version="1"),
        key_of(path, replace(job, options=Options(library=("sin",))), version="1"),
        key_of(tmp_path / "none.csv", job, version="1"),
    }
    path.write_text("2")
    assert len(keys | {key_of(path, job, version="1")}) == 8
    assert key_of(path, job, version="1") == key_of(path, Job("y"), version="1")


def test_a_folder_of_the_user_is_not_replaced_by_runs(tmp_path):
    table, kept = tmp_path / "all.csv", tmp_path / "runs" / "mine.csv"
    table.write_text("run,x,y\n" + "".join(f"{k % 2},{k},{k * k}\n" for k in range(40)))
    kept.parent.mkdir()
    kept.write_text("1")
    with pytest.raises(ResultError, match="runs is there and was not made by symkan; give another --out"):
        split_table(table, "run", tmp_path)
    assert kept.read_text() == "1"
    out = tmp_path / "out"
    out.mkdir()
    for _ in range(2):  # its own are made anew
        assert len(split_table(table, "run", out).tables) == 2
