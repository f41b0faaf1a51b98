"""Values of a candidate at rows of a table, splines included."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.symbolic.streaming import chunks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.search.candidates import Candidate, Spline

    Array = NDArray[np.float64]


class Pieces(NamedTuple):
    """A spline as polynomials: for each piece a row of `coefficients` in powers of x - origin, highest first.

    The first and the last piece are the straight lines outside the `breaks`. Shapes: breaks [m],
    origins [m + 1], coefficients [m + 1, order + 1].
    """

    breaks: Array
    origins: Array
    coefficients: Array

    def __call__(self, x: Array) -> Array:
        """Values at `x`, any shape; nan at nan."""
        x = np.asarray(x, dtype=np.float64)
        piece = np.searchsorted(self.breaks, x, side="right")
        step = x - self.origins[piece]
        value = np.zeros_like(x)
        for power in self.coefficients.T:
            value = value * step + power[piece]
        return value


def pieces(spline: Spline) -> Pieces:
    """The spline as polynomials on its base interval (knots `order` to `-order - 1`), going on as straight lines.

    Examples
    --------
    >>> from symkan.search.candidates import Spline
    >>> hat = Spline("g1", knots=(0, 0, 1, 2, 2), coefficients=(0, 1, 0), order=1)
    >>> pieces(hat)(np.array([-1.0, 0.5, 1.5, 3.0])).tolist()
    [-1.0, 0.5, 0.5, -1.0]
    """
    from scipy.interpolate import BSpline, PPoly

    order = spline.order
    knots = np.array(spline.knots, dtype=np.float64)
    curve = BSpline(knots, np.array(spline.coefficients, dtype=np.float64), order)
    taylor = PPoly.from_spline((curve.t, curve.c, order)).c
    taylor = np.vstack([np.zeros((int(order == 0), taylor.shape[1])), taylor])  # steps have slopes, too: zero
    base = np.arange(order, len(knots) - order - 1)
    base = base[knots[base] < knots[base + 1]]
    breaks = np.append(knots[base], knots[base[-1] + 1])
    inner = taylor[:, base].T
    lines = np.zeros((2, inner.shape[1]))
    lines[0, -2:] = inner[0, -2:]
    end = np.poly1d(inner[-1])
    width = breaks[-1] - breaks[-2]
    lines[1, -2:] = end.deriv()(width), end(width)
    return Pieces(breaks, np.append(breaks[0], breaks), np.vstack([lines[:1], inner, lines[1:]]))


def evaluate(candidate: Candidate, x: Array) -> Array:
    """Values of the formula at rows `x`.

    Parameters
    ----------
    candidate
        A formula in x1, x2, …, possibly with splines.
    x
        Shape [n, features], in the file's units, columns in the order of the symbols.

    Returns
    -------
    array
        Shape [n], in units of the target; nan where the formula is undefined or not real.
    """
    from symkan.symbolic.expressions import numpy_function

    symbols = [f"x{i + 1}" for i in range(x.shape[1])]
    formula = numpy_function(candidate.expression, symbols, functions=spline_functions(candidate))
    values = np.empty(len(x))
    for part in chunks(len(x)):
        values[part] = formula(x[part])
    return values


def spline_functions(candidate: Candidate) -> dict[str, Callable[[Array], Array]]:
    """What computes the splines of a formula, by their names in it."""
    return {spline.name: pieces(spline).__call__ for spline in candidate.splines}


def error_sizes(candidate: Candidate, x: Array, sigma: Array | None = None) -> Array | None:
    """Sizes of errors at rows x [n, features], up to a factor, for which constants are fitted; None for equal ones.

    They are those given, `sigma` [n], or else proportional to the formula's own values: if proportional to the measured
    ones, rows that came out small by chance would weigh more, and the constants be too small by twice the square of the
    relative error.
    """
    if candidate.errors == "given":
        assert sigma is not None, "a law fitted with standard errors of y needs them"
        return sigma
    return np.abs(evaluate(candidate, x)).clip(min=1e-300) if candidate.errors == "proportional" else None


def rms(values: Array) -> float:
    """Root mean square, without overflow or underflow; nan where a value is."""
    scaled = np.abs(values)
    size = float(np.max(scaled, initial=0.0))
    if not size > 0:
        return size
    scaled /= size
    return size * float(np.sqrt(np.mean(np.square(scaled, out=scaled))))
