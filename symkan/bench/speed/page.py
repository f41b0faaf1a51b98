"""The Markdown page of the speed benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from symkan.bench.page import machine, table_head, table_row, versions
from symkan.bench.speed.growth import FEATURES, Point, by_curve
from symkan.bench.speed.pairs import ENOUGH, SHARE, Pair, Ratio
from symkan.bench.speed.tasks import TASKS

_LONGEST = 60  # characters of a result


def ratios(pairs: Iterable[Pair]) -> tuple[Ratio, ...]:
    """What the pairs come to, in the order of the tasks."""
    pairs = tuple(pairs)
    of = {task: [pair for pair in pairs if pair.task == task] for task in TASKS}
    return tuple(Ratio.of(found) for found in of.values() if found)


def cells(ratio: Ratio) -> tuple[str, ...]:
    """The row of a task, as in `COLUMNS`."""
    at_least = "> " if ratio.bound else ""
    goal = f"{ratio.task.goal:g}" if ratio.task.goal else ""
    return (
        ratio.task.name,
        ratio.task.peer,
        f"{at_least}{_short(ratio.median)}",
        f"{_short(ratio.low)} to {_short(ratio.high)}",
        goal,
        _seconds(ratio.ours),
        _seconds(ratio.theirs),
        _done(ratio),
    )


def _done(ratio: Ratio) -> str:
    """In how many pairs the other package did the work, and what became of it in the others."""
    told = [f"{ratio.done} of {ratio.pairs}"]
    for what, seconds in (("stopped", ratio.stopped), ("ended", ratio.ended)):
        if seconds:
            first, last = (_seconds(s) for s in (seconds[0], seconds[-1]))
            told.append(f"{len(seconds)} {what} after {first if first == last else f'{first} to {last}'}")
    return "; ".join(told)


COLUMNS = ("task", "against", "times faster", "range", "goal", "symkan", "other", "other done")


def page(pairs: Sequence[Pair], points: Sequence[Point] = (), *, command: str) -> str:
    """The page as Markdown."""
    gpus = sorted({pair.gpu for pair in pairs} - {""})
    peers = sorted({f"{pair.task.peer} {pair.peer_version}" for pair in pairs if pair.task.peer != "symkan"})
    facts = (
        f"- {', '.join((date.today().isoformat(), machine(), *gpus))}",
        f"- `{command}`",
        f"- {versions((pair.version for pair in pairs), *peers)}",
    )
    found = ratios(pairs)
    table = [*table_head(COLUMNS), *(table_row(cells(ratio)) for ratio in found)]
    results = [*table_head(("task", "symkan", "other")), *(_results(r) for r in found if any(r.results))]
    heading = ("# Speed", "", *facts, "", *_summary(found))
    parts = (*heading, _LEGEND, "", *table, "", _RESULTS, "", *results, "", *_growth(points))
    return "\n".join(parts)


def _summary(found: Sequence[Ratio]) -> Iterable[str]:
    """The least ratio to pykan of each kind of task."""
    least: dict[str, Ratio] = {}
    for ratio in (ratio for ratio in found if ratio.task.peer == "pykan"):
        least[ratio.task.kind] = min(least.get(ratio.task.kind, ratio), ratio, key=lambda r: r.median)
    if least:
        told = ", ".join(f"{k} {'more than ' if r.bound else ''}{_short(r.median)}" for k, r in least.items())
        yield from (f"**Times faster than pykan: {told}**", "")


def _growth(points: Sequence[Point]) -> Iterable[str]:
    """The growth curves as a table, with the figure above it."""
    if not points:
        return
    columns = ("grows", "size", "seconds", "predicted", "memory (MB)", "predicted")
    yield from ("## Growth", "", "![growth curves](growth.svg)", "", _GROWTH, "", *table_head(columns))
    for point in (point for curve in by_curve(points).values() for point in curve):
        predicted = f"{point.predicted_seconds:.2g}" if point.predicted_seconds > 0 else ""
        memory = (f"{point.bytes / 1e6:.0f}", f"{point.predicted_bytes / 1e6:.0f}")
        yield table_row((point.curve, f"{point.size:,}", f"{point.seconds:.2g}", predicted, *memory))
    yield ""


def _results(ratio: Ratio) -> str:
    ours, theirs = (f"`{text[:_LONGEST]}`" if text else "" for text in ratio.results)
    return table_row((f"{ratio.task.name}, {ratio.task.peer}", ours, theirs))


def _short(number: float) -> str:
    return f"{number:.3g}" if number < 1000 else f"{number:.0f}"


def _seconds(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


_LEGEND = f"""\
Each pair is a run of symkan and then one of the other package on the same table, each in a process of its own \
(layers and batches: in turn in one process; layers in float32, which is what the others compute in); seed 0, 1, …; \
medians over the pairs and the range of their ratios. symkan trains, matches and searches with one thread, the others \
with as many as they take.

- training: 1,000 rows without noise, until the RMSE on 1,000 others, in the same ranges, is 1e-4 of the target's \
spread. pykan: the tutorial's LBFGS, 50 steps on each of the grids 3, 5, 10, 20, 50, 100, until the step that gets \
there. symkan: stages of Levenberg-Marquardt, four restarts together.
- matching: all 15 edges of a trained [2, 5, 1] network against the whole library; pykan's `auto_symbolic`.
- job: from a CSV to a formula, process start included: symkan's `discover`; pykan's "hello, KAN!" (train, prune, \
refine, `auto_symbolic` with its ten functions, train); pyoperon's `SymbolicRegressor`, its own settings, with sin, \
cos, exp, log, sqrt and squares.
- layer: one forward and backward pass, gradients by rows and coefficients, grid 5, order 3; on the GPU where the \
name says "on cuda".
- batch: five steps of Levenberg-Marquardt of restarts of a network [4, 5, 1] with grid 5, \
on the GPU against symkan itself on the CPU with all its threads, in float64.

*Other done* says in how many of the pairs the other package did the work, and what became of it in the others. \
*Stopped*: time was up, so that the ratio is a lower bound. *Ended*: it went through all its steps and grids and did \
not get there; the ratio is to the time that this took, which was not enough. With either, > stands before the ratio. \
Once a package did not get there, it is stopped in later pairs after {SHARE:.0%} of the limit, or, where symkan takes \
so long that this is later, when the ratio is {ENOUGH:g} times the goal."""
_RESULTS = "What came of it (first pair; RMSE on the test rows by the target's spread):"
_GROWTH = f"""\
A step of Levenberg-Marquardt of a network [4, 5, 1] with grid 5 on 1,000 rows, of which one size grows; one thread; \
memory is the rise of the process's peak. Last, the whole job, process start included: a Parquet file of {FEATURES} \
columns and a target 2·x1·exp(-x2·x3) with 1 % noise is read, the law found and fitted to all rows; memory is the \
whole process's. Predicted: by the cost model, before the start; how long the search itself takes depends on the law."""
