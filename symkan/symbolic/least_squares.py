"""Least squares by Levenberg-Marquardt in a trust region, for models of a few constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.symbolic.models import ParametricModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ROUNDING = 1e-15
"""Relative error of a computed value; no standard error is smaller than what it stands for."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Constants of a model fitted by least squares.

    Attributes
    ----------
    theta
        Values of all constants, the fixed ones included, shape [m].
    rss
        Sum of squared residuals, in squared units of y; inf when the model is undefined on a row.
    jacobian
        Derivatives of the values by all constants at `theta`, shape [n, m].
    converged
        Whether no step could lower `rss` further.
    """

    theta: Array
    rss: float
    jacobian: Array
    converged: bool


class _Linear(NamedTuple):
    """The linearised problem at one point: J·step ≈ residual in scaled columns, by its singular values."""

    right: Array  # columns of V, [m, k]
    singular: Array
    projection: Array  # Uᵀ residual, [k]
    scale: Array  # of the columns of J, [m]

    def step(self, radius: float) -> tuple[Array, float, float]:
        """The step within the trust region, its scaled length, and the decrease of the loss that it promises.

        Moré, The Levenberg-Marquardt algorithm (1978): the damping makes the step as long as `radius`.
        It is the shortest step where J lacks rank.
        """
        kept = self.singular > self.singular[0] * 1e-13
        s, g = self.singular[kept], self.projection[kept]
        damping = _damping(s, g, radius)
        q = s / (s * s + damping) * g
        gain = float(np.sum(g * g - np.square(g - s * q)))
        return self.right[:, kept] @ q / self.scale, float(np.linalg.norm(q)), gain


def _damping(s: Array, g: Array, radius: float) -> float:
    """λ with |s·g/(s² + λ)| = radius within 10 %, by Newton steps; 0 when the undamped step is shorter."""
    if radius == 0:
        return np.inf
    damping = 0.0
    for _ in range(20):
        q = s / (s * s + damping) * g
        length = float(np.linalg.norm(q))
        if length <= 1.1 * radius:
            break
        slope = float(np.sum(np.square(q / length) / (s * s + damping)))  # as q² alone may underflow
        damping += (length - radius) / radius / slope
    return damping


def _linearise(
    jacobian: Array, residual: Array, free: NDArray[np.bool_], scale: Array | None = None
) -> _Linear | None:
    """None when no constant can move; the scale of a column is its norm, or the one given if that is larger.

    Rows without a finite derivative do not count, and a constant with many of them rests.
    """
    finite = np.isfinite(jacobian)
    usable = free & (finite.mean(axis=0) > 0.95)
    J = np.where(finite & usable, jacobian, 0.0)
    largest = np.abs(J).max(axis=0, initial=0.0)
    if not largest.any():
        return None
    safe = np.where(largest > 0, largest, 1.0)  # columns of any size: squares may not overflow
    norm = safe * np.sqrt(np.square(J / safe).sum(axis=0))
    # by far too large a scale would make a column look like rounding
    norm = norm if scale is None else np.maximum(norm, np.minimum(scale, 1e3 * norm))
    norm[norm == 0] = 1.0
    # QR first: the singular values of the small triangle are those of J
    triangle: Array = np.linalg.qr(np.column_stack([J / norm, residual]), mode="r")  # type: ignore[assignment]
    u, s, vt = np.linalg.svd(triangle[:, :-1], full_matrices=False)
    return _Linear(vt.T, s, u.T @ triangle[:, -1], norm)


@np.errstate(all="ignore")  # steps may overflow; their loss is then infinite
def fit(
    model: ParametricModel,
    x: Array,
    y: Array,
    *,
    start: Array | None = None,
    fixed: Mapping[str, float] | None = None,
    steps: int = 30,
) -> Fit:
    """Least-squares fit of the constants by Levenberg-Marquardt.

    The damping follows from a trust region (Moré 1978), wide at first, so constants that enter linearly are
    solved at once; the linear problem is solved by QR and SVD on scaled columns, never by normal equations.

    Parameters
    ----------
    model
        From `parametrise`.
    x, y
        Rows [n, features] and target [n], in any units: nothing depends on the scale of y.
    start
        Where to begin, [m]; the model's own values by default.
    fixed
        Constants to hold, by name, and their values.
    steps
        At most so many linearisations.

    Returns
    -------
    Fit
        Never worse than the start.

    Examples
    --------
    >>> from sympy import Float
    >>> from symkan.symbolic.models import parametrise
    >>> from symkan.symbolic.expressions import symbol
    >>> x = np.linspace(0, 1, 20)[:, None]
    >>> model = parametrise(Float(1.0) * symbol("x1") + Float(0.5))
    >>> sorted(fit(model, x, 3 * x[:, 0] + 2).theta.round(12).tolist())
    [2.0, 3.0]
    """
    theta = np.array(model.start if start is None else start, dtype=np.float64)
    free = np.ones(len(theta), dtype=bool)
    for name, value in (fixed or {}).items():
        index = model.constants.index(name)
        theta[index], free[index] = value, False
    problem = _Problem.of(model, np.asfortranarray(x), y)
    theta = _rescale(problem, theta, free & model.linear)
    return _minimise(problem, theta, free, steps)


class _Problem(NamedTuple):
    """Residuals of a model in units of the largest |y|."""

    model: ParametricModel
    x: Array
    y: Array
    size: float

    @classmethod
    def of(cls, model: ParametricModel, x: Array, y: Array) -> _Problem:
        return cls(model, x, y, float(np.abs(y).max(initial=0.0)) or 1.0)

    def residual(self, values: Array) -> Array:
        with np.errstate(all="ignore"):
            return (self.y - values) / self.size

    def loss(self, theta: Array) -> float:
        return _squares(self.residual(self.model.values(self.x, theta)))

    def weigh(self, jacobian: Array) -> Array:
        with np.errstate(all="ignore"):
            return jacobian / self.size

    def jacobian(self, theta: Array) -> tuple[Array, Array]:
        values, jacobian = self.model.jacobian(self.x, theta)
        return self.residual(values), jacobian


def _squares(residual: Array) -> float:
    with np.errstate(all="ignore"):
        total = float(residual @ residual)
    return total if np.isfinite(total) else float("inf")


def _rescale(problem: _Problem, theta: Array, free: NDArray[np.bool_]) -> Array:
    """For a start no better than 0: the outer coefficients times one factor; so starts may be of any scale.

    One factor, not each coefficient for itself: the joint steps turn better round the bends of the valley.
    Each turn gains 15 digits, as the target drowns in the rounding of values that are far larger.
    """
    blank = _squares(problem.residual(0.0 * problem.y))
    for _ in range(4 if free.any() else 0):
        residual, jacobian = problem.jacobian(theta)
        loss = _squares(residual)
        if loss < 0.99 * blank:
            break
        with np.errstate(all="ignore"):
            part = problem.weigh(jacobian)[:, free] @ theta[free]
            size = float(np.abs(part).max())
            unit = part / size
            factor = (unit @ (residual / size + unit)) / (unit @ unit)
        trial = np.where(free, theta * factor, theta)
        if not np.isfinite(factor) or problem.loss(trial) >= loss:
            break
        theta = trial
    return theta


def _minimise(problem: _Problem, theta: Array, free: NDArray[np.bool_], steps: int) -> Fit:
    converged = not free.any()
    residual, jacobian = problem.jacobian(theta)
    loss = _squares(residual)
    floor = (ROUNDING / 10) ** 2 * len(residual)
    linear, radius = None, 0.0
    for _ in range(steps):
        if converged or not np.isfinite(loss):
            break
        scale = None if linear is None else linear.scale
        linear = _linearise(problem.weigh(jacobian), residual, free, scale)
        if linear is None or loss <= floor or linear.step(np.inf)[2] <= 1e-14 * loss:
            converged = True
            break
        if not radius:  # constants that start near zero have no size yet: then that of their first step
            whole = linear.step(np.inf)[1]
            radius = max(float(np.linalg.norm(linear.scale * theta)), 1e-6 * whole)
        trial, radius = _search(problem, linear, theta, loss, radius)
        if trial is None:
            # at the level of rounding a promise of less than the noise of the loss cannot be kept
            converged = linear.step(np.inf)[2] <= 1e-6 * loss or loss <= 1e-26 * len(residual)
            break
        theta = trial
        residual, jacobian = problem.jacobian(theta)
        loss = _squares(residual)
    return Fit(theta, loss * problem.size**2, jacobian, converged)


def _search(
    problem: _Problem, linear: _Linear, theta: Array, loss: float, radius: float
) -> tuple[Array | None, float]:
    """A step that lowers the loss, or None, and the trust region's radius for the next one."""
    for _ in range(30):
        step, length, gain = linear.step(radius)
        trial = theta + step
        ratio = (loss - problem.loss(trial)) / gain if gain > 0 else 0.0
        if ratio < 0.25:
            radius = length / 2
        elif ratio > 0.5:
            radius = max(radius, 2 * length)
        if ratio > 1e-4:
            return trial, radius
    return None, radius


