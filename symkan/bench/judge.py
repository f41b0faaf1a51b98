"""The judge: whether an answer is the law, by its values on fresh rows inside the sampled box and beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.bench.catalogue import Law
from symkan.errors import ExpressionError
from symkan.search.evaluation import rms
from symkan.symbolic.expressions import complexity, numpy_function

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

INSIDE = 1e-6
"""NRMSE on fresh rows of the sampled box, below which an answer may be the law."""
OUTSIDE = 1e-3
"""NRMSE on rows beyond the box, below which it is."""
BEYOND = 0.5
"""How much further the ranges reach there, as a share of each."""

_ROWS = 2000  # of each test
_STEPS = 200  # of the refit on noise-free rows, at most
_REFIT, _FRESH = 1_000_003, 2_000_003  # added to the seed: no row that an answer was fitted to is met again


@dataclass(frozen=True)
class Verdict:
    """What the judge says of an answer.

    Attributes
    ----------
    recovered
        The answer has the law's values: NRMSE (RMSE over the standard deviation) below 1e-6 inside, 1e-3 beyond.
    clean
        Recovered, with a complexity of at most twice the law's plus 5.
    nrmse, nrmse_beyond
        On fresh rows of the box, and half as far again beyond it; inf where the answer is undefined.
    complexity, complexity_of_law
        Nodes of both.
    """

    recovered: bool
    clean: bool
    nrmse: float
    nrmse_beyond: float
    complexity: int
    complexity_of_law: int


def judge(answer: sympy.Expr, law: Law, *, noise: float = 0.0, seed: int = 0) -> Verdict:
    """Compare an answer with the law, by values alone: two formulas that differ by less are one to the judge.

    Parameters
    ----------
    answer
        In x1, x2, …
    law
        The truth.
    noise
        Level of the noise that the answer was fitted to. Above 0 the answer's floats are fitted to noise-free rows
        first: the form is judged, not the noise in its constants.
    seed
        That of the table the answer was fitted to; the judge's rows are others.
    """
    tested = _without_noise(answer, law, seed) if noise > 0 else answer
    inside = _nrmse(tested, law, *law.sample(_ROWS, seed + _FRESH))
    beyond = _nrmse(tested, law, *law.sample(_ROWS, seed + _FRESH, beyond=BEYOND))
    size, truth = complexity(answer), complexity(law.expression)
    recovered = inside < INSIDE and beyond < OUTSIDE
    return Verdict(recovered, recovered and size <= 2 * truth + 5, inside, beyond, size, truth)


def _without_noise(answer: sympy.Expr, law: Law, seed: int) -> sympy.Expr:
    """The answer with its floats fitted to noise-free rows."""
    from symkan.symbolic.refitting import refit

    if not {s.name for s in answer.free_symbols} <= set(law.symbols):  # an irrelevant column
        return answer
    x, y = law.sample(_ROWS, seed + _REFIT)
    try:
        return refit(answer, x, y=y, steps=_STEPS).expression
    except ExpressionError:  # a spline has no formula to refit
        return answer


def _nrmse(answer: sympy.Expr, law: Law, x: Array, y: Array) -> float:
    """RMSE over the standard deviation of y (its size where y is constant); inf where the answer is undefined."""
    try:
        error = rms(numpy_function(answer, law.symbols)(x) - y)
    except ExpressionError:  # a spline or a foreign symbol: no formula
        return float("inf")
    spread = rms(y - y.mean()) or rms(y)
    return error / spread if np.isfinite(error) else float("inf")
