"""From a table to its folder, for real but for the report."""

from dataclasses import replace

import numpy as np
import pytest

from symkan import Discovery, Options
from symkan.batch import child
from symkan.batch.options import BatchOptions
from symkan.batch.records import Job, Status, Task
from symkan.errors import ColumnError


@pytest.fixture
def task(tmp_path):
    x = np.random.default_rng(0).uniform(1, 5, (60, 2))
    rows = np.column_stack([x, 3 * x[:, 0] / x[:, 1] ** 2])
    path = tmp_path / "a.csv"
    np.savetxt(path, rows, delimiter=",", header="m [kg],v,E", comments="")
    job = Job("last", options=Options(time_budget=20))
    return Task(str(path), "a.csv", str(tmp_path), str(tmp_path), "a", "key", job, BatchOptions(points=5))


def test_a_table(task, tmp_path, monkeypatch):
    monkeypatch.setattr(child, "_report", lambda found, folder: (folder / "report.html").write_text(""))
    entry = child.work(task, tmp_path, started=0.0)
    found = entry.finding
    assert (entry.status, entry.file, entry.key) == (Status.DONE, "a.csv", "key")
    assert (found.verdict, found.rows, found.columns) == ("law", 60, 2)
    assert (found.law, found.skeleton) == ("`E` = 3*m/v**2", "`E` = c1*m/v**2")
    (constant,) = found.constants
    assert constant.value == pytest.approx(3)
    assert constant.low <= 3 <= constant.high
    assert found.mathml.startswith("<math")
    assert "annotation" not in found.mathml
    assert len(found.points) == 5
    assert all(a == b for a, b in found.points)
    assert found.report
    assert Discovery.load(tmp_path / "result.json").evidence is not None


def test_a_law_is_not_lost_with_its_report(task, tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError("no fonts")

    monkeypatch.setattr(child, "_report", fail)
    monkeypatch.setattr("symkan.examination.examine", fail)
    found = child.work(task, tmp_path, started=0.0).finding
    assert found.law == "`E` = 3*m/v**2"
    assert found.warnings[:2] == (
        "the examination failed: RuntimeError: no fonts",
        "the report failed: RuntimeError: no fonts",
    )
    assert (found.verdict, found.report) == ("exact", False)


@pytest.mark.parametrize(("target", "name"), [("first", "m"), ("last", "E"), ("v", "v")])
def test_the_target(task, target, name):
    assert child.read(task.path, replace(task.job, target=target)).target.name == name


def test_a_column_without_a_header_is_neither_first_nor_last(tmp_path):
    path = tmp_path / "a.csv"
    rows = np.random.default_rng(0).normal(size=(20, 2))
    lines = [",a,b,", *(f"{i},{a},{b}," for i, (a, b) in enumerate(rows))]
    path.write_text("\n".join(lines))
    assert child.read(str(path), Job("first")).target.name == "a"
    assert child.read(str(path), Job("last")).target.name == "b"


def test_a_column_may_be_called_last(tmp_path):
    path = tmp_path / "a.csv"
    np.savetxt(
        path, np.random.default_rng(0).normal(size=(20, 2)), delimiter=",", header="last,b", comments=""
    )
    assert child.read(str(path), Job("last")).target.name == "last"
    with pytest.raises(ColumnError, match="nothing"):
        child.read(str(path), Job("nothing"))
