"""What a report says in plain words: its title, what the law says, how far to trust it, how to run it again."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from symkan.data.headers import read_label
from symkan.evidence.records import Trust
from symkan.evidence.scores import to_rounding
from symkan.report.languages.law import used_columns
from symkan.report.tex import Tex, short, tex, unit
from symkan.search.records import Outcome

if TYPE_CHECKING:
    import sympy

    from symkan.data.dataset import Column
    from symkan.result import Discovery
    from symkan.search.records import Score

BADGES = {Trust.LAW: "Law", Trust.TENTATIVE: "Tentative law", Trust.NONE: "No law"}
MOST_NAMES = 6


def trust(discovery: Discovery) -> Trust:
    """The verdict; before an examination no answer but none is more than tentative."""
    if discovery.evidence is not None:
        return discovery.evidence.verdict.trust
    return Trust.NONE if discovery.outcome is Outcome.NONE else Trust.TENTATIVE


def title(discovery: Discovery) -> str:
    """What was sought, in the user's names."""
    names = enumeration([c.name for c in used_columns(discovery.best, discovery.data)])
    goal = discovery.data.target.name
    if trust(discovery) is Trust.NONE or not names:
        return f"{goal}: no law found"
    return f"{goal} as a function of {names}"


def reasons(discovery: Discovery) -> tuple[str, ...]:
    """Why the verdict is what it is."""
    if discovery.evidence is not None:
        return discovery.evidence.verdict.reasons
    return (discovery.outcome.text, "nothing beyond its own fit is known: it was not examined")


def meaning(discovery: Discovery) -> Iterator[Tex]:
    """Sentences on what the law says."""
    data = discovery.data
    used = used_columns(discovery.best, discovery.data)
    goal = tex(data.target.name)
    if used:
        unused = [tex(c.name) for c in data.features if c not in used]
        tail = f"; {enumeration(unused)} {'does' if len(unused) == 1 else 'do'} not enter" if unused else ""
        yield Tex(f"The formula gives {goal} from {enumeration([tex(c.name) for c in used])}{tail}.")
    else:
        yield Tex(f"The best that can be said is a constant value of {goal}.")
    for column, power in _powers(discovery.best.expression, used):
        factor = short(2.0**power)
        rest = ", all else equal," if len(used) > 1 else ""
        yield Tex(f"Doubling {tex(column.name)}{rest} multiplies {goal} by {factor}.")


def _powers(expression: sympy.Expr, used: Iterable[Column]) -> Iterator[tuple[Column, float]]:
    """Columns that enter as a factor with a power, and this power."""
    from sympy import Mul, Symbol

    bases = [factor.as_base_exp() for factor in Mul.make_args(expression)]
    for column in used:
        mine = [
            (b, e) for b, e in bases if column.symbol in {s.name for s in b.free_symbols | e.free_symbols}
        ]
        if len(mine) == 1 and isinstance(mine[0][0], Symbol) and mine[0][1].is_number:
            yield column, float(mine[0][1])


def accuracy(discovery: Discovery) -> Tex:
    """A sentence on the errors on rows that the search never saw."""
    rows, score = held_out(discovery)
    target = discovery.data.target
    if score is None:
        return Tex(
            "The table is too small to lock rows away, so no row judges the formula that did not help to find it."
        )
    if discovery.outcome is Outcome.EXACT and to_rounding(score, discovery.best.train_rmse):
        return Tex(f"It reproduces {score.rows} {rows} to rounding.")
    return Tex(
        f"On {score.rows} {rows} its typical error (RMSE) is {short(score.rmse)} {unit(target.unit)}, "
        f"{short(100 * score.nrmse, 2)}~\\% of their spread; "
        f"the largest is {short(score.max_error)} {unit(target.unit)}."
    )


def held_out(discovery: Discovery) -> tuple[str, Score | None]:
    """Locked rows, or else validation rows, and the errors of the law on them."""
    if discovery.test is not None:
        return "rows that the search never saw", discovery.test
    found = discovery.evidence.scores.validation if discovery.evidence else None
    return "validation rows", found


def advice(discovery: Discovery) -> str:
    """A sentence on how far to trust the law."""
    return {
        Trust.LAW: "Inside the ranges of the table it may be used as a law; outside them it is a conjecture.",
        Trust.TENTATIVE: "Take it as a description of this table and a hypothesis to be tested, not as a law.",
        Trust.NONE: "Do not use it to predict.",
    }[trust(discovery)]


def enumeration(names: list[str]) -> str:
    """Names in a sentence.

    Examples
    --------
    >>> enumeration(["a", "b", "c"])
    'a, b and c'
    """
    if len(names) > MOST_NAMES:
        names = [*names[: MOST_NAMES - 1], f"{len(names) - MOST_NAMES + 1} others"]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def command(discovery: Discovery) -> str:
    """What finds the law again."""
    data, options = discovery.data, discovery.options
    settings = {"--time-budget": f"{options.time_budget:g}", "--seed": str(discovery.seed)}
    if options.library:
        settings["--library"] = ",".join(options.library)
    if discovery.best.errors == "given":
        settings["--sigma"] = "COLUMN"
    if data.source == "memory":
        given = f"Options(time_budget={options.time_budget:g}, seed={discovery.seed}, library={options.library!r})"
        return f"symkan.discover(dataset, {given})"
    columns = (*data.features, data.target)
    units = [f"{c.name}={c.unit}" for c in columns if c.unit and c.unit != read_label(c.header).unit]
    if units:
        settings["--units"] = _list(units)
    words = ["symkan", "discover", data.source, "--target", data.target.name]
    words += ["--features", _list([c.name for c in data.features]), *["--robust"] * options.robust]
    return shlex.join([*words, *(word for pair in settings.items() for word in pair)])


def _list(items: list[str]) -> str:
    """Items with commas between them, as the command line reads them."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(items)
    return line.getvalue()
