"""Laws of one term, c·Π x^p · f(s·Π x^q)^r, all at once: in logarithms p and r are a linear regression.

For each group Π x^q of small whole exponents and each function f the regression of log|t| on log|x| and log|f| takes
a few thousand operations, so tens of thousands are tried in a second. Errors of t count in proportion, as they do in
t itself. What comes out is rounded, compared on t itself, and left to the referee.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.search.atoms import (
    EXPONENTIAL,
    Atom,
    Shape,
    columns_of,
    dimensions_of,
    exponents,
    monomials,
    pairs_of,
    product,
    rational,
)
from symkan.search.evaluation import rms
from symkan.search.priors import oddity
from symkan.symbolic.expressions import complexity

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.problems import Problem
    from symkan.search.separable import Edges

    Array = NDArray[np.float64]

ROWS = 400
"""Rows that the regressions see."""

KEPT = 12
"""Groups kept for each function."""

KEEP = 60
"""Guesses, at most."""

CLOSER = 5
"""So many times as many are looked at more closely."""

EXACT = 1e-9
"""Error as a share of the target that no wrong formula has."""

FLOOR = 1e-11
"""Errors below this share of the target are rounding."""

LARGEST = 6
"""No power is larger."""


@dataclass(frozen=True, eq=False)
class Guess:
    """A formula for the target of a problem, its constants roughly known.

    `error` is its share of the target, `bits` a rough description length, comparable within one screening; `edges` are
    those of the KAN that it was read from, if any.
    """

    expression: sympy.Expr
    error: float
    bits: float
    edges: Edges | None = None


@dataclass(frozen=True, eq=False)
class _Hit:
    """A regression: its residual, the atoms, the function of the group, and p and r."""

    residual: float
    atoms: list[Atom]
    powers: Array
    shape: Shape | None = None
    group: Array | None = None
    scale: float = 1.0
    lift: float = 0.0

    @property
    def _power(self) -> float:
        """The function's power r, rounded."""
        return float(_rounded(np.array([self.lift]))[0])

    @property
    def size(self) -> float:
        """Nodes of the formula, roughly."""
        powers = _rounded(self.powers)
        odd = sum((p != 0) + (abs(p) not in (0, 1)) + (2 * p % 1 != 0) for p in powers)
        if self.shape is None or self.group is None:
            return float(2 * odd)
        inside = sum((q != 0) + (abs(q) > 1) for q in self.group)
        lift = self.shape is not EXPONENTIAL and abs(self._power) != 1
        return float(2 * (odd + inside) + self.shape.size + 2 * lift + 2 * (self.scale != 1))

    @property
    def plausible(self) -> bool:
        """Whether powers are of the size that laws have."""
        lift = 0.0 if self.shape is EXPONENTIAL else self._power
        return bool(
            np.abs(_rounded(self.powers)).max() <= LARGEST
            and abs(lift) <= 3
            and (self.shape is None or self.lift != 0)
        )

    def expression(self) -> sympy.Expr:
        """The formula with rounded powers, without its factor c."""
        import sympy

        outer = product(self.atoms, _rounded(self.powers))
        if self.shape is None or self.group is None:
            return outer
        u = product(self.atoms, self.group)
        if self.shape is EXPONENTIAL:
            return outer * sympy.exp(sympy.Float(self.lift) * u)
        scaled = _number(self.scale) * u
        return outer * self.shape.of(scaled) ** rational(self._power)

    def values(self) -> Array:
        """Values [rows] of the formula."""
        outer = monomials(self.atoms, _rounded(self.powers)[None])[:, 0]
        if self.shape is None or self.group is None:
            return outer
        u = monomials(self.atoms, self.group[None])[:, 0]
        if self.shape is EXPONENTIAL:
            return outer * np.exp(self.lift * u)
        values: Array = outer * np.power(self.shape.call(self.scale * u), self._power)
        return values


