"""What the terminal shows: the live view while a law is sought, and the result."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from symkan.data.dataset import Dataset
from symkan.evidence.records import Trust
from symkan.options import Options
from symkan.report.notation import linear, number, pretty, write
from symkan.result import Discovery
from symkan.search.candidates import Candidate
from symkan.search.forecast import Forecast
from symkan.search.records import Outcome, Progress
from symkan.text import printable

_STYLES = {
    Outcome.EXACT: "bold green",
    Outcome.FITTED: "bold green",
    Outcome.PARTIAL: "bold yellow",
    Outcome.NONE: "bold red",
}
_TRUST_STYLES = {Trust.LAW: "bold green", Trust.TENTATIVE: "bold yellow", Trust.NONE: "bold red"}
_MOST_LINES = 12


def show_forecast(dataset: Dataset, forecast: Forecast) -> None:
    """The size of the table, and what the search will take, on stderr."""
    rows, columns = dataset.x.shape
    table = f"{counted(rows, 'row')}, {counted(columns, 'column')}"
    Console(stderr=True, highlight=False).print(f"{table}: {forecast.text}", style="dim", soft_wrap=True)


@contextmanager
def live_progress(dataset: Dataset, options: Options) -> Iterator[Callable[[Progress], None] | None]:
    """A view on stderr that follows the search; None as watcher where stderr is no terminal."""
    console = Console(stderr=True)
    if not (console.is_terminal and sys.stderr.isatty()):
        yield None
        return
    view = LiveView(dataset, options)
    with Live(get_renderable=lambda: view, console=console, transient=True, refresh_per_second=8):
        yield view.watch


class LiveView:
    """The last `Progress`, as lines that fit the terminal's width."""

    def __init__(self, dataset: Dataset, options: Options):
        self._dataset = dataset
        self._deadline = time.monotonic() + options.time_budget
        self._progress: Progress | None = None
        self._formula = ""

    def watch(self, progress: Progress) -> None:
        """Show this progress from now on."""
        if progress.formula is not None and (
            self._progress is None or progress.formula != self._progress.formula
        ):
            columns = self._dataset.features
            self._formula = f"{printable(self._dataset.target.name)} = {write(progress.formula, columns)}"
        self._deadline = time.monotonic() + progress.time_left
        self._progress = progress

    def __rich__(self) -> RenderableType:
        left = max(0.0, self._deadline - time.monotonic())
        lines = Table.grid(padding=(0, 2), expand=True)
        lines.add_column(no_wrap=True, style="dim")
        lines.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        stage, network, loss = "starting", "", math.nan
        if self._progress is not None:
            stage, network, loss = (
                self._progress.stage,
                self._progress.network,
                self._progress.validation_rmse,
            )
        lines.add_row("stage", Text(f"{stage} {network}".strip()))
        lines.add_row("time left", Text(f"{left:.0f} s   (Ctrl-C keeps the best so far)"))
        lines.add_row("best so far", Text(self._formula or "none yet", style="bold"))
        lines.add_row("validation RMSE", Text("" if math.isnan(loss) else number(loss)))
        return lines


def show_discovery(discovery: Discovery, *, console: Console | None = None) -> None:
    """The result on stdout: law, outcome, alternatives, constants, errors, notes."""
    console = console or Console(highlight=False)
    unicode = console.encoding.lower().startswith("utf")
    console.print()
    console.print(Padding(_law(discovery, console.width - 4, unicode=unicode), (0, 0, 0, 2)))
    console.print()
    for part in _parts(discovery, r2="R²" if unicode else "R^2"):
        console.print(part)
        console.print()


def show_end(discovery: Discovery, paths: Sequence[Path]) -> None:
    """The verdict with its reasons, if the result was examined, and the files, on stdout."""
    if discovery.evidence is not None:
        console = Console(highlight=False)
        verdict = discovery.evidence.verdict
        name = {Trust.NONE: "no law", Trust.TENTATIVE: "a tentative law"}.get(verdict.trust, "a law")
        console.print(Text.assemble("verdict: ", (name, _TRUST_STYLES[verdict.trust])))
        for reason in verdict.reasons:
            console.print(Text(f"  {printable(reason)}"), soft_wrap=True)
        console.print()
    show_files(paths)


def show_files(paths: Sequence[Path]) -> None:
    """What was written, on stdout."""
    console = Console(highlight=False)
    for path in paths:
        console.print(Text(f"wrote {printable(str(path))}", style="dim"), soft_wrap=True)


def show_missing_letters(discovery: Discovery) -> None:
    """On stderr, which letters of the names the report cannot show on this machine."""
    from symkan.report.figures.words import letters_without_font

    if letters := letters_without_font(discovery):
        shown = f"{letters[:20]}{'…' * (len(letters) > 20)}"
        said = f"no font has {shown}: squares in figures, perhaps gaps in the PDF; install Noto Sans SC or the like"
        Console(stderr=True, highlight=False).print(Text(said, style="yellow"), soft_wrap=True)


