"""`verify`: every number of a record that follows from its law and its table, computed again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.data.headers import read_label
from symkan.data.outliers import without_outliers
from symkan.data.splitting import split
from symkan.data.tables import read_table
from symkan.evidence.bands import band
from symkan.evidence.chance import chance_bits, effect_bits
from symkan.evidence.constants import correlations, information_criteria
from symkan.evidence.domain import domain
from symkan.evidence.profile import intervals
from symkan.evidence.resampling import extrapolation, stability
from symkan.evidence.residual_tests import residual_tests
from symkan.evidence.scores import score, scores
from symkan.evidence.verdict import verdict
from symkan.examination import check_sigma, some_rows
from symkan.search.evaluation import error_sizes, evaluate
from symkan.search.records import Outcome
from symkan.search.selection import Referee
from symkan.symbolic.least_squares import Fit, covariance
from symkan.symbolic.library import Library
from symkan.symbolic.models import parametrise
from symkan.symbolic.parsing import parse_expression
from symkan.symbolic.refitting import NORMAL, standard_errors, students_t
from symkan.symbolic.snapping import Snapped
from symkan.symbolic.streaming import CHUNK, fit_in_chunks

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from symkan.data.dataset import Column, Dataset
    from symkan.data.splitting import Split
    from symkan.evidence.records import Evidence, Scores
    from symkan.result import Discovery
    from symkan.search.candidates import Candidate
    from symkan.search.records import DataSummary, Score

    Number = float | str
    Pair = tuple[str, Number, Number]

SAME = 1e-6
"""Relative difference that another processor's rounding may make."""
SEARCHED = 1e-3
"""And that it may make in the ends of a profile, which are searched for, and in small probabilities."""


@dataclass(frozen=True)
class Check:
    """A number of the record, and what it is when computed again."""

    name: str
    recorded: float | str
    recomputed: float | str
    ok: bool


def table_of(discovery: Discovery, path: str | Path, *, sigma: str | None = None) -> Dataset:
    """Read a table as the one of a result was read: the same target, features and units, and errors if there were any.

    Raises
    ------
    TableError
        As `read_table`.
    """
    columns = (*discovery.data.features, discovery.data.target)
    units = {_key(c): c.unit for c in columns if c.unit and c.unit != read_label(c.header).unit}
    *features, target = map(_key, columns)
    return read_table(path, target=target, features=features, units=units, sigma=sigma)


def _key(column: Column) -> str:
    return column.header if column.header.strip() else column.name


def verify(discovery: Discovery, dataset: Dataset) -> tuple[Check, ...]:
    """Compute again what follows from the law and the table, and judge anew.

    Networks, their losses, baselines, remarks and times are not: they depend on the search, and on the machine.

    Parameters
    ----------
    discovery
        A result.
    dataset
        Its table, from `table_of`.

    Returns
    -------
    tuple of Check
        One for each number.

    Raises
    ------
    ResultError
        When the table lacks the standard errors that the law was found with.
    """
    check_sigma(discovery, dataset)
    options, law = discovery.options, discovery.best
    dataset = without_outliers(dataset) if options.robust else dataset
    parts = split(dataset, options.split, seed=options.seed)
    referee = Referee.of(dataset, parts, options.search)
    pairs = [
        *_data(discovery.data, dataset, parts),
        *(pair for k, one in enumerate(discovery.front, 1) for pair in _losses(f"law {k}", one, referee)),
        *_losses("the law", law, referee),
        *_constants(law, referee),
    ]
    test = score(dataset.y[parts.test], evaluate(law, dataset.x[parts.test]))
    pairs += _score("locked rows", discovery.test, test)
    if discovery.evidence:
        table, inside = some_rows(dataset, parts, options.evidence.rows)
        pairs += _evidence(discovery.evidence, law, dataset, table, parts=parts, inside=inside)
        pairs += _judgement(discovery, discovery.evidence, table.subset(inside.open))
    return tuple(Check(*pair, ok=_same(*pair, rounding=referee.floor)) for pair in pairs)


