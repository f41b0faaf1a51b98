"""One law fitted to the rows of several tables at once, some of its constants shared by all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.batch.joint import EXACT, Joint, joint
from symkan.errors import SymkanError
from symkan.search.evaluation import rms
from symkan.symbolic.least_squares import Fit, covariance, fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.batch.records import Job
    from symkan.symbolic.models import ParametricModel

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of one table, and the law to fit to them.

    Attributes
    ----------
    model
        The law with the weights of these rows.
    order
        For each constant of the group, its place among those of the model.
    x, y
        Features [n, d], and the target times the weights [n].
    """

    model: ParametricModel
    order: tuple[int, ...]
    x: Array
    y: Array

    def alone(self, values: Array) -> _Alone:
        """The fit of this table's own constants, from the values [m]."""
        fitted = fit(self.model, self.x, self.y, start=self._own(values))
        free = max(len(self.y) - len(values), 1)
        return _Alone(self, fitted.rss, max(np.sqrt(fitted.rss / free), EXACT * rms(self.y)))

    def _own(self, values: Array) -> Array:
        own = np.empty(len(values))
        own[list(self.order)] = values
        return own


class _Alone(NamedTuple):
    """A table with the sum of squares that its own constants reach, and the standard error of its rows."""

    part: Part
    rss: float
    sigma: float

    def loss(self, values: Array) -> float:
        """χ² at the values [m], beyond that of the table's own constants."""
        part = self.part
        rest = (part.y - part.model.values(part.x, part._own(values))) / self.sigma
        return float(rest @ rest) - self.rss / self.sigma**2

    def linearised(self, values: Array) -> tuple[Array, Array]:
        """Where the linear problem at the values [m] has its minimum, and the covariance there [m, m]."""
        part, order = self.part, list(self.part.order)
        theta = part._own(values)
        predicted, jacobian = part.model.jacobian(part.x, theta)
        size = np.linalg.norm(jacobian, axis=0).clip(min=1e-300)
        step, *_ = np.linalg.lstsq(jacobian / size, part.y - predicted, rcond=1e-13)
        spread = covariance(Fit(theta, self.rss, jacobian, True), part.y, noise_floor=EXACT)
        return (theta + step / size)[order], spread[np.ix_(order, order)]


def joint_of_rows(parts: Sequence[Part], start: Joint, *, steps: int = 20) -> Joint:
    """The joint least-squares fit of all rows, each table's by the standard error that its own fit leaves.

    A step of Gauss-Newton is the joint fit of the linearised tables, which are looked at one by one: nothing grows with
    the square of their number.

    Parameters
    ----------
    parts
        The tables.
    start
        From `joint`; says which constants are shared.
    steps
        At most so many; each is halved until it lowers χ².

    Returns
    -------
    Joint
        With p of the F-test of shared against separate constants; `start` where the rows leave a constant open.
    """
    if not start.shared:
        return start
    alone = [part.alone(own) for part, own in zip(parts, start.values, strict=True)]
    values, found = start.values, start
    distance = _distance(alone, values)
    for _ in range(steps):
        linear = [table.linearised(own) for table, own in zip(alone, values, strict=True)]
        minima, covariances = (np.array(part) for part in zip(*linear, strict=True))
        if not (np.isfinite(distance) and np.isfinite(minima).all() and np.isfinite(covariances).all()):
            return start
        found = joint(minima, covariances, shared=start.shared)
        trials = (values + (found.values - values) / 2**halving for halving in range(8))
        better = next(((t, d) for t in trials if (d := _distance(alone, t)) < distance), None)
        if better is None:
            break
        gain = distance - better[1]
        values, distance = better
        if gain < 1e-9 * max(distance, 1.0):
            break
    rows = sum(len(part.y) for part in parts)
    return found._replace(
        values=values, distance=distance, rows=rows, p=_p(distance, found.freedom, rows - values.size)
    )


def _distance(alone: Sequence[_Alone], values: Array) -> float:
    total = sum(table.loss(own) for table, own in zip(alone, values, strict=True))
    return max(total, 0.0) if np.isfinite(total) else np.inf


def _p(distance: float, freedom: int, left: int) -> float:
    """F-test; residuals in units of their standard errors have a mean square of 1."""
    from scipy.special import fdtrc

    return float(fdtrc(freedom, max(left, 1), distance / freedom))


def read_part(result: Path, table: Path, job: Job, *, rows: int) -> Part | None:
    """Read rows of a table, evenly spread, and the law found in it; None where either has changed or is gone.

    Parameters
    ----------
    result
        The table's result.json.
    table, job
        The file, and how it was read.
    rows
        Most rows; locked ones are not among them.
    """
    from symkan.batch.child import read
    from symkan.batch.findings import form_of, rows_used
    from symkan.result import Discovery

    try:
        found, dataset = Discovery.load(result), read(str(table), job)
    except SymkanError:
        return None
    if dataset.sha256 != found.data.sha256:
        return None
    dataset = rows_used(found, dataset)
    form = form_of(found, dataset)
    some = form.rows[np.unique(np.linspace(0, len(form.rows) - 1, rows).astype(np.int64))]
    weights = np.ones(len(some)) if form.sizes is None else 1 / form.sizes[some]
    model = replace(form.model, weights=weights)
    return Part(model, form.skeleton.constants, dataset.x[some], dataset.y[some] * weights)
