"""How time and memory grow: with rows, columns, grid and width of one training step, and with rows of a whole job."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from symkan.bench.journal import decode, encode
from symkan.errors import ResultError

if TYPE_CHECKING:
    from symkan.kan.network import KAN
    from symkan.kan.rows import Rows

CURVES = {
    "rows": (1_000, 10_000, 100_000, 1_000_000),
    "columns": (2, 5, 10, 20, 50, 100),
    "grid": (5, 10, 20, 50, 100, 200),
    "width": (1, 2, 5, 10, 20, 50, 100, 200),
    "rows of a table": (1_000, 10_000, 100_000, 1_000_000, 10_000_000),
}
"""Sizes; the last curve is of whole jobs, the others of a training step."""

JOB = "rows of a table"
STEPS = 5
FEATURES = 9
CHUNK = 1_000_000
"""Rows of a table that are made together."""


@dataclass(frozen=True)
class Point:
    """A size on a curve and what was measured there.

    Attributes
    ----------
    seconds, bytes
        Of a training step, or of the whole job; memory is the process's at its peak, for a step without what the
        process held before.
    predicted_seconds, predicted_bytes
        By the cost model, before; nan and 0 where it says nothing.
    """

    curve: str
    size: int
    seconds: float
    bytes: int
    predicted_seconds: float
    predicted_bytes: int
    version: str


def measure(curve: str, size: int) -> Point:
    """A point, measured in a process of its own.

    Raises
    ------
    ResultError
        When the process ends without a result.
    """
    import symkan

    command = [sys.executable, "-m", "symkan.bench.speed.growth", curve, str(size)]
    path = os.pathsep.join(filter(None, (str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path}
    with tempfile.TemporaryDirectory() as folder:
        if curve == JOB:
            write_table(Path(folder) / "table.parquet", size)
        started = time.perf_counter()
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - started
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        raise ResultError(f"{curve} {size}: {last}; leave the growth curves out by --only")
    point = replace(decode(Point, done.stdout.strip().rpartition("\n")[2]), version=symkan.__version__)
    return replace(point, seconds=seconds) if curve == JOB else point


def write_table(path: Path, rows: int) -> None:
    """A table of nine columns, of which three matter, and a target with 1 % noise."""
    import pyarrow as pa
    from pyarrow import parquet

    names = [*(f"x{i}" for i in range(1, FEATURES + 1)), "y"]
    with parquet.ParquetWriter(path, pa.schema([(name, pa.float64()) for name in names])) as writer:
        for start in range(0, rows, CHUNK):
            random = np.random.default_rng([0, start])
            x = random.uniform(1, 3, (min(CHUNK, rows - start), FEATURES))
            y = 2 * x[:, 0] * np.exp(-x[:, 1] * x[:, 2])
            y += 0.01 * y.std() * random.normal(size=len(y))
            writer.write_table(pa.table(dict(zip(names, (*x.T, y), strict=True))))


def _job(size: int) -> Point:
    """The command line on the table; its time is that of the process."""
    from symkan.cli import app

    app(["discover", "table.parquet", "--target", "y", "--out", "out"], standalone_mode=False)
    return Point(JOB, size, 0.0, peak(), float("nan"), 0, "")


def _step(curve: str, size: int) -> Point:
    """A training step of a network [columns, width, 1]."""
    from symkan.kan.cost import Machine, training_cost
    from symkan.kan.fitting import one_thread
    from symkan.kan.training import train
    from symkan.options import TrainOptions

    options = TrainOptions(steps=STEPS, tolerance=0.0, patience=STEPS + 1, stall=STEPS + 1)
    with one_thread():
        kan, rows = _network(curve, size)
        cost = training_cost(kan, len(rows.x), options, machine=Machine.measure())
        before, started = peak(), time.perf_counter()
        train(kan, rows, options=options)
        seconds = (time.perf_counter() - started) / STEPS
    return Point(curve, size, seconds, peak() - before, cost.seconds / STEPS, cost.bytes, "")


def _network(curve: str, size: int) -> tuple[KAN, Rows]:
    """Everything usual but what the curve is about."""
    from symkan.kan.fitting import make_rows, network

    usual = {"rows": 1000, "columns": 4, "grid": 5, "width": 5, curve: size}
    x = np.random.default_rng(0).uniform(-1, 1, (usual["rows"], usual["columns"]))
    data = (x, np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2))
    rows = make_rows(data, (x[:0], data[1][:0]))
    widths = (usual["columns"], usual["width"], 1)
    return network(widths, rows, intervals=usual["grid"], restarts=1, seed=0), rows


def peak() -> int:
    """Bytes that this process held at its peak."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else 1024 * used


def curve_of(points: list[Point], name: str) -> Iterator[Point]:
    """The points of a curve, by size."""
    return iter(sorted((p for p in points if p.curve == name), key=lambda p: p.size))


if __name__ == "__main__":
    asked, count = sys.argv[1], int(sys.argv[2])
    sys.stdout.write(encode(_job(count) if asked == JOB else _step(asked, count)).decode() + "\n")
