"""Nothing lost, nothing twice."""

import threading
import time
from concurrent.futures import CancelledError, Future
from dataclasses import replace

import pytest

from symkan.batch.coordinator import Batch, Stop, run
from symkan.batch.engines import Workers
from symkan.batch.lock import locked
from symkan.batch.records import RECORD, Entry, Status
from symkan.batch.runner import publish
from symkan.batch.tables import WORK
from symkan.errors import OptionError
from symkan.options import Options


class Now:
    """An executor that does nothing but call, at once."""

    def submit(self, work, task):
        future = Future()
        try:
            future.set_result(work(task))
        except BaseException as error:
            future.set_exception(error)
        return future


def done(task):
    return publish(Entry(task.file, task.name, task.key, Status.DONE, "", 1.0, None), task)


class Told:
    def __init__(self):
        self.fresh, self.old = [], []

    def finished(self, entry, *, fresh):
        (self.fresh if fresh else self.old).append(entry.name)

    def tick(self, work):
        pass


@pytest.fixture
def call():
    """Runs a batch in this process, by a function in the place of a worker."""

    def run_it(batch, work=done, *, stop=None, executor=None):
        told = Told()
        with locked(batch.out, stale=60) as lock:
            workers = Workers(executor or Now(), lambda: 1)
            run(batch, workers, lock=lock, watcher=told, stop=stop or Stop(), work=work)
        told.fresh.sort()
        return told

    return run_it


def test_what_is_finished_is_left_alone(folder, asked, call):
    made = folder(a="1", b="2")
    assert call(asked(made)).fresh == ["a", "b"]
    (made / "c.csv").write_text("3")
    told = call(asked(made))
    assert (told.fresh, told.old) == (["c"], ["a", "b"])


@pytest.mark.parametrize(
    "change",
    [
        lambda batch: replace(batch, version="2"),
        lambda batch: replace(batch, base=replace(batch.base, target="first")),
        lambda batch: replace(batch, base=replace(batch.base, units={"a": "m"})),
        lambda batch: replace(batch, base=replace(batch.base, options=Options(seed=1))),
    ],
)
def test_another_question_is_asked_anew(folder, asked, call, change):
    made = folder(a="1")
    call(asked(made))
    assert call(change(asked(made))).fresh == ["a"]


def test_changed_data_are_worked_on_anew(folder, asked, call):
    made = folder(a="1", b="2")
    call(asked(made))
    (made / "a.csv").write_text("1.5")
    told = call(asked(made))
    assert (told.fresh, told.old) == (["a"], ["b"])


@pytest.mark.parametrize("text", [b"", b'{"file": "a.csv"', b"[]", b"\xff"])
def test_a_damaged_record_is_none(folder, asked, call, tmp_path, text):
    made = folder(a="1")
    call(asked(made))
    (tmp_path / "out" / "a" / RECORD).write_bytes(text)
    assert call(asked(made)).fresh == ["a"]


def test_failures_stay_unless_they_are_to_be_tried_again(folder, asked, call):
    def fail(task):
        status = Status.KILLED if task.name == "killed" else Status.TIME
        return publish(Entry.failed(task, status, reason="so", seconds=1.0), task)

    made = folder(a="1", killed="2")
    call(asked(made), fail)
    assert call(asked(made), fail).fresh == ["killed"]
    assert call(asked(made, retry_failed=True)).fresh == ["a", "killed"]
    assert call(asked(made, retry_failed=True)).fresh == []


def test_so_many_at_most(folder, asked, call):
    made = folder(a="1", b="2", c="3")
    assert call(asked(made, limit=2)).fresh == ["a", "b"]
    assert call(asked(made, limit=2)).fresh == ["c"]


def test_what_a_killed_batch_left_behind_goes(folder, asked, call, tmp_path):
    (tmp_path / "out" / WORK / "1234" / "a").mkdir(parents=True)
    call(asked(folder(a="1")))
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [".lock", "a"]


def test_a_worker_that_is_lost_is_a_reason(folder, asked, call):
    def lose(task):
        raise CancelledError if task.name == "a" else RuntimeError("gone")

    made = folder(a="1", b="2")
    call(asked(made), lose)
    assert call(asked(made)).fresh == ["a", "b"]  # it is tried again


def test_a_worker_that_outlives_its_batch_puts_nothing_in_place(folder, asked, call, tmp_path):
    tasks = []

    def keep(task):
        tasks.append(task)
        return done(task)

    call(asked(folder(a="1")), keep)
    before = (tmp_path / "out" / "a" / RECORD).stat().st_mtime_ns
    late = publish(Entry.failed(tasks[0], Status.FAILED, reason="late", seconds=0.0), tasks[0])
    assert late.status is Status.KILLED
    assert (tmp_path / "out" / "a" / RECORD).stat().st_mtime_ns == before


def test_asked_to_stop_it_finishes_what_runs(folder, asked, go, stubbed):
    made = folder(**{f"t{i}": "sleep 1" for i in range(8)})
    stop = Stop()
    threading.Timer(0.6, lambda: setattr(stop, "asked", True)).start()
    totals, told = go(asked(made), stop=stop)
    assert 0 < len(told.fresh) < 8
    assert {entry.status for entry in told.fresh} == {Status.DONE}
    assert totals.ended.total() == len(told.fresh)


def test_an_interrupt_ends_all_processes_at_once(folder, asked, go, stubbed, monkeypatch):
    started = time.monotonic()

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("symkan.batch.lock.Lock.refresh", interrupt)
    with pytest.raises(KeyboardInterrupt):
        go(asked(folder(a="sleep 60", b="sleep 60", c="sleep 60")))
    assert time.monotonic() - started < 30


def test_every_table_has_a_target(folder, asked, call):
    batch: Batch = asked(folder(a="1"))
    with pytest.raises(OptionError, match=r"a\.csv: no target"):
        call(replace(batch, base=replace(batch.base, target="")))