def _same(name: str, recorded: Number, recomputed: Number, *, rounding: float) -> bool:
    """Whether both are the same text, or numbers that differ by rounding or are rounding themselves."""
    if isinstance(recorded, str) or isinstance(recomputed, str):
        return recorded == recomputed
    if math.isnan(recorded) or math.isnan(recomputed):
        return math.isnan(recorded) and math.isnan(recomputed)
    if max(abs(recorded), abs(recomputed)) <= rounding:
        return True
    return math.isclose(
        recorded,
        recomputed,
        rel_tol=SEARCHED if "profile" in name or name.endswith(": p") else SAME,
        abs_tol=1e-300,
    )


def _data(data: DataSummary, table: Dataset, parts: Split) -> Iterator[Pair]:
    yield "hash of the table", data.sha256, table.sha256
    yield "training rows", data.train_rows, len(parts.train)
    yield "validation rows", data.validation_rows, len(parts.validation)
    yield "locked rows", data.test_rows, len(parts.test)
    yield "folds", data.folds, len(parts.folds)
    columns = zip((*data.features, data.target), (*table.x.T, table.y), strict=True)
    for (column, values), (low, high) in zip(columns, (*data.feature_ranges, data.target_range), strict=True):
        yield f"{column.name}, smallest", low, float(values.min())
        yield f"{column.name}, largest", high, float(values.max())


def _losses(name: str, law: Candidate, referee: Referee) -> Iterator[Pair]:
    fitted = Snapped(law.expression, law.parameters, law.snaps, 0.0)
    again = referee.candidate(fitted, law.network, splines=law.splines)
    for field in ("complexity", "train_rmse", "validation_rmse", "r2", "bits", "errors", "clash"):
        value = getattr(again, field) if again else "undefined on an open row"
        yield f"{name}: {_WORDS.get(field, field)}", getattr(law, field), value


_WORDS = {
    "rmse": "RMSE",
    "nrmse": "relative RMSE",
    "train_rmse": "training RMSE",
    "validation_rmse": "validation RMSE",
    "r2": "R²",
    "max_error": "largest",
}


def _constants(law: Candidate, referee: Referee) -> Iterator[Pair]:
    """Values as they stand in the formula, closed forms, standard errors and intervals."""
    if law.splines:
        return
    model = parametrise(law.expression)
    errors = standard_errors(_covariance(law, referee), model.start)
    t = students_t(len(referee.open_rows) - len(model.start)) if referee.sigma is None else NORMAL
    for p in law.parameters:
        if p.exact is not None:
            yield f"{p.symbol} = {p.exact}", p.value, float(parse_expression(p.exact))
            continue
        k = int(np.argmin(np.abs(model.start - p.value)))
        value, error = float(model.start[k]), float(errors[k])
        yield f"{p.symbol}: value", p.value, value
        yield f"{p.symbol}: standard error", p.standard_error, error
        yield f"{p.symbol}: interval, low", p.low, value - t * error
        yield f"{p.symbol}: interval, high", p.high, value + t * error


def _covariance(law: Candidate, referee: Referee) -> NDArray[np.float64]:
    """Of the law's constants where they are; as the search found it."""
    model, rows = parametrise(law.expression), referee.open_rows
    sizes = error_sizes(law, referee.x, referee.sigma)
    here = fit_in_chunks(model, referee.x, y=referee.y, rows=rows, sizes=sizes, steps=0)
    if referee.sigma is not None:  # errors are absolute
        return here.covariance * ((len(rows) - len(model.start)) / max(here.rss, 1e-300))
    if len(rows) > referee.options.most_rows or len(rows) > CHUNK:
        return here.covariance
    weights = 1.0 if sizes is None else 1 / sizes[rows]
    _, jacobian = model.jacobian(referee.x[rows], model.start)
    fitted = Fit(model.start, here.rss, (jacobian.T * weights).T, True)
    return covariance(fitted, referee.y[rows] * weights, noise_floor=referee.options.exact / 1e3)


