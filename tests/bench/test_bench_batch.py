"""`symkan bench batch`, with tables on which next to nothing is done."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from symkan import cli
from symkan.batch.records import RECORD, Entry, Status
from symkan.bench.batch import trials
from symkan.bench.batch.page import page
from symkan.bench.batch.tables import differences, write_tables
from symkan.data.tables import read_table
from symkan.errors import ColumnError
from symkan.serialization import to_line

STUBS = Path(__file__).parents[1] / "batch"


@pytest.fixture
def bench(monkeypatch, tmp_path):
    """The command, whose processes do what the table says: here, that all is well."""

    def write(folder, count):
        folder.mkdir(parents=True)
        for i in range(count):
            (folder / f"t{i}.csv").write_text("raise" if i == 1 else f"ok {i}")

    monkeypatch.setenv("PYTHONPATH", str(STUBS))
    monkeypatch.setattr(trials, "MODULE", "drive")
    monkeypatch.setattr(trials, "write_tables", write)
    monkeypatch.setattr(trials, "KILLS", 3)
    monkeypatch.setattr(trials, "DELAY", 0.3)
    runner = CliRunner()
    places = ("--work", str(tmp_path / "work"), "--out", str(tmp_path / "out"))
    return lambda *arguments: runner.invoke(cli.app, ["bench", "batch", *arguments, *places])


def test_chaos(bench, tmp_path):
    done = bench("--only", "chaos", "--tables", "4")
    assert done.stdout.startswith("chaos: "), done.output
    assert ": tables 4, runs " in done.stdout
    text = (tmp_path / "out" / "batch.md").read_text()
    assert "`symkan bench batch --only chaos --tables 4`" in text
    assert "differ" not in text


def test_real(bench, tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    for i in range(3):
        (folder / f"t{i}.csv").write_text("ok" if i else "raise")
    done = bench("--only", "real", "--folder", str(folder))
    assert done.exit_code == 1
    text = (tmp_path / "out" / "batch.md").read_text()
    assert "| verdict: law | 2 |" in text
    assert "- t0.csv: crashed: ZeroDivisionError: by zero" in text


def test_what_cannot_be_meant(bench):
    assert "no trial 'order'" in bench("--only", "order").stderr
    assert "needs --folder" in bench("--only", "real").stderr


def test_made_tables(tmp_path):
    write_tables(tmp_path / "t", 20)
    paths = sorted((tmp_path / "t").iterdir())
    assert [p.name for p in paths[:3]] == ["aaa.csv", "aab.csv", "aac.csv"]
    assert read_table(paths[0], target="y").rows == 100
    with pytest.raises(ColumnError, match="text"):
        read_table(paths[19], target="y")


def test_differences(tmp_path):
    entry = Entry("a.csv", "a", "key", Status.FAILED, "no numbers", 1.0, None)
    for place, record in (
        ("one", entry),
        ("two", replace(entry, seconds=2.0)),
        ("three", replace(entry, reason="")),
    ):
        (tmp_path / place / "a").mkdir(parents=True)
        (tmp_path / place / "a" / RECORD).write_bytes(to_line(record))
    assert differences(tmp_path / "one", tmp_path / "two") == ()
    (tmp_path / "two" / "a" / "more").touch()
    (tmp_path / "two" / "summary.csv").touch()
    assert differences(tmp_path / "one", tmp_path / "two") == (
        "a: the files differ",
        "summary.csv is in one only",
    )
    assert differences(tmp_path / "one", tmp_path / "three") == ("a: the records differ",)


def test_page():
    trial = trials.Trial("dask", "symkan bench", "1", 2.0, True, {"tables": 16}, {"done": 15, "a|b": 1})
    text = page({"dask": trial})
    assert "**Passed: tables 16.**" in text
    assert "| a\\|b | 1 |" in text
