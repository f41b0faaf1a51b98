"""`symkan batch`, as a process: lines, files, exit codes, Ctrl-C, and death at any moment."""

import csv
import os
import random
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from symkan.batch.records import RECORD, Entry
from symkan.batch.tables import WORK
from symkan.serialization import from_line
from symkan.symbolic.elsewhere import environment

HERE = Path(__file__).parent


@pytest.fixture
def start(monkeypatch, tmp_path):
    """Starts the command in a process."""
    monkeypatch.setenv("PYTHONPATH", str(HERE))

    def begin(folder, *arguments, target="last"):
        asked = ["--target", target] if target else []
        return subprocess.Popen(
            [sys.executable, "-m", "drive", "batch", folder, *asked, "--out", tmp_path / "out", *arguments],
            env={**environment(), "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


def entries(out):
    return {path.parent.name: from_line(Entry, path.read_bytes()) for path in sorted(out.glob(f"*/{RECORD}"))}


def test_lines_files_and_exit_codes(start, folder, tmp_path):
    made = folder(a="ok 1", b="ok 2", c="crash")
    process = start(made)
    output, lines = process.communicate(timeout=100)
    assert process.returncode == 1
    assert re.search(r"^\d/3 a\.csv: law: c = 3\.0\*a/b\*\*2 \(\d+\.\d s\)$", lines, re.MULTILINE)
    assert "c.csv: crashed: killed by SIGSEGV" in lines
    assert re.search(r"done +2", output)
    assert re.search(r"crashed +1", output)
    out = tmp_path / "out"
    assert "c.csv: crashed" in (out / "batch.log").read_text()
    with (out / "summary.csv").open(newline="") as file:
        assert [line["status"] for line in csv.DictReader(file)] == ["done", "done", "crashed"]
    (made / "c.csv").write_text("ok 3")
    process = start(made)
    _, lines = process.communicate(timeout=100)
    assert process.returncode == 0
    assert lines.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--pattern", "*.tsv"], "has no files like"),
        (["--time-budget", "0"], "--time-budget is 0"),
        (["--memory", "-1"], "--memory is -1"),
        (["--engine", "dask"], "--engine dask needs --scheduler"),
        (["--config", "none.toml"], "cannot be read"),
    ],
)
def test_what_cannot_be_meant(folder, tmp_path, arguments, said):
    from typer.testing import CliRunner

    from symkan.cli import app

    command = ["batch", str(folder(a="1")), "--target", "last", "--out", str(tmp_path / "out"), *arguments]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert said in result.stderr


def test_one_interrupt_finishes_and_two_end(start, folder, tmp_path):
    made = folder(**{f"t{i}": "sleep 2" for i in range(6)})
    process = start(made)
    wait_for(lambda: list((tmp_path / "out").glob(f"{WORK}/*/*/*")))
    process.send_signal(signal.SIGINT)
    output, lines = process.communicate(timeout=100)
    assert process.returncode == 130
    assert "once more to stop now" in lines
    assert "not begun" in output
    finished = entries(tmp_path / "out")
    assert 0 < len(finished) < 6
    assert (tmp_path / "out" / "index.html").exists()
    for i in range(6):
        (made / f"t{i}.csv").write_text("sleep 90")
    process = start(made)
    wait_for(lambda: list((tmp_path / "out").glob(f"{WORK}/*/*/*")))
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - started < 45
    assert not (tmp_path / "out" / WORK).exists()


def test_death_at_any_moment(start, folder, tmp_path):
    """Coordinator and workers are killed at random; in the end all is as if nothing had happened."""
    texts = {f"t{i:02d}": f"ok {i}" for i in range(12)} | {"bad": "raise"}
    made, generator, out = folder(**texts), random.Random(0), tmp_path / "out"
    for _ in range(5):
        process = start(made)
        wait_for(lambda p=process: list(out.glob(f"{WORK}/*/*/*")) or p.poll() is not None)
        time.sleep(generator.uniform(0, 0.5))
        for child in children(process.pid)[:1]:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        time.sleep(generator.uniform(0, 0.2))
        process.kill()
        process.communicate()
    process = start(made)
    process.communicate(timeout=100)
    found = entries(out)
    assert process.returncode == 1
    assert {name: entry.status.value for name, entry in found.items()} == {
        name: "crashed" if name == "bad" else "done" for name in texts
    }
    assert [found[f"t{i:02d}"].finding.constants[0].value for i in range(12)] == list(range(12))
    assert not (out / WORK).exists()


def children(pid):
    """The processes that a process started."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, path.read_text().split())
    return found


def wait_for(condition, *, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