def _rounded(powers: Array) -> Array:
    thirds = np.rint(3 * powers) / 3
    halves = np.rint(2 * powers) / 2
    near: Array = np.where(np.abs(powers - halves) <= 2 * np.abs(powers - thirds) + 1e-3, halves, thirds)
    return near


def _number(value: float) -> sympy.Expr:
    """Small exact factors stay exact; others are constants to be fitted."""
    import sympy

    exact = {1.0: sympy.Integer(1), -1.0: sympy.Integer(-1), 0.5: sympy.Rational(1, 2), 2.0: sympy.Integer(2)}
    return exact.get(value, sympy.Float(value))


def scan(
    problem: Problem,
    t: Array,
    rows: NDArray[np.int64],
    weights: Array,
    shapes: tuple[Shape, ...],
    *,
    deadline: float = math.inf,
) -> list[Guess]:
    """The laws of one term that come nearest, best first.

    Parameters
    ----------
    problem
        Gives the columns.
    t
        Values to be explained, [all rows]; under noise those of a network, which knows the noise of no single row.
    rows
        Rows that may be looked at.
    weights
        How errors of t count, [all rows].
    shapes
        Functions of the group.
    deadline
        `time.monotonic()` after which no other set of groups is begun.
    """
    shown = np.abs(t * weights)
    size = float(np.sqrt(np.mean(shown[rows] ** 2)))
    usable = rows[(shown[rows] > 0.02 * size) & (problem.x[rows] != 0).all(axis=1)]
    if len(usable) < 8 + problem.x.shape[1]:
        return []
    chosen = usable[np.linspace(0, len(usable) - 1, min(ROWS, len(usable))).astype(np.int64)]
    hits: list[_Hit] = []
    for atoms, groups, rough in _levels(columns_of(problem, chosen)):
        hits.extend(_regress(atoms, groups, t[chosen], weights[chosen], shapes, rough=rough))
        if hits and (min(hit.residual for hit in hits) < EXACT or time.monotonic() > deadline):
            break
    return _guesses(hits, problem.t[chosen], weights[chosen], len(rows))


def _levels(columns: list[Atom]) -> Iterator[tuple[list[Atom], Array, bool]]:
    """Atoms and groups: the columns; then, roughly, with one pair of them as a further atom."""
    n = len(columns)
    wide = n > 5
    yield columns, exponents(n, most=3 if wide else 4, largest=2, total=4 if wide else 6), False
    if wide:
        yield columns, exponents(n, most=5, largest=1, total=5), False
    few = exponents(n + 1, most=2 if wide else 3, largest=2 if n < 5 else 1, total=4)
    with_pair = few[few[:, -1] > 0]
    for pair in pairs_of(columns):
        if (pair.values != 0).all():
            yield [*columns, pair], with_pair, True


class _Base(NamedTuple):
    """The logarithms that every regression holds, as q·r: those that are `known` apart from one another."""

    known: NDArray[np.bool_]
    q: Array
    r: Array

    @classmethod
    def of(cls, design: Array) -> _Base:
        """Of columns [n, 1 + atoms], without those that have one size throughout or that others make up."""
        known = np.ones(design.shape[1], dtype=bool)
        while True:
            q, r = np.linalg.qr(design[:, known])
            sizes = np.abs(np.diag(r))
            if not np.min(sizes) < 1e-9 * np.max(sizes):
                return cls(known, q, r)
            known[np.flatnonzero(known)[np.argmin(sizes)]] = False

    def powers(self, goal: Array) -> Array:
        """Of the atoms, by least squares; 0 for those left out."""
        powers = np.zeros(len(self.known))
        powers[self.known] = np.linalg.solve(self.r, self.q.T @ goal)
        return powers[1:]


