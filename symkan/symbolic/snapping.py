"""Backward elimination and snapping: constants become 0, 1, 3/2, π, … where that makes the law shorter.

Minimum description length (Rissanen 1978; for formulae Udrescu and Tegmark, arXiv 1905.11481): a replacement
is taken when the bits it saves outweigh those by which the residuals grow, n/2·log2(rss_new/rss_old), all
other constants fitted again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from math import log2
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.symbolic.closed_forms import forms_near, integer_bits
from symkan.symbolic.least_squares import Fit, covariance, fit
from symkan.symbolic.models import ParametricModel, parametrise
from symkan.symbolic.normalising import in_known_functions
from symkan.symbolic.refitting import Parameter, Snap, parameters, standard_errors

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NODE = (
    2.0  # bits that a node of the expression tree takes, short of the alphabet because nodes follow patterns
)
MARGIN = (
    3.0  # bits that the data must say beyond the closed form: a chance of about one in ten of a hit by luck
)
ROUNDS = 100  # more replacements than any formula of interest has constants
_PER_SIGMA = 0.5 / np.log(
    2
)  # n/2·log2(rss) grows by this times z² when a constant moves by z standard errors


@dataclass(frozen=True, eq=False)
class Snapped:
    """An expression whose constants are as simple as the data allow.

    Attributes
    ----------
    expression
        Floats are the constants that stayed free, fitted; closed forms are exact numbers.
    parameters
        The free constants, then those snapped to a closed form (with the interval that they had before).
    snaps
        Proposals accepted, in order, then those refused in the end.
    rss
        Sum of squared residuals, in squared units of y.
    """

    expression: sympy.Expr
    parameters: tuple[Parameter, ...]
    snaps: tuple[Snap, ...]
    rss: float


class _Data(NamedTuple):
    """Rows, the target times its weights, the rounding level, and the weights."""

    x: Array
    y: Array
    noise_floor: float
    weights: Array | None

    @property
    def floor(self) -> float:
        """Sum of squared residuals that rounding alone makes."""
        return float(self.noise_floor**2 * (self.y @ self.y)) + 1e-300


@dataclass(frozen=True, eq=False)
class _State:
    """An expression fitted, and what the data say about its constants."""

    data: _Data
    model: ParametricModel
    fitted: Fit
    cov: Array
    constants: tuple[Parameter, ...]

    @classmethod
    def of(cls, expression: sympy.Expr, data: _Data, *, steps: int = 30) -> _State:
        model = replace(parametrise(expression), weights=data.weights)
        fitted = fit(model, data.x, data.y, steps=steps)
        cov = covariance(fitted, data.y, noise_floor=data.noise_floor)
        errors = standard_errors(cov, fitted.theta)
        return cls(data, model, fitted, cov, parameters(model, fitted.theta, errors, rows=len(data.y)))

    @property
    def expression(self) -> sympy.Expr:
        return self.model.expression(self.fitted.theta)

    def replaced(self, old: sympy.Expr, new: sympy.Expr) -> sympy.Expr:
        """The expression with a part of its skeleton replaced."""
        skeleton = self.model.skeleton.xreplace({old: new})
        return replace(self.model, skeleton=skeleton).expression(self.fitted.theta)

    def precision(self, index: int) -> float:
        """Bits that the data say about a constant."""
        c = self.constants[index]
        known = abs(c.value) / c.standard_error if c.value else 0.0
        return max(log2(known) + 1, 1.0) if known > 0 else 1.0

    def lost(self, old: sympy.Expr, new: sympy.Expr) -> float:
        """Bits of the constants that vanish from the skeleton with a replacement."""
        skeleton = self.model.skeleton
        gone = skeleton.free_symbols - skeleton.xreplace({old: new}).free_symbols
        names = {s.name for s in gone}
        return sum(self.precision(i) for i, name in enumerate(self.model.constants) if name in names)

    def rise(self, rss: float) -> float:
        """Bits by which the residuals grow when their squares sum up to `rss`."""
        floor = self.data.floor
        return len(self.data.y) / 2 * log2(max(rss, floor) / max(self.fitted.rss, floor))


@dataclass(frozen=True, eq=False)
class _Proposal:
    """A replacement in the skeleton, the bits that it saves, and in which round it has its turn."""

    old: sympy.Expr
    new: sympy.Expr
    saved: float
    cost: float  # as the linearised fit sees it
    turn: int
    subject: Parameter
    text: str
    refusal: str = ""


def snap(
    expression: sympy.Expr,
    x: Array,
    y: Array,
    *,
    noise_floor: float,
    seconds: float = float("inf"),
    weights: Array | None = None,
) -> Snapped:
    """Drop terms and replace fitted constants by closed forms, one at a time, the rest fitted again.

    Parameters
    ----------
    expression
        In x1, x2, …, its constants floats, near their best values.
    x, y
        Rows [n, features] and target [n].
    noise_floor
        Rounding level of y as a share of its root mean square, such as 1e-12; residuals below it say nothing.
    seconds
        No proposal is tried after that time.
    weights
        By which residuals are multiplied, [n]: reciprocals of their errors; None where all are equal.

    Returns
    -------
    Snapped
        With a record of each proposal; the expression as it is when it is undefined on a row.

    Examples
    --------
    >>> from sympy import Float
    >>> from symkan.symbolic.expressions import symbol
    >>> x = np.linspace(1, 2, 30)[:, None]
    >>> snap(Float(0.501) * symbol("x1") ** Float(1.99), x, x[:, 0] ** 2 / 2, noise_floor=1e-12).expression
    x1**2/2
    """
    deadline = monotonic() + seconds
    state = _State.of(expression, _Data(x, y if weights is None else y * weights, noise_floor, weights))
    accepted: list[Snap] = []
    exact: list[Parameter] = []
    refused: list[Snap] = []
    for _ in range(ROUNDS if np.isfinite(state.fitted.rss) else 0):
        better, proposal, refused = _round(state, deadline)
        if better is None or proposal is None:
            break
        accepted.append(refused.pop())
        if not proposal.new.free_symbols and proposal.new not in (0, 1, -1) and proposal.old.is_Symbol:
            exact.append(replace(proposal.subject, value=float(proposal.new), exact=proposal.text))
        state = better
    return _finished(state, exact, accepted + refused)


def _round(state: _State, deadline: float) -> tuple[_State | None, _Proposal | None, list[Snap]]:
    """The state after the first proposal that does well, that proposal, and the records of all up to it."""
    records: list[Snap] = []
    for proposal in sorted(_proposals(state), key=lambda p: (p.turn, p.cost - p.saved)):
        if monotonic() > deadline:
            break
        better, reason = _try(state, proposal)
        records.append(_record(proposal, better is not None, reason))
        if better is not None:
            return better, proposal, records
    return None, None, records


def _finished(state: _State, exact: list[Parameter], snaps: list[Snap]) -> Snapped:
    first = len(state.constants) + 1
    named = (replace(p, symbol=f"c{first + i}") for i, p in enumerate(exact))
    return Snapped(state.expression, (*state.constants, *named), tuple(snaps), state.fitted.rss)


def _record(proposal: _Proposal, accepted: bool, reason: str) -> Snap:
    c = proposal.subject
    return Snap(c.value, c.low, c.high, proposal.text, accepted, reason)


def _try(state: _State, proposal: _Proposal) -> tuple[_State | None, str]:
    """The state after the proposal, or None, and the reason in plain words."""
    import sympy

    if proposal.refusal:
        return None, proposal.refusal
    expression = in_known_functions(state.replaced(proposal.old, proposal.new))
    if expression.has(sympy.nan, sympy.zoo, sympy.oo, sympy.I):
        return None, "the formula would be undefined"
    after = _State.of(expression, state.data)
    if not np.isfinite(after.fitted.rss):
        return None, "the formula would be undefined on some rows"
    cost = max(state.rise(after.fitted.rss), 0.0)
    if cost > proposal.saved:
        return None, f"the residuals would grow by {cost:.3g} bits, it saves {proposal.saved:.3g}"
    return after, f"it saves {proposal.saved:.3g} bits and the residuals grow by {cost:.2g}"


def _proposals(state: _State) -> Iterator[_Proposal]:
    roles = _exponents(state.model.skeleton)
    for index, name in enumerate(state.model.constants):
        yield from _zero(state, index)
        yield from _forms(state, index, exponent=name in roles)
    yield from _ties(state)
    yield from _drops(state)


def _exponents(skeleton: sympy.Expr) -> set[str]:
    import sympy

    return {s.name for power in skeleton.atoms(sympy.Pow) for s in power.exp.free_symbols}


def _nodes_saved(state: _State, old: sympy.Expr, new: sympy.Expr) -> float:
    from symkan.symbolic.expressions import complexity

    skeleton = state.model.skeleton
    return NODE * (complexity(skeleton) - complexity(skeleton.xreplace({old: new})))


def _symbol(state: _State, index: int) -> sympy.Symbol:
    from symkan.symbolic.expressions import symbol

    return symbol(state.model.constants[index])


def _zero(state: _State, index: int) -> Iterator[_Proposal]:
    """A constant dropped; worth a try when the linearised fit doesn't rule it out."""
    import sympy

    c = state.constants[index]
    cost = _PER_SIGMA * (c.value / c.standard_error) ** 2 if c.value else 0.0
    old = _symbol(state, index)
    saved = state.lost(old, sympy.S.Zero) + _nodes_saved(state, old, sympy.S.Zero) - 2
    if cost <= 4 * saved:
        yield _Proposal(old, sympy.S.Zero, saved, cost, 0, c, "0")


