"""What supports a law, in words and tables: chance, samples drawn anew, rivals, residuals, its domain, its forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from symkan.evidence.conditions import Requirement
from symkan.evidence.domain import Status
from symkan.report.notation import latex_escape
from symkan.report.tables import constant_name, formula
from symkan.report.tex import Table, Tex, figure, short, tex, unit

if TYPE_CHECKING:
    from symkan.data.dataset import Column
    from symkan.evidence.custody import Custody
    from symkan.evidence.domain import Condition
    from symkan.evidence.records import Evidence, Extrapolation, Point, ResidualTest, Rival, Stability
    from symkan.result import Discovery

ALIKE, FAR = 2.0, 1000.0
"""Residuals below which a measurement does not decide, and above which their number says no more."""


@dataclass(frozen=True)
class Support:
    """What an examination found.

    Attributes
    ----------
    chance, resampling
        Sentences: on what noise alone does, and on what other rows would have said.
    rivals
        Sentences on formulas that the data can hardly tell from the law, and on where to measure.
    tests
        Of the residuals; None where there are none.
    domain, conditions
        Sentences on where the law is defined, and the table of what each of its operations requires.
    forms
        The chain of custody.
    unsettled
        What the data leave open.
    """

    chance: Tex
    resampling: tuple[Tex, ...]
    rivals: tuple[Tex, ...]
    tests: Table | None
    domain: tuple[Tex, ...]
    conditions: Table
    forms: Table | None
    unsettled: tuple[str, ...]


def support(discovery: Discovery, found: Evidence) -> Support:
    """All that the report says of the evidence, but for scores and baselines."""
    return Support(
        chance=_chance(found.chance_bits),
        resampling=(*_stability(discovery, found.stability), *_extrapolation(discovery, found.extrapolation)),
        rivals=tuple(_rival(discovery, rival) for rival in found.rivals),
        tests=_tests(found.tests) if found.tests else None,
        domain=tuple(_domain(discovery, found)),
        conditions=_conditions(discovery, found.domain.conditions),
        forms=_forms(found.custody) if found.custody.links else None,
        unsettled=(*found.remarks, *_intervals(found)),
    )


def _chance(bits: float) -> Tex:
    if bits <= 0:
        return Tex("Some formula of this length describes noise as well.")
    return Tex(
        f"With a probability of at most $2^{{-{bits:.0f}}}$ would noise alone, normal errors about a constant, let any "
        "formula fit as well, each counted by its length (approximate where constants do not enter linearly)."
    )


def _stability(discovery: Discovery, again: Stability | None) -> Iterator[Tex]:
    if again is None:
        return
    names = {c.symbol: c.name for c in discovery.data.features}
    shares = ", ".join(f"{tex(names[symbol])} {_percent(share)}" for symbol, share in again.columns)
    yield Tex(
        f"Of {again.resamples} samples of the rows, drawn anew with replacement, {_percent(again.law)} choose this "
        f"formula again among those that were found. Columns have a part in the choice of: {shares}."
    )


def _extrapolation(discovery: Discovery, found: Extrapolation | None) -> Iterator[Tex]:
    if found is None:
        return
    inner, outer = found.inner, found.outer
    times = f", {short(outer.rmse / inner.rmse, 2)} times as much" if inner.rmse > 0 else ""
    yield Tex(
        f"With its constants fitted to the inner four fifths of the rows, the law misses these {inner.rows} by "
        f"{_amount(inner.rmse, discovery)} (RMSE), and the outer {outer.rows} rows, which they have not seen, by "
        f"{_amount(outer.rmse, discovery)}{times}."
    )


def _amount(value: float, discovery: Discovery, digits: int = 3) -> str:
    """A value of the target with its unit."""
    return f"{short(value, digits)} {unit(discovery.data.target.unit)}".strip()


def _percent(share: float) -> str:
    return f"${100 * share:.3g}$~\\%"


def _rival(discovery: Discovery, rival: Rival) -> Tex:
    longer = "longer" if rival.bits >= 0 else "shorter"
    return Tex(
        f"{formula(rival.candidate, discovery.data)}: {short(abs(rival.bits), 2)} bits {longer}. "
        + " ".join(_deciding(discovery, rival))
    )


def _deciding(discovery: Discovery, rival: Rival) -> Iterator[Tex]:
    """Where to measure, within the ranges of the table and a little beyond them."""
    law = discovery.best.expression.free_symbols | rival.candidate.expression.free_symbols
    used = {symbol.name for symbol in law}
    inside, outside = rival.inside, rival.outside
    if inside is not None and inside.sigmas < ALIKE:
        yield Tex(
            "Within the ranges of the table the two differ nowhere by more than "
            f"{short(inside.sigmas, 2)} residuals."
        )
    elif inside is not None:
        yield _measure("", inside, discovery, used)
    if outside is not None and outside.sigmas >= ALIKE and (inside is None or outside.sigmas > inside.sigmas):
        yield _measure(" a little outside of the ranges,", outside, discovery, used)


def _measure(where: str, point: Point, discovery: Discovery, used: set[str]) -> Tex:
    law, rival = (_amount(value, discovery, 4) for value in (point.law, point.rival))
    apart = f"{point.sigmas:.2g}" if point.sigmas < FAR else f"more than {FAR:.0f}"
    return Tex(
        f"Measure{where} at {place(discovery.data.features, point.x, used)}: the law says {law}, the rival {rival}, "
        f"{apart} residuals apart."
    )


def place(columns: tuple[Column, ...], x: tuple[float, ...], used: set[str]) -> Tex:
    """A point by its columns, such as "T = 412 K, p = 3.1 bar"."""
    shown = [
        f"{tex(column.name)} $=$ {short(value, 4)} {unit(column.unit)}".strip()
        for column, value in zip(columns, x, strict=True)
        if column.symbol in used
    ]
    return Tex(", ".join(shown))


def _tests(tests: tuple[ResidualTest, ...]) -> Table:
    return Table(
        Tex(
            "Tests of the residuals. $p$ is the probability that noise alone shows as much; a small one means what the "
            "last column says."
        ),
        "lrl",
        ("Test", Tex("$p$"), "A small one means"),
        tuple((test.name, _probability(test.p), test.text) for test in tests),
    )


def _probability(p: float) -> Tex:
    return Tex("$< 10^{-16}$") if p < 1e-16 else short(p, 2)


def _domain(discovery: Discovery, found: Evidence) -> Iterator[Tex]:
    domain = found.domain
    if domain.safe:
        yield Tex(
            "Interval arithmetic proves that the law is defined everywhere within the ranges of the columns."
        )
    elif any(c.status is Status.FAILS for c in domain.conditions):
        yield Tex("The law is not defined everywhere within the ranges of the columns.")
    else:
        yield Tex("Whether the law is defined everywhere within the ranges of the columns is not proved.")
    if abs(domain.low) + abs(domain.high) < float("inf"):
        yield Tex(
            f"Its values there are between {short(domain.low, 4)} and {_amount(domain.high, discovery, 4)}."
        )
    if not domain.safe:
        return
    yield Tex(
        f"The same proof holds with each range widened on both sides by {_percent(domain.wider)} of its length"
        + (
            "." if domain.limit < 0
            else f"; what stops it there is that {_requirement(discovery, domain.conditions[domain.limit])}."
        )
    )  # fmt: skip


def _conditions(discovery: Discovery, conditions: tuple[Condition, ...]) -> Table:
    used = {symbol.name for symbol in discovery.best.expression.free_symbols}
    rows = []
    for c in conditions:
        where = place(discovery.data.features, c.point, used) if c.point else ""
        status = Tex(f"fails at {where}") if where else c.status.value
        rows.append(
            (
                _requirement(discovery, c),
                "range of numbers" if c.operation == "value" else c.operation,
                status,
            )
        )
    return Table(
        "What the operations of the law require, and whether it holds within the ranges of the columns.",
        "llp{6cm}",
        ("Requirement", "Of", "Within the ranges"),
        tuple(rows),
    )


_RELATIONS = {
    Requirement.POSITIVE: "$> 0$",
    Requirement.NONNEGATIVE: r"$\geq 0$",
    Requirement.NONZERO: r"$\neq 0$",
    Requirement.AT_LEAST_ONE: r"$\geq 1$",
    Requirement.UNIT: "in $[-1, 1]$",
    Requirement.INSIDE_UNIT: "in $(-1, 1)$",
}


def _requirement(discovery: Discovery, condition: Condition) -> Tex:
    if condition.requirement is Requirement.FINITE:
        return Tex("the law's value is a finite number")
    argument = formula(replace(discovery.best, expression=condition.argument), discovery.data)
    return Tex(f"{argument} {_RELATIONS[condition.requirement]}")


def _intervals(found: Evidence) -> Iterator[Tex]:
    """What is peculiar about intervals by profile likelihood."""
    for interval in found.intervals:
        if interval.kind == "profile":
            yield Tex(f"{constant_name(interval.symbol)}: {latex_escape(interval.text)}")


def _forms(custody: Custody) -> Table:
    rows = []
    for link in custody.links:
        step = "→" in link.name
        difference = Tex(f"${100 * link.difference:+.0f}$~\\%") if step else _difference(link.difference)
        if not (step or link.rows or link.points):
            difference = Tex("--")
        count = (str(link.rows), str(link.points)) if link.rows or link.points else (Tex("--"), Tex("--"))
        rows.append((link.name, difference, *map(Tex, count), "same" if link.ok else "another", link.text))
    return Table(
        "The chain of custody. Each form in which the law is kept or shown was read back, or run, at rows of the table "
        "and random points of its ranges; the difference is the largest one, relative to the largest value. Of a step "
        "from the network it is the rise of the validation error.",
        "lrrrlp{6cm}",
        ("Form or step", "Difference", "Rows", "Points", "Law", "How"),
        tuple(rows),
    )


def _difference(value: float) -> Tex:
    return Tex("$0$") if value == 0 else figure(float(f"{value:.1g}"))
