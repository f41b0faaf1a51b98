"""The last step for a table with more rows than the search worked with: the best formulas on all of them."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.bank import Bank
from symkan.search.evaluation import error_sizes
from symkan.search.records import Stage
from symkan.symbolic.models import parametrise
from symkan.symbolic.refitting import absolute, parameters, standard_errors
from symkan.symbolic.snapping import Snapped, snap
from symkan.symbolic.streaming import CHUNK, fit_in_chunks

if TYPE_CHECKING:
    from symkan.search.candidates import Candidate
    from symkan.search.selection import Referee


def on_all_rows(bank: Bank, referee: Referee, *, deadline: float) -> Bank:
    """The Pareto front with its constants fitted to all open rows, and compared on them.

    More rows may allow a closed form for a constant that fewer did not: each formula is tried with and without.

    Parameters
    ----------
    bank
        Of the search.
    referee
        Of the whole table.
    deadline
        `time.monotonic()` after which no other formula is begun; the one with fewest bits is fitted in any case.
    """
    front = bank.front()
    trails = [trail for trail in bank.trails.values() if trail.candidate in front]
    whole = Bank()
    for trail in sorted(trails, key=lambda trail: trail.candidate.bits):
        if whole.trails and time.monotonic() > deadline:
            break
        for formula in _formulas(trail.candidate, referee, deadline):
            candidate = _fitted(formula, trail.candidate, referee)
            if candidate is not None:
                last = Stage("all rows", candidate.network, candidate.train_rmse, candidate.validation_rmse)
                whole.add(replace(trail, candidate=candidate, stages=(*trail.stages, last)))
    return whole


def _formulas(candidate: Candidate, referee: Referee, deadline: float) -> Iterator[Snapped]:
    """The formula as it is, and with constants snapped as the rows of a chunk allow."""
    old = Snapped(candidate.expression, candidate.parameters, candidate.snaps, 0.0)
    yield old
    if candidate.splines or not any(p.exact is None for p in candidate.parameters):
        return
    rows = referee.open_rows
    some = rows[np.linspace(0, len(rows) - 1, min(len(rows), CHUNK)).astype(np.int64)]
    sizes = error_sizes(candidate, referee.x[some], None if referee.sigma is None else referee.sigma[some])
    new = snap(
        candidate.expression,
        referee.x[some],
        referee.y[some],
        noise_floor=referee.options.exact / 1e3,
        seconds=max(1.0, deadline - time.monotonic()),
        weights=None if sizes is None else 1 / sizes,
    )
    if new.expression != old.expression:
        exact = [p for p in old.parameters if p.exact is not None]
        yield replace(new, parameters=(*new.parameters, *exact), snaps=(*old.snaps, *new.snaps))


def _fitted(formula: Snapped, candidate: Candidate, referee: Referee) -> Candidate | None:
    """The formula with its free constants fitted to all open rows; None where it is undefined on one of them."""
    if candidate.splines:
        return referee.candidate(formula, candidate.network, splines=candidate.splines)
    model = parametrise(formula.expression)
    rows = referee.open_rows
    sizes = error_sizes(candidate, referee.x, referee.sigma)
    fitted = fit_in_chunks(model, referee.x, y=referee.y, rows=rows, sizes=sizes)
    errors = standard_errors(fitted.covariance, fitted.theta)
    free = parameters(model, fitted.theta, errors, rows=len(rows))
    if referee.sigma is not None and fitted.rss > 0:
        free = absolute(free, math.sqrt((len(rows) - len(free)) / fitted.rss))
    exact = [p for p in formula.parameters if p.exact is not None]
    named = (replace(p, symbol=f"c{i}") for i, p in enumerate(exact, len(free) + 1))
    whole = Snapped(model.expression(fitted.theta), (*free, *named), formula.snaps, fitted.rss)
    return referee.candidate(whole, candidate.network)