def _score(name: str, recorded: Score | None, again: Score | None) -> Iterator[Pair]:
    if recorded is None or again is None:
        yield name, "none" if recorded is None else "some", "none" if again is None else "some"
        return
    theirs, ours = asdict(recorded), asdict(again)
    yield from ((f"{name}: {_WORDS.get(key, key)}", theirs[key], ours[key]) for key in theirs)


def _evidence(
    evidence: Evidence, law: Candidate, dataset: Dataset, table: Dataset, *, parts: Split, inside: Split
) -> Iterator[Pair]:
    fitted = parts.open
    yield from _scores(evidence.scores, scores(table.y, evaluate(law, table.x), inside))
    known = table.subset(inside.open)
    criteria = information_criteria(law, known.x, y=known.y, sigma=known.sigma)
    yield from zip(("AIC", "BIC"), (evidence.aic, evidence.bic), criteria, strict=True)
    found = {(c.first, c.second): c.value for c in correlations(law, known.x, sigma=known.sigma)}
    for c in evidence.correlations:
        value = found.get((c.first, c.second), math.nan)
        yield f"correlation of {c.first} and {c.second}", c.value, value
    ends = {
        one.symbol: one for one in intervals(law, dataset.x, y=dataset.y, rows=fitted, sigma=dataset.sigma)
    }
    for one in evidence.intervals:
        again = ends.get(one.symbol)
        yield f"{one.symbol}: profile, low", one.low, again.low if again else "none"
        yield f"{one.symbol}: profile, high", one.high, again.high if again else "none"
    now = band(law, dataset.x, y=dataset.y, rows=fitted, sigma=dataset.sigma)
    if evidence.band:
        yield "band: residual standard deviation", evidence.band.sigma, now.sigma if now else "none"
        yield "band: degrees of freedom", evidence.band.freedom, now.freedom if now else "none"


def _judgement(discovery: Discovery, evidence: Evidence, known: Dataset) -> Iterator[Pair]:
    """Where the law is defined, what speaks for it on its open rows, and the verdict."""
    again = domain(discovery.best, np.array(discovery.data.feature_ranges)).conditions
    for condition, now in zip(evidence.domain.conditions, again, strict=False):
        yield "where it is defined", condition.status.value, now.status.value
    if discovery.outcome is not Outcome.EXACT:  # there, residuals are rounding
        yield from _residuals(discovery, evidence, known)
    judged = verdict(discovery.outcome, discovery.best, evidence, discovery.options.evidence)
    yield "verdict", evidence.verdict.trust.value, judged.trust.value
    yield "reasons", "; ".join(evidence.verdict.reasons), "; ".join(judged.reasons)


def _residuals(discovery: Discovery, evidence: Evidence, known: Dataset) -> Iterator[Pair]:
    law, x, y, sigma = discovery.best, known.x, known.y, known.sigma
    sizes, functions = error_sizes(law, x, sigma), len(Library.chosen(discovery.options.library))
    yield "chance, bits", evidence.chance_bits, chance_bits(law, x, y=y, sigma=sigma, functions=functions)
    yield "effect, bits", evidence.effect_bits, effect_bits(x, y)
    prediction = evaluate(law, x)
    tests = residual_tests(x, prediction, (y - prediction) / (1.0 if sizes is None else sizes))
    again = {test.name: test.p for test in tests}
    for test in evidence.tests:
        yield f"residuals, {test.name}: p", test.p, again.get(test.name, "none")
    if evidence.stability:
        samples = stability(law, discovery.runners_up, x, y=y, sizes=sizes)
        yield "samples that choose the law", evidence.stability.law, samples.law if samples else "none"
    if evidence.extrapolation:
        beyond = extrapolation(law, x, y=y, sizes=sizes)
        yield "outer rows: RMSE", evidence.extrapolation.outer.rmse, beyond.outer.rmse if beyond else "none"


def _scores(recorded: Scores, again: Scores) -> Iterator[Pair]:
    yield from _score("evidence, training rows", recorded.train, again.train)
    yield from _score("evidence, validation rows", recorded.validation, again.validation)
    yield from _score("evidence, locked rows", recorded.test, again.test)
