"""Formulas that one linear least squares answers, tried before any network: constant, straight line, power law."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.problems import Problem

    Array = NDArray[np.float64]


def regressions(problem: Problem, rows: NDArray[np.int64]) -> Iterator[tuple[str, sympy.Expr]]:
    """Name and formula for t of each regression that the problem admits, fitted on `rows`."""
    import sympy

    t = problem.t[rows]
    yield "constant", sympy.Float(float(t.mean()))
    line = least_squares(problem.x[rows], t)
    yield "linear", _weighted_sum(line, problem.columns)
    used = np.flatnonzero((problem.x[rows] > 0).all(axis=0))
    if len(used) and (t > 0).all():
        power = least_squares(np.log(problem.x[np.ix_(rows, used)]), np.log(t))
        factors = (problem.columns[i] ** sympy.Float(float(p)) for i, p in zip(used, power[1:], strict=True))
        yield "power law", sympy.Mul(sympy.Float(float(np.exp(power[0]))), *factors)


def least_squares(x: Array, t: Array) -> Array:
    """Constant and coefficients [1 + columns] of t [n] on the columns of x [n, columns]."""
    center, size = x.mean(axis=0), x.std(axis=0)
    size = np.where(size > 0, size, 1.0)
    design = np.column_stack([np.ones(len(t)), (x - center) / size])
    solution = np.linalg.lstsq(design, t, rcond=None)[0]
    slopes = solution[1:] / size
    return np.concatenate([[solution[0] - slopes @ center], slopes])


def _weighted_sum(weights: Array, columns: tuple[sympy.Expr, ...]) -> sympy.Expr:
    import sympy

    terms = (sympy.Float(float(w)) * c for w, c in zip(weights[1:], columns, strict=True))
    return sympy.Add(sympy.Float(float(weights[0])), *terms)
