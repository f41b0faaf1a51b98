"""Runs code in other languages, where they are installed."""

import shutil
import subprocess
import sys

import pytest

COMMANDS = {
    "law.py": [[sys.executable, "law.py"]],
    "law_sympy.py": [[sys.executable, "law_sympy.py"]],
    "law.c": [
        ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-c", "law.c", "-o", "law.o"],
        ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-DSYMKAN_CHECK", "law.c", "-o", "law", "-lm"],
        ["./law"],
    ],
    "law.jl": [["julia", "law.jl"]],
    "law.m": [["octave", "--no-gui", "--quiet", "--norc", "--eval", "law"]],
    "law.js": [["node", "law.js"]],
}


@pytest.fixture
def run_file(tmp_path):
    """What the file prints when it is compiled and run."""

    def run(filename, code):
        (tmp_path / filename).write_text(code, "utf-8")
        for command in COMMANDS[filename]:
            if "/" not in command[0] and shutil.which(command[0]) is None:
                pytest.skip(f"{command[0]} is not installed")
            done = subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
            )
            assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
