"""What other rows would have said: the law on bootstrap samples, and its constants from the inner rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symkan.evidence.records import Extrapolation, Stability
from symkan.evidence.scores import score
from symkan.search.evaluation import rms
from symkan.symbolic.least_squares import fit
from symkan.symbolic.models import ParametricModel, parametrise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.search.candidates import Candidate

    Array = NDArray[np.float64]

RESAMPLES = 40
SAME, NEAR = 1e-9, 0.2
"""Formulas of equal values are one form where no constant differs by more than this share."""
INNER = 0.8
"""Share of the rows that the constants are fitted to when the law is asked about the others."""


def stability(
    law: Candidate, others: Sequence[Candidate], x: Array, *, y: Array, sizes: Array | None = None
) -> Stability | None:
    """How often the law is chosen again, among the formulas found, when rows are drawn anew with replacement.

    Constants are refitted to each sample from the values that all rows gave; the shortest description wins. The law
    with other constants, such as snapped ones, is the law.

    Parameters
    ----------
    law, others
        The answer and what else was found, none of it with splines.
    x, y
        Rows [n, features] and target [n].
    sizes
        Of the errors, [n], up to a factor; None where they are equal.

    Returns
    -------
    Stability or None
        None for a law with splines.
    """
    if law.splines or not law.expression.free_symbols:
        return None
    field = [law, *(c for c in others if not c.splines and c.expression != law.expression)]
    models = [parametrise(candidate.expression) for candidate in field]
    weight = np.ones_like(y) if sizes is None else 1 / sizes
    # what a formula costs beside its residuals; these are the same rows, so it stays
    own = [_loss(model, model.start, x, y=y, weight=weight) for model in models]
    floor = max(1e-14 * rms(y * weight), 1e-300)
    lengths = [c.bits - len(y) * np.log2(max(loss, floor)) for c, loss in zip(field, own, strict=True)]
    generator = np.random.default_rng(0)
    wins = np.zeros(len(field), dtype=np.int64)
    for _ in range(RESAMPLES):
        rows = generator.integers(0, len(y), len(y))
        bits = []
        for model, length in zip(models, lengths, strict=True):
            weighted = replace(model, weights=weight[rows])
            theta = fit(weighted, x[rows], (y * weight)[rows], steps=6).theta
            loss = _loss(model, theta, x[rows], y=y[rows], weight=weight[rows])
            bits.append(len(y) * np.log2(max(loss, floor)) + length if np.isfinite(loss) else np.inf)
        wins[int(np.argmin(bits))] += 1
    again = [_is_form(models[0], model.values(x, model.start), x) for model in models]
    used = [{symbol.name for symbol in c.expression.free_symbols} for c in field]
    names = sorted(set().union(*used), key=lambda name: (len(name), name))
    shares = tuple((name, float(wins[[name in u for u in used]].sum()) / RESAMPLES) for name in names)
    return Stability(RESAMPLES, float(wins[again].sum()) / RESAMPLES, shares)


def extrapolation(law: Candidate, x: Array, *, y: Array, sizes: Array | None = None) -> Extrapolation | None:
    """The law with constants from the inner four fifths of the rows, and its errors on the outer fifth.

    A row is as far out as its most extreme column is in the order of that column. The form of the law was found with
    all rows; only its constants have not seen the outer ones.

    Parameters
    ----------
    law
        The answer; its constants are refitted.
    x, y
        Rows [n, features] and target [n].
    sizes
        Of the errors, [n], up to a factor; None where they are equal.
    """
    used = [int(symbol.name[1:]) - 1 for symbol in law.expression.free_symbols]
    if law.splines or not used or len(y) < 10:
        return None
    rank = np.argsort(np.argsort(x[:, used], axis=0), axis=0) / (len(y) - 1)
    order = np.argsort(np.abs(rank - 0.5).max(axis=1), kind="stable")
    inner, outer = np.split(order, [round(INNER * len(y))])
    weight = np.ones_like(y) if sizes is None else 1 / sizes
    model = parametrise(law.expression)
    theta = fit(replace(model, weights=weight[inner]), x[inner], (y * weight)[inner]).theta
    values = model.values(x, theta)
    within, beyond = score(y[inner], values[inner]), score(y[outer], values[outer])
    assert within is not None
    assert beyond is not None
    return Extrapolation(within, beyond)


def _is_form(law: ParametricModel, values: Array, x: Array) -> bool:
    """Whether values [n] are those of the law with constants near its own, such as snapped ones."""
    theta = fit(law, x, values).theta
    exact = rms(law.values(x, theta) - values) <= SAME * rms(values)
    return bool(exact and np.allclose(theta, law.start, rtol=NEAR))


def _loss(model: ParametricModel, theta: Array, x: Array, *, y: Array, weight: Array) -> float:
    return rms((model.values(x, theta) - y) * weight)
