"""One table that holds many runs."""

import csv

import numpy as np
import pytest
from typer.testing import CliRunner

from symkan.batch.tables import RUNS, split_table
from symkan.cli import app


@pytest.fixture
def table(tmp_path):
    """Fourteen runs with names that are no names of files, each at its own temperature."""
    path = tmp_path / "runs.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["x", "T [K]", "run", "y"])
        for i in range(14):
            for x in np.linspace(1, 2, 9):
                writer.writerow([x, 300 + i, f"{i}/{i}", i * x])
    return path


def test_tables_and_what_is_known_of_them(table, tmp_path):
    split = split_table(table, "run", tmp_path)
    assert [t.file for t in split.tables] == [f"{i}/{i}" for i in range(14)]
    assert split.numbers["3/3"] == {"T": 303.0}
    first = {t.name: t.path.read_bytes() for t in split.tables}
    assert len(list((tmp_path / RUNS).glob("*.csv"))) == len(first) == 14
    again = split_table(table, "run", tmp_path)  # so that finished runs are known by their hash
    assert {t.name: t.path.read_bytes() for t in again.tables} == first


@pytest.fixture
def command(stubbed, tmp_path):
    return lambda path, *more: CliRunner().invoke(
        app, ["batch", str(path), "--target", "y", "--out", str(tmp_path / "out"), *more]
    )


def test_the_command(command, tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text("ok,run\n" + "".join(f"{i},{i}\n" * 9 for i in (1, 2)))
    done = command(table, "--group-by", "run")
    assert done.exit_code == 0, done.output
    assert "1: law: c = 3.0*a/b**2" in done.stderr
    assert (tmp_path / "out" / "2" / "table.json").exists()
    again = command(table, "--group-by", "run")
    assert again.exit_code == 0
    assert "law" not in again.stderr  # nothing to do
    wrong = command(table, "--group-by", "no")
    assert wrong.exit_code == 2
    assert "there is no column 'no'" in wrong.stderr
    missing = command(table)
    assert missing.exit_code == 2
    assert "or --group-by for one table" in missing.stderr.replace("\n", " ")


def test_tables_that_the_metadata_do_not_name(command, tmp_path):
    tables, known = tmp_path / "tables", tmp_path / "known.csv"
    tables.mkdir()
    for name in "abc":
        (tables / f"{name}.csv").write_text("ok 1")
    known.write_text("file,T\na,1\nb.csv,2\n")
    said = command(tables, "--metadata", str(known)).stderr.replace("\n", " ")
    assert "1 of 3 tables are not named in" in said
    known.write_text("file,T\na,1\nb.csv,2\nc,3\n")
    assert "not named" not in command(tables, "--metadata", str(known)).stderr
