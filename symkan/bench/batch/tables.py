"""Tables to work on, and what a batch made of them."""

from __future__ import annotations

import csv
from dataclasses import replace
from itertools import product
from pathlib import Path
from string import ascii_lowercase

import numpy as np

from symkan.batch.records import RECORD, Entry
from symkan.serialization import from_line

_LAWS = (
    lambda a, x, z: a * x * z,
    lambda a, x, z: a * x**2 / z,
    lambda a, x, z: a * np.sqrt(x) * z,
    lambda a, x, z: a * x + 2 * z,
)
_WITHOUT_ANSWER = 20  # every so many tables have a target that holds text


def write_tables(folder: Path, count: int, *, rows: int = 100) -> None:
    """Write so many tables of simple laws without noise, which are found at once; some have no numbers to explain.

    Their names hold no numbers, for the atlas would look for laws in those.
    """
    folder.mkdir(parents=True)
    names = map("".join, product(ascii_lowercase, repeat=3))
    for i, name in zip(range(count), names, strict=False):
        generator = np.random.default_rng(i)
        x, z = generator.uniform(1, 3, (2, rows))
        y = _LAWS[i % len(_LAWS)](generator.uniform(1, 5), x, z).tolist()
        if (i + 1) % _WITHOUT_ANSWER == 0:
            y = ["text"] * rows
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("x", "z", "y"), *zip(x.tolist(), z.tolist(), y, strict=True)])


def finished(out: Path) -> int:
    """How many tables have their result."""
    return len(list(out.glob(f"*/{RECORD}")))


def entries(out: Path) -> list[Entry]:
    """The records of all tables, by name."""
    return [from_line(Entry, path.read_bytes()) for path in sorted(out.glob(f"*/{RECORD}"))]


def differences(out: Path, other: Path) -> tuple[str, ...]:
    """In what the results in two folders differ, beyond the time that they took: laws, statuses, files."""
    one, two = ({entry.name: entry for entry in entries(folder)} for folder in (out, other))
    found = [f"{name} is in one only" for name in sorted(one.keys() ^ two.keys())]
    for name in sorted(one.keys() & two.keys()):
        if replace(one[name], seconds=0.0) != replace(two[name], seconds=0.0):
            found.append(f"{name}: the records differ")
        if _files(out / name) != _files(other / name):
            found.append(f"{name}: the files differ")
    top, under = ({path.name for path in folder.iterdir()} for folder in (out, other))
    return (*found, *(f"{name} is in one only" for name in sorted((top ^ under) - one.keys() - two.keys())))


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
