"""Reductions: fewer columns for the same law, read off a network whose first layer is monomials.

In a network with logarithms on its first edges a node is the logarithm of a product of powers. Where log y is
Σ p_i log x_i + G(Σ q_i log x_i), the table has the law y = Π x_i^p_i · g(u) in the one variable u = Π x_i^q_i: the
dimensionless group of Buckingham, found without units.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from symkan.search.networks import Sample

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Monomials:
    """Exponents of the factor and of the group, one for each column."""

    factor: tuple[Fraction, ...]
    group: tuple[Fraction, ...]


def whole_exponents(q: Array, *, largest: int = 4, tolerance: float = 0.03) -> tuple[int, ...] | None:
    """The smallest whole numbers in the proportions of `q` [n]; None where there are none.

    Examples
    --------
    >>> whole_exponents(np.array([-0.501, 0.0, 0.998]))
    (-1, 0, 2)
    """
    lead = float(np.max(np.abs(q)))
    if not np.isfinite(lead) or lead == 0:
        return None
    for size in range(1, largest + 1):
        scaled = q * (size / lead)
        whole = np.rint(scaled)
        if np.all(np.abs(scaled - whole) <= tolerance * size**0.5):
            sign = 1 if whole[np.flatnonzero(whole)[-1]] > 0 else -1
            return tuple(int(sign * w) for w in whole)
    return None


def factors(
    p: Array, q: Array, group: tuple[int, ...], *, tolerance: float = 0.03
) -> list[tuple[Fraction, ...]]:
    """Exponents of the factor that differ by powers of the group alone, those with most zeros first.

    `p` and `q` are fitted; any multiple of `q` may be moved from p into the function of the group.
    """
    g = np.array(group, dtype=np.float64)
    found: dict[tuple[Fraction, ...], int] = {}
    for lead in np.flatnonzero(g):
        moved = p - p[lead] / g[lead] * g
        for shift in np.arange(-4, 5) / 2:
            exact = moved + shift * g
            near = [Fraction(float(e)).limit_denominator(2) for e in exact]
            if np.all(np.abs(exact - np.array([float(f) for f in near])) <= tolerance):
                found.setdefault(tuple(near), sum(f == 0 for f in near))
    return sorted(found, key=lambda f: (-found[f], sum(abs(e) for e in f)))


def reduce(problem: Problem, monomials: Monomials) -> Problem:
    """The problem with the factor divided out and the group as its one column."""
    import sympy

    from symkan.symbolic.expressions import symbol

    def power(exponents: tuple[Fraction, ...]) -> tuple[sympy.Expr, Array]:
        expression = sympy.Mul(
            *(
                c ** sympy.Rational(e.numerator, e.denominator)
                for c, e in zip(problem.columns, exponents, strict=True)
            )
        )
        return expression, np.prod(problem.x ** np.array([float(e) for e in exponents]), axis=1)

    factor, size = power(monomials.factor)
    group, u = power(monomials.group)
    t = symbol("t")
    return Problem((group,), u[:, None], problem.t / size, problem.outer.xreplace({t: factor * t}))


def monomial_problems(problem: Problem, sample: Sample, *, seed: int, most: int = 8) -> Iterator[Problem]:
    """Problems in one variable that the table reduces to, likeliest first; none where it does not.

    Needs positive columns and a positive target on the rows that may be looked at.
    """
    x, t = problem.x[sample.rows], problem.t[sample.rows]
    if problem.x.shape[1] < 2 or (x <= 0).any() or (t <= 0).any():
        return
    from symkan.kan.fitting import monomial_exponents

    log_x, log_t = np.log(problem.x[sample.train]), np.log(problem.t[sample.train])
    if not np.ptp(log_t) > 0:
        return
    p, q, rmse = monomial_exponents(log_x, log_t, seed=seed)
    group = whole_exponents(q)
    accuracy = rmse / float(log_t.std())
    if group is None or accuracy > 0.05:
        return
    for factor in factors(p, q, group)[: most if accuracy < 3e-3 else 2]:
        for sign in (1, -1):  # the group or its reciprocal: exp(1/u) is no edge function of u
            yield reduce(problem, Monomials(factor, tuple(Fraction(sign * g) for g in group)))
