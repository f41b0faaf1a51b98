"""`symkan verify` and `symkan falsify`: a result checked against its own table, and against new rows."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symkan.evidence.falsification import Falsification
    from symkan.verification import Check

Result = Annotated[Path, typer.Argument(metavar="RESULT", help="The result.json of `symkan discover`.")]


def register(app: typer.Typer) -> None:
    """Add both commands to the command line."""
    app.command()(verify)
    app.command()(falsify)


def verify(
    result: Result,
    data: Annotated[Path, typer.Argument(metavar="DATA", help="The table that the law was found in.")],
    *,
    sigma: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column of the target's standard errors, if one was given."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show all numbers, not only what differs.")
    ] = False,
) -> None:
    """Compute every number of a result again from its law and its table; exit code 1 where one differs."""
    from symkan.cli import errors_in_one_line
    from symkan.result import Discovery

    with errors_in_one_line():
        from symkan.verification import table_of, verify

        found = Discovery.load(result)
        checks = verify(found, table_of(found, data, sigma=sigma))
        _show_checks(checks if everything else [check for check in checks if not check.ok], len(checks))
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def falsify(
    result: Result,
    data: Annotated[
        Path, typer.Argument(metavar="NEW", help="Table of new rows: the law's columns and its target.")
    ],
) -> None:
    """Test a law on new rows; exit code 1 where they speak against it. A true law passes 19 times of 20."""
    from symkan.cli import errors_in_one_line
    from symkan.data.predictions import read_features
    from symkan.errors import ColumnError
    from symkan.result import Discovery

    with errors_in_one_line():
        from symkan.evidence.falsification import falsify

        found = Discovery.load(result)
        new = read_features(data, found.data.features, target=found.data.target)
        if new.y is None:
            raise ColumnError(
                f"{data}: there is no column '{found.data.target.name}' to compare with; add it"
            )
        band = found.evidence.band if found.evidence else None
        answer = falsify(found.best, new.x, y=new.y, data=found.data, test=found.test, band=band)
        _show_falsification(answer)
    if not answer.passed:
        raise typer.Exit(1)


def _show_checks(shown: Sequence[Check], count: int) -> None:
    from rich.console import Console
    from rich.text import Text

    from symkan.cli_display import plain_table
    from symkan.text import printable

    console = Console(highlight=False)
    if shown:
        table = plain_table(["number", "recorded", "recomputed", ""])
        for check in shown:
            values = (printable(_text(value)) for value in (check.recorded, check.recomputed))
            verdict = Text("ok", style="green") if check.ok else Text("differs", style="bold red")
            table.add_row(Text(printable(check.name)), *map(Text, values), verdict)
        console.print(table)
    wrong = sum(not check.ok for check in shown)
    if wrong:
        console.print(f"{wrong} of {count} numbers differ", style="bold red")
    else:
        console.print(f"{count} numbers computed again, all as recorded", style="bold green")
    console.print(
        "not computed again: networks, their losses, baselines, rivals, remarks, times", style="dim"
    )


def _show_falsification(answer: Falsification) -> None:
    from rich.console import Console
    from rich.text import Text

    from symkan.cli_display import counted, plain_table
    from symkan.report.notation import number

    console = Console(highlight=False)
    table = plain_table(["test", "finding", "p", ""])
    for trial in answer.trials:
        verdict = Text("passed", style="green") if trial.passed else Text("failed", style="bold red")
        table.add_row(trial.name, Text(trial.text), f"{trial.probability:.2g}", verdict)
    console.print(table)
    rows, errors = (
        counted(answer.rows, "row"),
        f"RMSE {number(answer.rmse)}, expected {number(answer.expected)}",
    )
    console.print(f"{rows} inside the fitted ranges: {errors}")
    if answer.outside:
        value = "undefined" if math.isnan(answer.rmse_outside) else number(answer.rmse_outside)
        console.print(f"{counted(answer.outside, 'row')} outside them, not tested: RMSE {value}")
    if answer.unusable:
        console.print(f"{counted(answer.unusable, 'row')} left out: a cell is missing or no number")
    if answer.passed:
        console.print("passed: nothing in these rows speaks against the law", style="bold green")
    else:
        reasons = ", ".join(trial.name for trial in answer.trials if not trial.passed)
        console.print(f"failed: {reasons}", style="bold red")


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.12g}"
