"""One piece of work in this process: `python -m symkan.bench.speed.work SIDE WORK` prints its runs as JSON."""

from __future__ import annotations

import sys
from importlib import import_module

from symkan.bench.speed.pairs import Run
from symkan.bench.speed.tasks import Work
from symkan.serialization import from_line, to_line

SIDES = {"symkan": "ours", "pykan": "pykan", "pyoperon": "pyoperon", "flashkan": "layers", "inkan": "layers"}


def main(side: str, asked: str) -> tuple[Run, ...]:
    """The runs: one, or those of both sides in turn."""
    work = from_line(Work, asked)
    module = import_module(f"symkan.bench.speed.{SIDES[side]}")
    runs: tuple[Run, ...] = getattr(module, work.task.kind)(work)
    return runs


if __name__ == "__main__":
    sys.stdout.write(to_line(main(*sys.argv[1:])).decode() + "\n")
