"""One batch at a time in a folder of results."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from symkan.batch.lock import LOCK, Owner, locked
from symkan.errors import ResultError
from symkan.serialization import to_line
from symkan.symbolic.elsewhere import environment

HOLD = """
import sys, time
from pathlib import Path
from symkan.batch.lock import locked
with locked(Path(sys.argv[1]), stale=60):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_batch_is_told_of_the_first(tmp_path):
    with (
        locked(tmp_path, stale=60),
        pytest.raises(ResultError, match=rf"process {os.getpid()} on .* sign of life \d+ s ago"),
        locked(tmp_path, stale=60),
    ):
        pass
    with locked(tmp_path, stale=60):
        pass


def test_a_batch_that_was_killed_holds_nothing(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, env=environment()
    )
    with process:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(ResultError, match=f"process {process.pid}"), locked(tmp_path, stale=60):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        with locked(tmp_path, stale=60) as lock:
            assert lock.owner.pid == os.getpid()


def test_another_machine_counts_by_its_signs_of_life(tmp_path):
    """Its lock does not show here, as on a network file system without locks."""
    path = tmp_path / LOCK
    path.write_bytes(to_line(Owner("elsewhere", 1, time.time() - 7200)))
    with pytest.raises(ResultError, match="process 1 on elsewhere"), locked(tmp_path, stale=60):
        pass
    os.utime(path, (time.time() - 100,) * 2)
    with locked(tmp_path, stale=60) as lock:
        assert lock.owner.host == socket.gethostname()
        before = path.stat().st_mtime
        lock.refresh()
        assert path.stat().st_mtime >= before
    assert path.read_bytes() == b""