def show_predictions(outside: int, undefined: int, *, rows: int, notes: Sequence[str], path: Path) -> None:
    """What `symkan predict` did, on stdout."""
    console = Console(highlight=False)
    lines = [*notes, f"wrote {counted(rows, 'prediction')}: {path}"]
    if outside:
        lines.append(
            f"{counted(outside, 'row')} outside the ranges that the law was fitted to: in range = false"
        )
    if undefined:
        lines.append(
            f"{counted(undefined, 'row')} without prediction: a cell is missing or the law is undefined there"
        )
    for line in lines:
        console.print(Text(printable(line)), soft_wrap=True)


def _law(discovery: Discovery, width: int, *, unicode: bool) -> Text:
    """The law typeset; on one line (which may wrap) where that is too large for the terminal."""
    text = pretty(discovery.best, discovery.data, unicode=unicode)
    lines = text.splitlines()
    if max(map(len, lines)) > width or len(lines) > _MOST_LINES:
        text = f"{printable(discovery.data.target.name)} = {linear(discovery.best, discovery.data)}"
    return Text(text, style="bold")


def _parts(discovery: Discovery, *, r2: str) -> Iterator[RenderableType]:
    yield _outcome(discovery)
    yield _columns(discovery)
    yield _front(discovery, r2)
    if discovery.best.parameters:
        yield _constants(discovery.best)
    if names := ", ".join(spline.name for spline in discovery.best.splines):
        yield Text(
            f"{names}: edges of the network that no function fits, kept as splines; law.py has their tables"
        )
    yield _errors(discovery, r2)
    if discovery.data.notes:
        yield Group("notes on the data", *(Text(f"  {printable(note)}") for note in discovery.data.notes))


def _outcome(discovery: Discovery) -> Text:
    text = Text.assemble((discovery.outcome.value, _STYLES[discovery.outcome]), ": ", discovery.outcome.text)
    if discovery.stopped == "interrupted":
        text.append("\ninterrupted: this is the best so far; with more time there may be a better one")
    elif discovery.stopped != "finished":
        text.append(f"\nstopped by the {printable(discovery.stopped)}")
    if clash := discovery.best.clash:
        text.append(f"\nunits: no law of consistent dimensions fits as well; in this one {printable(clash)}")
    return text


def _columns(discovery: Discovery) -> Group:
    data = discovery.data
    used = {symbol.name for symbol in discovery.best.expression.free_symbols}
    unused = [c for c in data.features if c.symbol not in used]
    hidden = len(unused) if len(data.features) > _MOST_LINES else 0
    title = f"columns (and {hidden} that the law does not use)" if hidden else "columns"
    table = plain_table(["name", "unit", "from", "to", "role"])
    rows = [(data.target, data.target_range), *zip(data.features, data.feature_ranges, strict=True)]
    for column, (low, high) in rows:
        role = "target" if column == data.target else "in the law" if column.symbol in used else "not used"
        if not (hidden and role == "not used"):
            name, unit = Text(printable(column.name)), Text(printable(column.unit or ""))
            table.add_row(name, unit, number(low), number(high), role)
    return Group(title, table)


def _front(discovery: Discovery, r2: str) -> Group:
    table = plain_table(["", "complexity", "validation RMSE", r2])
    table.add_column("formula", overflow="fold")
    for c in discovery.front:
        best = c.expression == discovery.best.expression
        table.add_row(
            ">" if best else "",
            str(c.complexity),
            number(c.validation_rmse),
            f"{c.r2:.6f}",
            Text(linear(c, discovery.data), style="bold" if best else ""),
        )
    return Group("alternatives: simpler or closer (Pareto front)", table)


def _constants(candidate: Candidate) -> Group:
    table = plain_table(["", "value", "standard error", "95 % interval", "closed form"])
    for p in candidate.parameters:
        table.add_row(
            p.symbol,
            number(p.value, p.standard_error),
            f"{p.standard_error:.2g}",
            f"{number(p.low, p.standard_error)} to {number(p.high, p.standard_error)}",
            Text(p.exact or ""),
        )
    return Group("constants, with intervals from standard errors", table)


def _errors(discovery: Discovery, r2: str) -> Text:
    data, test = discovery.data, discovery.test
    if test is None:
        return Text("test error: none, the table is too small to lock rows away")
    unit = f" {printable(data.target.unit)}" if data.target.unit else ""
    rows, share = counted(test.rows, "locked row"), f"{test.nrmse:.2g} of the target's spread"
    return Text(
        f"test error on {rows}: RMSE {number(test.rmse)}{unit} ({share}), {r2} {test.r2:.6f}, "
        f"largest {number(test.max_error)}{unit}"
    )


def plain_table(headers: Sequence[str] = ()) -> Table:
    """A table with a line under its headers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        table.add_column(header)
    return table


def counted(n: int, noun: str) -> str:
    """A number of things, such as "1 row" or "2 rows"."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
