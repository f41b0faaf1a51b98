"""The tables of the report: constants, errors, alternatives, edges, columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from symkan.report.constant_units import constant_units
from symkan.report.notation import latex, linear, told_apart, write
from symkan.report.tex import Table, Tex, figure, quantity, short, tex, unit

if TYPE_CHECKING:
    from symkan.data.dataset import Column
    from symkan.evidence.records import Scores
    from symkan.result import Discovery
    from symkan.search.candidates import Candidate
    from symkan.search.records import DataSummary, Portrait, Score
    from symkan.symbolic.activation import SymbolicActivation
    from symkan.symbolic.refitting import Parameter

MOST_ROWS = 40
LONGEST, LONGEST_NAME = 240, 24


def constants(discovery: Discovery) -> Table:
    """Values with errors and units, intervals, closed forms, and which others they go with; no empty columns."""
    best = discovery.best
    units = constant_units(best, discovery.data)
    head = ("Constant", "Value", "Standard error", "95 % interval", "Closed form of", "Correlated with")
    rows = [_constant(p, discovery, units.get(p.symbol, "")) for p in best.parameters]
    filled = [i for i in range(len(head)) if any(row[i] for row in rows)]
    return Table(
        "Constants. In parentheses the standard error of the last digits."
        + (" Closed forms took the place of the fitted numbers beside." if 4 in filled else ""),
        "l" * len(filled),
        tuple(head[i] for i in filled),
        tuple(tuple(row[i] for i in filled) for row in rows),
    )


def _constant(p: Parameter, discovery: Discovery, measured_in: str) -> tuple[str, ...]:
    number = exact(p.exact) if p.exact is not None else quantity(p.value, p.standard_error)
    low, high = (figure(end, p.standard_error) for end in _interval(p, discovery))
    source = next((s for s in discovery.best.snaps if s.accepted and s.proposed == p.exact), None)
    pairs = discovery.evidence.correlations if discovery.evidence else ()
    others = [
        Tex(f"{constant_name(c.second if c.first == p.symbol else c.first)} (${c.value:.2f}$)")
        for c in pairs
        if p.symbol in (c.first, c.second)
    ]
    return (
        constant_name(p.symbol),
        Tex(f"{number} {unit(measured_in)}".strip()),
        short(p.standard_error, 2),
        Tex(f"{low} to {high}") if low != high else Tex("--"),
        quantity(source.value, (source.high - source.low) / 4) if source else "",
        Tex(", ".join(others)),
    )


def _interval(p: Parameter, discovery: Discovery) -> tuple[float, float]:
    """By profile likelihood where the standard error is not enough."""
    known = discovery.evidence.intervals if discovery.evidence else ()
    return next(((i.low, i.high) for i in known if i.symbol == p.symbol), (p.low, p.high))


def exact(text: str) -> Tex:
    """A closed form such as 3/2 or pi in LaTeX."""
    from sympy import latex as print_latex

    from symkan.errors import ExpressionError
    from symkan.symbolic.parsing import parse_expression

    try:
        return Tex(f"${print_latex(parse_expression(text))}$")
    except ExpressionError:
        return Tex(tex(text))


def constant_name(symbol: str) -> Tex:
    """The name of a fitted constant, its number as an index."""
    return Tex(f"$c_{{{symbol[1:]}}}$") if symbol[1:].isdigit() else Tex(tex(symbol))


def errors(discovery: Discovery) -> Table:
    """Errors of the law on training, validation and locked rows."""
    measured_in = f" [{unit(discovery.data.target.unit)}]" if discovery.data.target.unit else ""
    return Table(
        "Errors of the law. NRMSE is the RMSE over the standard deviation of the target on the same rows.",
        "lrrrrr",
        ("Rows", Tex("$n$"), Tex(f"RMSE{measured_in}"), "NRMSE", Tex("$R^2$"), Tex(f"Largest{measured_in}")),
        tuple((name, *_score(score)) for name, score in _parts(discovery) if score),
    )


def _parts(discovery: Discovery) -> Iterator[tuple[str, Score | None]]:
    if discovery.evidence is None:
        yield "locked test", discovery.test
        return
    own = discovery.evidence.scores
    yield from (("training", own.train), ("validation", own.validation), ("locked test", own.test))


def _score(score: Score) -> tuple[str, ...]:
    return (
        Tex(f"{score.rows}"),
        short(score.rmse),
        short(score.nrmse),
        r_squared(score.r2),
        short(score.max_error),
    )


def r_squared(value: float) -> Tex:
    """R² with as many digits as tell it from 1."""
    return Tex(f"${value:.6f}$" if value > 0.999 else f"${value:.4f}$")


def models(discovery: Discovery) -> Table | None:
    """The law beside other models of the same rows."""
    if discovery.evidence is None:
        return None
    own = discovery.evidence.scores
    parts = [name for name in ("train", "validation", "test") if getattr(own, name) is not None]
    rows = [(Tex(r"\textbf{the law}"), "", *_nrmse(own, parts))]
    rows += [(b.name, b.text, *_nrmse(b.scores, parts)) for b in discovery.evidence.baselines]
    heads = {"train": "Training", "validation": "Validation", "test": "Locked test"}
    return Table(
        "NRMSE of the law and of other models, all fitted to the rows that are not locked.",
        "ll" + "r" * len(parts),
        ("Model", "What it is", *(heads[part] for part in parts)),
        tuple(rows),
    )


def _nrmse(found: Scores | None, parts: list[str]) -> tuple[Tex, ...]:
    return tuple(short(getattr(found, part).nrmse) if found else Tex("--") for part in parts)


def front(discovery: Discovery) -> Table:
    """The Pareto front, the answer marked."""
    best, data = discovery.best, discovery.data
    rows = []
    for c in told_apart(discovery)[:MOST_ROWS]:
        mark = Tex(r"$\triangleright$") if c.expression == best.expression else ""
        rows.append(
            (
                mark,
                Tex(str(c.complexity)),
                short(c.validation_rmse),
                r_squared(c.r2),
                short(c.bits - best.bits),
                formula(c, data),
            )
        )
    return Table(
        "Formulas that no other beats in both complexity (nodes of the expression) and validation error. "
        "The fifth column is the description length beyond that of the answer, in bits; above about 10 it is decisive.",
        r"lrrrrp{0.5\linewidth}",
        ("", "Nodes", "RMSE", Tex("$R^2$"), Tex(r"$\Delta$ bits"), "Formula"),
        tuple(rows),
    )


def formula(candidate: Candidate, data: DataSummary) -> Tex:
    """The right-hand side of a law within a line of text."""
    if len(linear(candidate, data)) > LONGEST:
        return Tex(f"{candidate.complexity} nodes, too long for this page; result.json has it")
    if max(len(column.name) for column in data.features) > LONGEST_NAME:
        return Tex(tex(linear(candidate, data)))  # unlike a formula it is broken over lines
    _, *right = latex(candidate, data)
    return Tex(f"${_large(' '.join(right))}$")


def _large(text: str) -> str:
    """A formula in a line of text, its outermost fractions as large as in a display."""
    parts, depth = text.split(r"\frac"), 0
    made = parts[0]
    for before, after in pairwise(parts):
        plain = re.sub(r"\\[{}]", "", before)
        depth += plain.count("{") - plain.count("}")
        made += (r"\frac" if depth else r"\dfrac") + after
    return made


def edges(portrait: Portrait, columns: tuple[Column, ...]) -> Table:
    """Each edge of the pruned network with the function that comes nearest to it."""
    matches = {match.edge: match for match in portrait.matches}
    inputs = [write(expression, columns).strip("`") for expression in portrait.pruned.inputs]
    rows = []
    for activation in portrait.pruned.activations[:MOST_ROWS]:
        layer, target, source = activation.edge
        match = matches.get(activation.edge)
        rows.append(
            (
                Tex(rf"$\varphi_{{{layer},{target},{source}}}$"),
                inputs[source] if layer == 0 else f"node {source + 1} of layer {layer}",
                short(activation.score, 2),
                _matched(match) if match else "none fits: a spline",
                r_squared(match.r2) if match else Tex("--"),
            )
        )
    return Table(
        "Edges of the pruned network, by layer, node and source; their weight in the output; and the library function "
        r"that comes nearest to each, alone.",
        "llrlr",
        ("Edge", "Argument u", "Weight", "Function", Tex("$R^2$")),
        tuple(rows),
    )


def _matched(match: SymbolicActivation) -> Tex:
    from sympy import Float, latex, log

    from symkan.symbolic.library import U

    a, b, c, d = (Float(f"{value:.3g}", 3) for value in (match.a, match.b, match.c, match.d))
    argument = a * (log(U) if match.function.logarithmic else U) + b
    return Tex(f"${latex(c * match.function.expression.xreplace({U: argument}) + d)}$")


def columns(discovery: Discovery) -> Table:
    """Target and columns with units and ranges; of many, those in the law first."""
    data = discovery.data
    used = {symbol.name for symbol in discovery.best.expression.free_symbols}
    pairs = sorted(
        zip(data.features, data.feature_ranges, strict=True), key=lambda pair: pair[0].symbol not in used
    )
    rows = [
        (c.name, unit(c.unit), figure(low), figure(high), role(c, data.target, used))
        for c, (low, high) in ((data.target, data.target_range), *pairs)
    ]
    hidden = len(rows) - MOST_ROWS
    return Table(
        "Columns, and the ranges for which the law stands."
        + (f" {hidden} more columns, not in the law, are in result.json." if hidden > 0 else ""),
        "llrrl",
        ("Column", "Unit", "From", "To", "Role"),
        tuple(rows[:MOST_ROWS]),
    )


def role(column: Column, target: Column, used: set[str]) -> str:
    """What a column is to the law."""
    if column == target:
        return "target"
    return "in the law" if column.symbol in used else "not in the law"
