"""`symkan compare`: a KAN and an MLP on the same rows."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symkan.workbench.compare_options import CompareOptions
    from symkan.workbench.comparison import Comparison
    from symkan.workbench.trials import Errors, Trial


class Method(StrEnum):
    """How the KAN is trained."""

    LM = "lm"
    LBFGS = "lbfgs"


def compare(  # noqa: PLR0913 - options of a command line
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Table: CSV or other text, .gz, Parquet, Excel.")
    ],
    target: Annotated[str, typer.Option(help="Column to be explained.")],
    *,
    features: Annotated[
        str | None, typer.Option(help="Columns that both may use, with commas; all when not given.")
    ] = None,
    kan: Annotated[
        str | None,
        typer.Option(help="Nodes of the KAN, such as 2,5,1.", show_default="best of n,1 n,1,1 n,2n+1,1"),
    ] = None,
    grids: Annotated[str | None, typer.Option(help="Its grids.", show_default="5,10,20,50,100")] = None,
    method: Annotated[Method, typer.Option(help="How it is trained.")] = Method.LM,
    mlp: Annotated[str | None, typer.Option(help="Hidden layers of the MLP.", show_default="64,64")] = None,
    seeds: Annotated[int | None, typer.Option(help="Starts of each.", show_default="3")] = None,
    article: Annotated[
        bool,
        typer.Option(
            "--article", help="Train as the KAN paper does: half of the rows, Adam at 0.01, no scaling."
        ),
    ] = False,
    scaling: Annotated[bool, typer.Option("--scaling", help="Train both in many sizes, too.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the result.", show_default="reports/NAME OF DATA-compare")
    ] = None,
) -> None:
    """Train a KAN and an MLP on the same rows of DATA, with equal care for both, and draw their errors."""
    from symkan.cli import errors_in_one_line, items
    from symkan.cli_folders import default_folder, make_folder

    with errors_in_one_line():
        from symkan.cli_display import show_files
        from symkan.data.tables import read_table
        from symkan.workbench.comparison import compare as run
        from symkan.workbench.comparison_figures import write_comparison

        options = _options(kan=kan, grids=grids, mlp=mlp, seeds=seeds, article=article, method=method.value)
        dataset = read_table(data, target=target, features=items(features) or None)
        folder = out or default_folder(data, ending="-compare")
        make_folder(folder)  # before the training, which takes its time
        found = run(dataset, options=options, scaling=scaling, watch=_tell)
        _show(found)
        show_files(write_comparison(found, folder))


def _options(**given: Any) -> CompareOptions:
    """Those given, the others as they are in the protocol."""
    from dataclasses import replace

    from symkan.workbench.compare_options import ARTICLE, CompareOptions

    options = ARTICLE if given.pop("article") else CompareOptions()
    read: dict[str, Any] = {
        name: _numbers(name, value) if name in ("kan", "grids", "mlp") else value
        for name, value in given.items()
        if value is not None
    }
    return replace(options, **read)


def _numbers(name: str, text: str) -> tuple[int, ...]:
    from symkan.cli import items
    from symkan.errors import OptionError

    try:
        return tuple(map(int, items(text)))
    except ValueError:
        raise OptionError(f"--{name} is '{text}'; give whole numbers with commas, such as 64,64") from None


def _tell(text: str) -> None:
    typer.secho(f"training {text} ...", dim=True, err=True)


def _show(found: Comparison) -> None:
    from rich.console import Console
    from rich.text import Text

    from symkan.cli_display import counted, plain_table
    from symkan.text import printable

    console, data = Console(highlight=False), found.data
    r2 = "R²" if console.encoding.lower().startswith("utf") else "R^2"
    table = plain_table(["RMSE of", "parameters", "training", "validation", "test", r2])
    for name, best in (("KAN", found.best_kan), ("MLP", found.best_mlp)):
        row = (f"{name} {list(best.nodes)}", f"{best.parameters}", *_errors(found, best.errors))
        table.add_row(*map(Text, row))
    table.add_row("line", f"{len(data.features) + 1}", *_errors(found, found.line))
    console.print(table)
    for name, trials in (("KAN", found.kan), ("MLP", found.mlp)):
        console.print(Text(f"{name}: {_kept(trials)}"), soft_wrap=True)
    unit = f" {printable(data.target.unit)}" if data.target.unit else ""
    rows = f"{counted(data.train_rows, 'row')} to train, {data.validation_rows} to validate, {data.test_rows} to test"
    console.print(Text(f"{rows}; errors of {printable(data.target.name)}{unit}"), soft_wrap=True)
    for note in data.notes:
        console.print(Text(printable(note), style="dim"), soft_wrap=True)
    console.print(_verdict(found), style="bold")
    if found.scaling:
        kan, mlp = found.scaling.laws
        console.print(f"test RMSE falls as parameters^s: KAN s = {kan.slope:.2f}, MLP s = {mlp.slope:.2f}")


def _errors(found: Comparison, errors: Errors) -> tuple[str, ...]:
    return (*(f"{value:.3g}" for value in errors), f"{found.r2(errors):.4f}")


def _kept(trials: Sequence[Trial]) -> str:
    """Which state of which start is kept, and what all of them took."""
    from symkan.cli_display import counted
    from symkan.workbench.trials import best_of

    best = best_of(trials)
    how = f"grid {best.grid[best.kept]}" if best.grid else f"rate {best.rate:g}"
    seconds = sum(trial.seconds for trial in trials)
    return (
        f"kept {how}, step {best.step[best.kept]} of seed {best.seed}, trained in {best.seconds:.1f} s; "
        f"{counted(len(trials), 'start')} in {seconds:.1f} s"
    )


def _verdict(found: Comparison) -> str:
    if math.isnan(found.decades):
        return "no comparison: a test error is 0 or undefined"
    closer, other = ("KAN", "MLP") if found.decades >= 0 else ("MLP", "KAN")
    text = f"the {closer}'s test RMSE is {10 ** abs(found.decades):.3g} times lower than the {other}'s"
    line = min(found.best_kan.errors.test, found.best_mlp.errors.test) > found.line.test
    return f"{text}; a line is closer than both" if line else text
