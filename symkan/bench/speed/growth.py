"""How time and memory grow: with rows, columns, grid and width of one training step, and with rows of a whole job."""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from symkan.bench.child import last_line
from symkan.serialization import from_line, to_line

if TYPE_CHECKING:
    from symkan.kan.network import Networks
    from symkan.kan.rows import Rows

CURVES = {
    "rows": (1_000, 10_000, 100_000, 1_000_000),
    "columns": (2, 5, 10, 20, 50, 100),
    "grid": (5, 10, 20, 50, 100, 200),
    "width": (1, 2, 5, 10, 20, 50, 100, 200),
    "rows of a table": (1_000, 10_000, 100_000, 1_000_000, 10_000_000),
}
"""Sizes; the last curve is of whole jobs, the others of a training step."""

MODULE = "symkan.bench.speed.growth"
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

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if curve == JOB:
            write_table(folder / "table.parquet", size)
        said, seconds = last_line(MODULE, curve, str(size), doing=f"{curve} {size}", folder=folder)
    point = replace(from_line(Point, said), version=symkan.__version__)
    return replace(point, seconds=seconds) if curve == JOB else point


def missing(points: Sequence[Point]) -> Iterator[Point]:
    """The points of the curves that are not among these, each as soon as it is there."""
    there = {(point.curve, point.size) for point in points}
    for curve, sizes in CURVES.items():
        yield from (measure(curve, size) for size in sizes if (curve, size) not in there)


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
    """Read the table, find the law, fit it to all rows; its time is that of the process."""
    from symkan.data.tables import read_table
    from symkan.discovery import discover
    from symkan.options import Options
    from symkan.search.forecast import forecast

    table, options = read_table("table.parquet", target="y"), Options()
    expected = forecast(table, options)
    discover(table, options)
    return Point(JOB, size, 0.0, peak(), float("nan"), expected.bytes, "")


def _step(curve: str, size: int) -> Point:
    """A training step of a network [columns, width, 1]."""
    from symkan.kan.cost import Machine, training_cost
    from symkan.kan.fitting import one_thread
    from symkan.kan.training import train
    from symkan.options import TrainOptions

    options = TrainOptions(steps=STEPS, tolerance=0.0, patience=STEPS + 1, stall=STEPS + 1)
    with one_thread():
        train(*_network("rows", 100), options=options)  # what is loaded at the first use
        kan, rows = _network(curve, size)
        cost = training_cost(kan, len(rows.x), options, machine=Machine.measure())
        before, started = peak(), time.perf_counter()
        train(kan, rows, options=options)
        seconds = (time.perf_counter() - started) / STEPS
    return Point(curve, size, seconds, peak() - before, cost.seconds / STEPS, cost.bytes, "")


def _network(curve: str, size: int) -> tuple[Networks, Rows]:
    """Everything usual but what the curve is about."""
    from symkan.kan.fitting import make_rows, network

    usual = {"rows": 1000, "columns": 4, "grid": 5, "width": 5, curve: size}
    x = np.random.default_rng(0).uniform(-1, 1, (usual["rows"], usual["columns"]))
    data = (x, np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2))
    rows = make_rows(data, (x[:0], data[1][:0]))
    widths = (usual["columns"], usual["width"], 1)
    return network(widths, rows, intervals=usual["grid"], restarts=1, seed=0), rows


def peak() -> int:
    """Bytes that this process held at its peak; Linux alone tells it without what its parent held."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s+(\d+)", status.read_text("ascii"))):
        return 1024 * int(found[1])
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else 1024 * used


def by_curve(points: Iterable[Point]) -> dict[str, list[Point]]:
    """The points of each curve that has some, by size."""
    points = sorted(points, key=lambda point: point.size)
    found = {curve: [point for point in points if point.curve == curve] for curve in CURVES}
    return {curve: points for curve, points in found.items() if points}


if __name__ == "__main__":
    asked, count = sys.argv[1], int(sys.argv[2])
    sys.stdout.write(to_line(_job(count) if asked == JOB else _step(asked, count)).decode() + "\n")