def covariance(fitted: Fit, y: Array, *, noise_floor: float = ROUNDING) -> Array:
    """Covariance of the constants of a fit, s²·(JᵀJ)⁻¹ with s² = rss/(n - m), shape [m, m].

    Parameters
    ----------
    fitted
        From `fit`.
    y
        The target [n].
    noise_floor
        Rounding level of y as a share of its root mean square; s is not taken to be smaller.

    Returns
    -------
    array
        Infinite on the diagonal, and 0 beside it, where the data leave a constant undetermined.
    """
    n, m = fitted.jacobian.shape
    linear = _linearise(fitted.jacobian, np.zeros(n), np.ones(m, dtype=bool))
    if linear is None or n <= m:
        return np.diag(np.full(m, np.inf))
    kept = linear.singular > linear.singular[0] * 1e-11
    size = float(np.abs(y).max(initial=0.0)) or 1.0
    s = max(np.sqrt(fitted.rss / (n - m)), noise_floor * size * float(np.sqrt(np.mean((y / size) ** 2))))
    root = linear.right[:, kept] / linear.singular[kept] * (s / linear.scale)[:, None]
    with np.errstate(all="ignore"):  # directions that the data leave open overflow; they get inf below
        cov: Array = root @ root.T
    lost = np.square(linear.right[:, ~kept]).sum(axis=1) > 1e-6
    cov[lost, :] = cov[:, lost] = 0.0
    cov[lost, lost] = np.inf
    return cov
