"""A cluster for real: a scheduler and two workers on loopback, one of which is killed in the middle."""

import importlib
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from symkan.batch.coordinator import Stop, run
from symkan.batch.engines import Engine, connect
from symkan.batch.lock import locked
from symkan.batch.records import Status
from symkan.errors import OptionError
from symkan.symbolic.elsewhere import environment

HERE = str(Path(__file__).parent)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture
def cluster(monkeypatch, tmp_path):
    """The address of a scheduler, and its two workers."""
    pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", HERE)
    monkeypatch.syspath_prepend(HERE)
    address = f"tcp://127.0.0.1:{free_port()}"
    local = ("--host", "127.0.0.1", "--no-dashboard")
    with ExitStack() as stack:

        def start(*arguments):
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                cwd=tmp_path,
                env=environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        start("scheduler", "--port", address.rpartition(":")[2], *local)
        yield address, [start("worker", address, "--no-nanny", "--nthreads", "1", *local) for _ in range(2)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_worker_that_is_killed(cluster, folder, asked):
    address, workers = cluster
    work = importlib.import_module("stub_work").run_table
    batch = asked(folder(**{f"t{i}": "sleep 0.5" for i in range(8)}))
    told = []

    class Watcher:
        def finished(self, entry, *, fresh):
            told.append(entry)
            if len(told) == 2:
                workers[0].send_signal(signal.SIGKILL)

        def tick(self, work):
            pass

    with locked(batch.out, stale=60) as lock, connect(Engine.DASK, workers=1, scheduler=address) as pool:
        deadline = time.monotonic() + 60
        while pool.count() < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        totals = run(batch, pool, lock=lock, watcher=Watcher(), stop=Stop(), work=work)
    assert workers[0].wait() == -signal.SIGKILL
    assert totals.all_done
    assert sorted(entry.name for entry in told) == [f"t{i}" for i in range(8)]
    assert {entry.status for entry in told} == {Status.DONE}


def test_no_scheduler():
    pytest.importorskip("distributed")
    with (
        pytest.raises(OptionError, match="needs --scheduler"),
        connect(Engine.DASK, workers=1, scheduler=None),
    ):
        pass
