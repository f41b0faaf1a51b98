"""How often noise alone would give a law: a bound over all formulas at once."""

from __future__ import annotations

from collections.abc import Iterator
from math import log, log2
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.evaluation import evaluate, rms

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.candidates import Candidate

    Array = NDArray[np.float64]

CONSTANT, COLUMN, TIMES, PLUS, POWER, FUNCTION = 4, 4, 16 / 3, 8, 8, 16
"""One over the probability of each kind of node in a formula drawn at random; a tree so drawn ends."""


def chance_bits(law: Candidate, x: Array, *, y: Array, sigma: Array | None, functions: int) -> float:
    """How improbable it is that any formula would describe noise as well: -log2 of a bound, at least 0.

    Where y is a constant and independent normal errors, a formula with k constants that enter linearly leaves a share
    of the squares about the mean that is distributed as Beta((n - 1 - k)/2, k/2), or larger. The probability of a share
    as small as the law's is multiplied by 2^L, L the length of the law in a prefix code. By Kraft's inequality 2^-L
    adds up to at most one over all formulas; so the chance that any of them comes to b bits is at most 2^-b. A constant
    that enters in another way costs log2(n)/2 bits more, as in the Bayesian information criterion: there the bound is
    an approximation. Closed forms count as fitted constants.

    Parameters
    ----------
    law
        The answer.
    x, y
        The rows that it was fitted to, [n, features] and [n].
    sigma
        Standard errors of y, [n], where they are known.
    functions
        Number of functions in the library.
    """
    values, weights = evaluate(law, x), np.ones_like(y)
    if law.errors == "proportional" and bool((y * values > 0).all()):
        values, y = np.log(np.abs(values)), np.log(np.abs(y))
    elif law.errors == "given" and sigma is not None:
        weights = 1 / sigma
    length, constants = code(law.expression, columns=x.shape[1], functions=functions, rows=len(y))
    constants += sum(len(spline.coefficients) for spline in law.splines)
    left, whole = rms((y - values) * weights), rms((y - np.average(y, weights=weights**2)) * weights)
    inner = (len(y) - 1 - constants) / 2
    if not left < whole or inner <= 0:
        return 0.0
    surprise = -_log2_beta(max(left / whole, float(np.finfo(float).eps)) ** 2, inner, max(constants, 1) / 2)
    return max(0.0, surprise - length - 1)  # one bit says how errors are taken


def effect_bits(x: Array, y: Array) -> float:
    """How improbable it is that the ranks of the target have nothing to do with those of the columns.

    That is -log2 p of the F-test of a regression of ranks on ranks. It says that there is something to be found, where
    the rows are too few to say what.

    Parameters
    ----------
    x, y
        Rows [n, features] and target [n].
    """
    from scipy.special import fdtrc
    from scipy.stats import rankdata

    n, k = x.shape
    if n < k + 3 or not np.ptp(y) > 0:
        return 0.0
    ranks = np.column_stack([np.ones(n), rankdata(x, axis=0)])
    goal = rankdata(y)
    left = rms(goal - ranks @ np.linalg.lstsq(ranks, goal, rcond=None)[0])
    whole = rms(goal - goal.mean())
    freedom = n - 1 - k
    ratio = max(whole**2 - left**2, 0.0) / k / max(left**2 / freedom, 1e-30)
    return float(-np.log2(max(fdtrc(k, freedom, ratio), 1e-300)))


def code(expression: sympy.Expr, *, columns: int, functions: int, rows: int) -> tuple[float, int]:
    """Length in bits of a formula, and how many constants it has beside 1 and -1."""
    import sympy

    bits, constants = 0.0, 0
    for node, linear in _nodes(expression, linear=True):
        joints = len(node.args) - 1
        if node.is_number and not node.args:
            free = abs(node) != 1
            constants += free
            bits += log2(CONSTANT) + (0.5 * log2(rows) if free and not linear else 0.0)
        elif node.is_Symbol:
            bits += log2(COLUMN * columns)
        elif isinstance(node, sympy.Mul | sympy.Add):
            bits += joints * log2(TIMES if isinstance(node, sympy.Mul) else PLUS)
        else:
            bits += log2(POWER) if isinstance(node, sympy.Pow) else log2(FUNCTION * functions)
    return bits, constants


def _nodes(node: sympy.Expr, *, linear: bool) -> Iterator[tuple[sympy.Expr, bool]]:
    """All nodes, and whether the formula is linear in a constant that stands there."""
    import sympy

    yield node, linear
    sums = 0
    for child in node.args:
        sums += isinstance(child, sympy.Add)
        stays = isinstance(node, sympy.Add) or (isinstance(node, sympy.Mul) and sums < 2)
        yield from _nodes(child, linear=linear and stays)


def _log2_beta(share: float, a: float, b: float) -> float:
    """log2 of the probability that a Beta(a, b) variable is at most `share`, or of a bound where that is too small."""
    from scipy.special import betainc, betaln

    if (exact := float(betainc(a, b, share))) > 1e-290:
        return log2(exact)
    bound = a * log(share) - log(a) - float(betaln(a, b)) + min(b - 1, 0.0) * log(1 - share)
    return min(bound, 0.0) / log(2)