def _regress(
    atoms: list[Atom], groups: Array, t: Array, weights: Array, shapes: tuple[Shape, ...], *, rough: bool
) -> Iterator[_Hit]:
    """Regressions of log|t| on the logarithms of the atoms, and of a function of each group."""
    logs = np.log(np.stack([np.abs(a.values) for a in atoms], axis=1))
    weights = np.abs(t) * weights
    weights = weights / rms(weights)
    design = np.column_stack([np.ones(len(t)), logs]) * weights[:, None]
    base = _Base.of(design)
    q = base.q
    goal = np.log(np.abs(t)) * weights
    left = goal - q @ (q.T @ goal)
    yield _Hit(rms(left), atoms, base.powers(goal))
    inside = dimensions_of(atoms, groups)
    if inside is not None:
        groups = groups[(inside == 0).all(axis=1)]
    if not len(groups):
        return
    u = monomials(atoms, groups)
    for shape in shapes:
        size = np.median(np.abs(u), axis=0)
        scales = [np.full(len(size), s) for s in shape.scales]
        if not rough:
            scales += [s / size for s in shape.relative]
        for scale in scales:
            with np.errstate(all="ignore"):
                logf = u if shape is EXPONENTIAL else np.log(np.abs(shape.call(scale * u)))
            fine = np.flatnonzero(np.isfinite(logf).all(axis=0))
            part = logf[:, fine] * weights[:, None]
            part -= q @ (q.T @ part)
            norm = np.einsum("ng,ng->g", part, part)
            lift = (left @ part) / np.maximum(norm, 1e-300)
            rss = left @ left - lift**2 * norm
            rss[norm < 1e-16 * len(t)] = np.inf
            for j in np.argsort(rss)[: KEPT // 4 if rough else KEPT]:
                column = logf[:, fine[j]] * weights
                yield _Hit(
                    float(np.sqrt(max(rss[j], 0.0) / len(t))),
                    atoms, base.powers(goal - lift[j] * column), shape,
                    groups[fine[j]], float(scale[fine[j]]), float(lift[j]),
                )  # fmt: skip


def _guesses(hits: list[_Hit], t: Array, weights: Array, rows: int) -> list[Guess]:
    """The hits with rounded powers that describe t shortest, each with its factor."""

    def bits(error: float, hit: _Hit) -> float:
        return residual_bits(len(t), error) + 4 * hit.size

    hits.sort(key=lambda hit: hit.residual)
    hits = sorted((h for h in hits[:2000] if h.plausible), key=lambda hit: bits(hit.residual, hit))
    goal = t * weights
    judged: dict[bytes, tuple[float, float, _Hit, float]] = {}
    for hit in hits[: 12 * KEEP]:
        with np.errstate(all="ignore"):
            v = hit.values() * weights
        if np.isfinite(v).all() and v.any():
            c = float(v @ goal / (v @ v))
            error = rms(c * v - goal) / rms(goal)
            key = np.round(v[:4] / v[np.argmax(np.abs(v))], 9).tobytes()
            entry = (bits(error, hit), c, hit, error)
            judged[key] = min(entry, judged.get(key, entry), key=lambda e: e[0])
    best = sorted(judged.values(), key=lambda entry: entry[0])[: CLOSER * KEEP]
    guesses = [
        Guess(coefficient(c, abs(c) * error / rows**0.5) * hit.expression(), error, bits)
        for bits, c, hit, error in best
    ]
    if best and best[0][3] > EXACT:  # many fit alike: their sizes decide, to the node
        guesses = [replace(g, bits=_bits(g, rows)) for g in guesses]
    return sorted(guesses, key=lambda guess: guess.bits)[:KEEP]


def residual_bits(rows: int, error: float) -> float:
    """Length of residuals whose share of the target is `error`, up to a constant."""
    return rows * float(np.log2(error + FLOOR))


def coefficient(value: float, error: float) -> sympy.Expr:
    """The number, or 1 or -1 where it is that within two and a half standard errors and not by chance."""
    import sympy

    one = 1 if value > 0 else -1
    near = abs(value - one) <= 2.5 * error < 0.1
    return sympy.Integer(one) if near else sympy.Float(value)


def _bits(guess: Guess, rows: int) -> float:
    size = complexity(guess.expression) + oddity(guess.expression)
    return residual_bits(rows, guess.error) + 4 * size
