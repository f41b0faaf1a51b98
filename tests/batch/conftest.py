from __future__ import annotations

from pathlib import Path

import pytest

from symkan.batch import runner
from symkan.batch.config import Config
from symkan.batch.coordinator import Batch, Stop, run
from symkan.batch.engines import Engine, connect
from symkan.batch.lock import locked
from symkan.batch.options import BatchOptions
from symkan.batch.records import Job
from symkan.batch.tables import find_tables
from symkan.options import Options

HERE = Path(__file__).parent
LIMITS = BatchOptions(grace=20.0, memory=2.0)


class Told:
    """A watcher that remembers."""

    def __init__(self):
        self.fresh, self.old, self.ticks = [], [], 0

    def finished(self, entry, *, fresh):
        (self.fresh if fresh else self.old).append(entry)

    def tick(self, work):
        assert work.is_dir()
        self.ticks += 1


@pytest.fixture
def stubbed(monkeypatch):
    """Processes of tables do what the table says."""
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.setattr(runner, "CHILD", "stub_child")


@pytest.fixture
def folder(tmp_path):
    """Makes a folder of tables from their names and texts."""

    def make(**texts):
        made = tmp_path / "tables"
        made.mkdir(exist_ok=True)
        for name, text in texts.items():
            (made / f"{name}.csv").write_text(text)
        (tmp_path / "out").mkdir(exist_ok=True)
        return made

    return make


@pytest.fixture
def asked(tmp_path):
    """Makes a Batch of a folder of tables; the results are to be in tmp_path / "out"."""

    def make(folder, *, budget=5.0, limits=LIMITS, **more):
        tables = find_tables(folder, "*.csv")
        job = Job("last", options=Options(time_budget=budget))
        return Batch(tables, tmp_path / "out", Config(), job, limits, **{"version": "1", **more})

    return make


@pytest.fixture
def go():
    """Runs a batch on this machine; the totals and what was told."""

    def run_it(batch, *, workers=2, stop=None):
        told = Told()
        with (
            locked(batch.out, stale=batch.limits.stale) as lock,
            connect(Engine.LOCAL, workers=workers, scheduler=None) as pool,
        ):
            totals = run(batch, pool, lock=lock, watcher=told, stop=stop or Stop())
        return totals, told

    return run_it
