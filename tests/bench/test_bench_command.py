import json

import numpy as np
import pytest
from typer.testing import CliRunner

from symkan import cli
from symkan.bench import processes
from symkan.bench.catalogue import Catalogue, Law, Variable
from symkan.bench.journal import Journal
from symkan.bench.judge import judge
from symkan.bench.page import Totals, page, shorten
from symkan.bench.processes import run
from symkan.bench.recovery import Row, Settings, table
from symkan.errors import ResultError
from symkan.symbolic.expressions import symbol

LAW = Law("half", "a*b/2", (Variable("a", "kg", 1, 5), Variable("b", "m/s**2", 1, 5)), "F", "N")


@pytest.fixture
def bench(tmp_path):
    runner = CliRunner()
    return lambda *arguments: runner.invoke(cli.app, ["bench", *arguments, "--out", str(tmp_path / "out")])


def row(name="I.6.2", settings=None, **changes):
    failed = Row.failed(
        LAW, settings or Settings("feynman"), seconds=1.5, outcome="killed", reason="no | answer"
    )
    return Row(**{**vars(failed), "law": name, **changes})


def test_two_laws_and_again(bench, tmp_path):
    asked = ("feynman", "--only", "I.12.1,I.25.13", "--time-budget", "5", "--units", "--rows", "200")
    done = bench(*asked)
    assert done.exit_code == 0, done.output
    assert "recovered 2 of 2 (100 %), clean 2, srbench 2" in done.stdout
    record = tmp_path / "out" / "feynman-noise-0-units-rows-200.jsonl"
    lines = record.read_text().splitlines()
    assert {json.loads(line)["law"] for line in lines} == {"I.12.1", "I.25.13"}
    text = record.with_suffix(".md").read_text()
    assert "| I.25.13 | `q/C` | `q/C` | yes | yes | yes |" in text
    again = bench(*asked)
    assert again.exit_code == 0, again.output
    assert "2 of 2 laws are in" in again.stderr
    assert record.read_text().splitlines() == lines
    other = bench(*asked, "--seed", "1", "--only", "I.25.13")
    assert other.exit_code == 0, other.output
    assert len(record.read_text().splitlines()) == 3


def test_wrong_input(bench, tmp_path):
    for arguments, message in (
        (["feynman", "--only", "I.0"], "no law 'I.0'"),
        (["feynman", "--time-budget", "0"], "--time-budget is 0"),
        (["feynman", "--without", "magic"], "--without: no technique 'magic'; there are networks,"),
    ):
        done = bench(*arguments)
        assert done.exit_code == 2
        assert done.stderr.startswith("Error: ")
        assert message in done.stderr
    assert bench("none").exit_code == 2
    assert not (tmp_path / "out").exists()


def test_a_table_hides_the_law():
    hidden = table(LAW, Settings("feynman", rows=20))
    assert [(c.name, c.symbol, c.unit) for c in (*hidden.features, hidden.target)] == [
        ("x1", "x1", None),
        ("x2", "x2", None),
        ("y", "y", None),
    ]
    told = table(LAW, Settings("feynman", rows=20, units=True, noise=0.1))
    assert [c.unit for c in (*told.features, told.target)] == ["kg", "m/s**2", "N"]
    assert (told.x == hidden.x).all()
    assert not (told.y == hidden.y).any()


def test_irrelevant_columns_come_last_and_play_no_part():
    settings = Settings("feynman", rows=20, units=True, irrelevant=3)
    more, usual = table(LAW, settings), table(LAW, Settings("feynman", rows=20))
    assert [c.unit for c in more.features] == ["kg", "m/s**2", "kg", "m/s**2", "kg"]
    assert (more.x[:, :2] == usual.x).all()
    assert (more.y == usual.y).all()
    assert np.linalg.matrix_rank(more.x) == 5
    assert more.x.min() >= 1
    assert more.x.max() <= 5


def test_files_of_different_settings_have_different_names():
    asked = Settings("feynman", 0.01, units=True, rows=50, without="networks", irrelevant=4)
    assert asked.name == "feynman-noise-0.01-units-rows-50-irrelevant-4-without-networks"
    assert Settings("feynman").name == "feynman-noise-0"


def test_an_answer_in_an_irrelevant_column_is_not_the_law():
    answer = symbol("x1") * symbol("x2") / 2 + 1e-9 * symbol("x4")
    for noise in (0.0, 0.1):
        assert not judge(answer, LAW, noise=noise).recovered


def test_a_process_that_crashes_has_a_row():
    settings = Settings("feynman", time_budget=5)
    (found,) = run([LAW], settings, workers=1)  # the process finds no such law in the catalogue
    assert (found.law, found.outcome, found.recovered) == ("half", "crashed", False)
    assert "feynman has no law 'half'" in found.stopped


def test_a_process_that_hangs_is_killed(monkeypatch):
    monkeypatch.setattr(processes, "GRACE", -9.9)
    laws = Catalogue.load("feynman").choose(("I.12.1",))
    (found,) = run(laws, Settings("feynman", time_budget=5), workers=1)
    assert (found.outcome, found.answer) == ("killed", "")
    assert found.stopped.startswith("no answer after")


def test_leaving_a_run_kills_its_processes(monkeypatch):
    started = []
    start = processes._Process.start
    monkeypatch.setattr(processes._Process, "start", lambda *a: started.append(start(*a)) or started[-1])
    laws = [LAW, *Catalogue.load("feynman").choose(("I.9.18",))]
    rows = run(laws, Settings("feynman", time_budget=60), workers=2)
    assert next(rows).outcome == "crashed"
    rows.close()
    assert all(law.process.code is not None for law in started)


def test_a_record_grows_and_is_read_in_its_order(tmp_path):
    journal = Journal(tmp_path / "new" / "rows.jsonl", Row)
    assert journal.read() == []
    rows = [row(), row("I.9.18", settings=Settings("feynman", 0.1), nrmse=1e-9), row()]
    for new in rows:
        journal.append(new)
    assert journal.read() == rows


@pytest.mark.parametrize("line", ["{", "[]", '{"law": 1}', "[" * 100_000], ids=["{", "[]", "law", "deep"])
def test_a_damaged_record(tmp_path, line):
    path = tmp_path / "rows.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(ResultError, match=r"line 1, is no result.*give another --out"):
        Journal(path, Row).read()


def test_page():
    rows = [row(), row("I.9.18", answer="G*m1", recovered=True, clean=True, seconds=3.5, outcome="exact")]
    text = page(rows, Settings("feynman", noise=0.01), command="symkan bench feynman --noise 0.01")
    assert "# feynman: noise 0.01, without units" in text
    assert "`symkan bench feynman --noise 0.01`" in text
    assert "recovered 1 of 2 (50 %), clean 1, srbench 0; median 2.5 s, of those recovered 3.5 s" in text
    assert "killed: no \\| answer" in text


def test_totals_of_nothing():
    assert Totals.of([]).text.startswith("recovered 0 of 0,")


def test_long_answers_are_cut():
    assert shorten("1.23456789e-34*x + 0.5", 100) == "1.2346e-34*x + 0.5"
    assert len(shorten("x + " * 100, 60)) == 60