def _forms(state: _State, index: int, *, exponent: bool) -> Iterator[_Proposal]:
    """The best closed form for a constant, and the unit where the data leave the constant open."""
    import sympy

    c = state.constants[index]
    old, bits = _symbol(state, index), state.precision(index)
    if not np.isfinite(c.standard_error):
        for unit in (sympy.S.One, sympy.S.NegativeOne):
            saved = _nodes_saved(state, old, unit) + bits - 2
            yield _Proposal(old, unit, saved, 0.0, 0 if unit * c.value > 0 else 1, c, str(unit))
        return
    reach = c.high - c.value
    ranked = []
    for form in forms_near(c.value, 3 * reach):
        length = 1 + integer_bits(abs(form.p)) if exponent and form.q == 2 and not form.base else form.bits
        z = (form.value - c.value) / c.standard_error
        ranked.append((length + _PER_SIGMA * z * z, length, form))
    if not ranked:
        return
    cost, length, form = min(ranked)
    number = form.expression()
    unit = abs(form.value) == 1
    saved = bits - length + (_nodes_saved(state, old, number) if unit else -MARGIN)
    refusal = ""
    if abs(form.value - c.value) > reach:
        refusal = "outside the 95 % interval"
    elif saved <= 0:
        refusal = f"it takes {length:.3g} bits and the data say {bits:.3g}: the hit could be chance"
    yield _Proposal(old, number, saved, cost - length, 1 if exponent else 2, c, str(number), refusal)


