"""A process for each table: whatever happens to it, the batch goes on and has a reason."""

from dataclasses import replace

import pytest

from symkan.batch.records import RECORD, Entry, Status
from symkan.batch.tables import WORK
from symkan.serialization import from_line


def test_every_way_to_end(folder, asked, go, stubbed, tmp_path):
    made = folder(
        a="ok 1", crash="crash", exit="exit", memory="memory", raises="raise", twice="kill 2", always="kill 9"
    )
    totals, told = go(asked(made))
    found = {entry.name: entry for entry in told.fresh}
    assert {name: entry.status for name, entry in found.items()} == {
        "a": Status.DONE,
        "crash": Status.CRASHED,
        "exit": Status.CRASHED,
        "memory": Status.MEMORY,
        "raises": Status.CRASHED,
        "twice": Status.DONE,  # the third attempt
        "always": Status.KILLED,
    }
    assert found["crash"].reason == "killed by SIGSEGV"
    assert found["exit"].reason == "last words"
    assert "more than 2 GiB of memory; give a larger --memory and --retry-failed" in found["memory"].reason
    assert "ZeroDivisionError: by zero" in found["raises"].reason
    assert "SIGKILL" in found["always"].reason
    assert totals.ended[Status.DONE] == 2
    assert not totals.all_done
    for name, entry in found.items():
        assert from_line(Entry, (tmp_path / "out" / name / RECORD).read_bytes()) == entry
    assert "ZeroDivisionError" in (tmp_path / "out" / "raises" / "log.txt").read_text()
    assert not (tmp_path / "out" / "a" / "log.txt").exists()
    assert not (tmp_path / "out" / WORK).exists()


def test_a_table_that_hangs_is_ended(folder, asked, go, stubbed):
    batch = asked(folder(hang="sleep 60", ok="ok"), budget=0.5)
    _, told = go(replace(batch, limits=replace(batch.limits, grace=1.0)))
    found = {entry.name: entry for entry in told.fresh}
    assert found["hang"].status is Status.TIME
    assert found["hang"].reason.startswith("no answer after 2 s")
    assert found["ok"].status is Status.DONE


@pytest.mark.parametrize("text", ["a,b\n1,x\n2,y\n", ""])
def test_a_table_that_cannot_be_used(folder, asked, go, text):
    """The real process."""
    _, told = go(asked(folder(bad=text)))
    (entry,) = told.fresh
    assert entry.status is Status.FAILED
    assert entry.reason.startswith(("the target 'b' holds text", "the file is empty"))
