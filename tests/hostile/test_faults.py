"""What can go wrong on a machine: one line on stderr, exit code 2, and nothing half-written that looks whole."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import symkan
from symkan import cli_doctor
from symkan.errors import ResultError
from symkan.writing import write_text

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(Path(symkan.__file__).parents[1]),
    "OMP_NUM_THREADS": "1",
}
TARGET = ("--target", "y", "--time-budget", "2")
posix = pytest.mark.skipif(os.name != "posix", reason="needs /dev and limits of processes")


@pytest.fixture
def table(tmp_path):
    x = np.random.default_rng(0).uniform(1, 3, (60, 2))
    path = tmp_path / "t.csv"
    np.savetxt(path, np.column_stack([x, 2.5 * x[:, 0] * x[:, 1]]), "%.17g", ",", header="a,b,y", comments="")
    return path


def run(folder, *arguments, before="", **environment):
    """The program in a new process, without a terminal and HOME; `before` is Python that comes first."""
    code = f"import sys; {before or 'pass'}\nimport symkan.cli; symkan.cli.main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=folder, env={**ENVIRONMENT, **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip


def assert_one_line(done, message):
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert re.search(message, done.stderr.splitlines()[-1]), done.stderr


def test_no_home_no_terminal_c_locale_read_only_installation(table, tmp_path):
    """Nothing is written beside the package, and nothing but what was asked for."""
    package = Path(symkan.__file__).parent
    before = {p for p in package.rglob("*") if "__pycache__" not in p.parts}
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    done = run(tmp_path, "discover", table, *TARGET, "--out", "ü", **plain)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert {"result.json", "law.py"} <= {p.name for p in (tmp_path / "ü").iterdir()}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.csv", "ü"]
    assert {p for p in package.rglob("*") if "__pycache__" not in p.parts} == before


@posix
def test_full_disk(table, tmp_path, discovery):
    discovery.save(tmp_path / "result.json")
    (tmp_path / "new.csv").write_text("v,theta1\n1,0.5\n")
    done = run(tmp_path, "predict", "result.json", "new.csv", "--out", "/dev/full")
    assert_one_line(done, "^Error: /dev/full cannot be written: No space left on device")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


@posix
def test_full_disk_in_the_middle_of_a_file(tmp_path):
    """Files of this process are limited to 1,000 bytes, as on a disk with so much space."""
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "from symkan.writing import write_text; write_text('law.py', 'x' * 5000)"
    )
    (tmp_path / "law.py").write_text("old")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ResultError: law.py cannot be written: File too large" in done.stderr
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"law.py": "old"}


@posix
def test_full_disk_behind_stdout(tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "symkan", "--version"],
            cwd=tmp_path, env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert_one_line(done, "^Error: .*No space left on device")


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become nobody")
@pytest.mark.parametrize(
    ("mode", "out", "message"),
    [
        ((0o000, 0o777), "out", r"t\.csv.* (is not readable|Permission denied)"),
        ((0o644, 0o555), "out", "out cannot be made: Permission denied"),
        ((0o644, 0o555), ".", "cannot be written to; give another --out"),
    ],
)
def test_permissions(table, tmp_path, mode, out, message):
    for folder in tmp_path.parents[:2]:
        folder.chmod(0o755)
    table.chmod(mode[0])
    tmp_path.chmod(mode[1])
    before = "import os, symkan.cli, symkan.discovery, symkan.cli_display, pandas; os.setgid(65534); os.setuid(65534)"
    done = run(tmp_path, "discover", "t.csv", *TARGET, "--out", out, before=before)
    assert_one_line(done, message)
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


@posix
def test_killed_while_writing(tmp_path):
    """Whenever it is killed, the file is the old one or the new one."""
    code = (
        "from symkan.writing import write_text\n"
        "for i in range(10**6): write_text('result.json', str(i % 10) * 3_000_000)"
    )
    for i in range(5):
        process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=ENVIRONMENT)
        until = time.monotonic() + 30
        while not (tmp_path / "result.json").exists() and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.013 * i)
        process.send_signal(signal.SIGKILL)
        process.wait()
        text = (tmp_path / "result.json").read_text()
        assert len(text) == 3_000_000
        assert len(set(text)) == 1
        assert all(p.name.startswith(".result.json.") for p in tmp_path.iterdir() if p.name != "result.json")


def test_a_device_that_is_not_there(table, tmp_path):
    done = run(tmp_path, "discover", table, *TARGET, "--device", "cuda", CUDA_VISIBLE_DEVICES="")
    assert_one_line(done, "^Error: device: no 'cuda' device is found here; use cpu")


@posix
@pytest.mark.parametrize("megabytes", [600, 900])
def test_out_of_memory(table, tmp_path, megabytes):
    """Too little for torch, and for the table."""
    big = tmp_path / "big.csv"
    big.write_text("a,y\n" + "1,2\n" * 3_000_000 if megabytes > 600 else table.read_text())
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({megabytes << 20},) * 2)"
    done = run(tmp_path, "discover", big, *TARGET, "--out", "out", before=limit)
    assert "Traceback" not in done.stderr
    assert done.returncode == 2
    assert not list((tmp_path / "out").glob("*"))


def test_links_and_pipes_stay_what_they_are(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there" / "file")
    write_text(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "file").read_text() == "text"
    with pytest.raises(ResultError, match="cannot be written: Is a directory"):
        write_text(tmp_path / "there", "text")
    with pytest.raises(ResultError, match="cannot be written: embedded null"):
        write_text("a\0b", "text")


@pytest.mark.parametrize(
    "command", [["discover", "/dev/zero", "--target", "y"], ["predict", "/dev/zero", "t.csv"]]
)
@posix
def test_files_without_end(table, tmp_path, command, monkeypatch):
    done = run(tmp_path, *command, before="import symkan.serialization as s; s.MOST_BYTES = 1000")
    assert_one_line(done, "^Error: /dev/zero cannot be read: it (is a device|has more than 1,000 bytes)")


def test_the_same_law_each_time(table, tmp_path):
    """Bit for bit but for times, whatever the hash seed; the same law with two threads."""
    laws, records = [], []
    for seed, threads in (("0", "1"), ("1", "1"), ("2", "2")):
        done = run(
            tmp_path, "discover", "t.csv", "--target", "y", "--json", "--time-budget", "60",
            PYTHONHASHSEED=seed, OMP_NUM_THREADS=threads,
        )  # fmt: skip
        record = json.loads(done.stdout)
        laws.append(record["best"]["expression"])
        records.append(json.dumps({key: value for key, value in record.items() if key != "timings"}))
    assert records[0] == records[1]
    assert len(set(laws)) == 1


def test_doctor(tmp_path):
    done = run(tmp_path, "doctor")
    assert done.returncode == 0, done.stderr
    for part in ("symkan", "python", "BLAS", "device", "pandoc", "typst", "5*x1*sin(x2)/2 in", "all is well"):
        assert part in done.stdout
    assert not list(tmp_path.iterdir())


def test_doctor_says_what_is_missing(monkeypatch, capsys):
    def broken():
        raise ImportError("no libfoo.so")

    monkeypatch.setattr(cli_doctor, "_blas", broken)
    monkeypatch.setattr(cli_doctor, "_discovery", list)
    monkeypatch.setattr(cli_doctor, "_typst", list)
    with pytest.raises(cli_doctor.typer.Exit) as exit_:
        cli_doctor.doctor()
    assert exit_.value.exit_code == 1
    assert "MISSING" in capsys.readouterr().out