def _ties(state: _State) -> Iterator[_Proposal]:
    """Two coefficients of one sum made one, up to the sign: a·x + b·y becomes a·(x ± y)."""
    import sympy

    theta, cov = state.fitted.theta, state.cov
    index = {name: i for i, name in enumerate(state.model.constants)}
    for total in sorted(state.model.skeleton.atoms(sympy.Add), key=sympy.default_sort_key):
        terms = {index[f.name]: term for term in total.args for f in _factors(term) if f.name in index}
        for i, j in combinations(sorted(terms), 2):
            sign = int(np.sign(theta[i] * theta[j]))
            variance = cov[i, i] + cov[j, j] - 2 * sign * cov[i, j]
            gap2 = (theta[i] - sign * theta[j]) ** 2
            if sign == 0 or not np.isfinite(variance) or gap2 > 4 * max(variance, (1e-14 * theta[i]) ** 2):
                continue
            a, b = _symbol(state, i), _symbol(state, j)
            new = total - terms[i] - terms[j] + a * (terms[i] / a + sign * terms[j] / b)
            saved = state.precision(j) - 2 + NODE
            cost = _PER_SIGMA * gap2 / max(variance, 1e-300)
            yield _Proposal(total, new, saved, cost, 3, state.constants[j], f"{sign * theta[i]:.6g}")


def _factors(term: sympy.Expr) -> list[sympy.Symbol]:
    """The symbols that multiply a term, bare."""
    return [f for f in (term.args if term.is_Mul else (term,)) if f.is_Symbol]


def _drops(state: _State) -> Iterator[_Proposal]:
    """A term of a sum left out that has no free coefficient (those become 0 by themselves)."""
    import sympy

    names = state.model.constants
    for total in sorted(state.model.skeleton.atoms(sympy.Add), key=sympy.default_sort_key):
        for term in total.args:
            if any(f.name in names for f in _factors(term)):
                continue
            new = total - term
            bits = 2 + state.lost(total, new)
            value = float(term) if not term.free_symbols else float("nan")
            subject = Parameter("", value, 0.0, value, value)
            saved = bits + _nodes_saved(state, total, new)
            yield _Proposal(total, new, saved, 0.0, 4, subject, f"without {term}")
