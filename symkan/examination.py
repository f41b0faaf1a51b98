"""`examine`: what is known about an answer beyond its own fit, on one screen."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symkan.data.splitting import Split, split
from symkan.errors import ResultError
from symkan.evidence.baselines import baselines
from symkan.evidence.beside import network_beside
from symkan.evidence.constants import correlations, information_criteria
from symkan.evidence.identifiability import identifiability
from symkan.evidence.records import Evidence, RowSample
from symkan.evidence.resampling import extrapolation, stability
from symkan.evidence.residual_tests import residual_tests
from symkan.evidence.rivals import rivals
from symkan.evidence.scores import scores
from symkan.evidence.verdict import verdict
from symkan.search.evaluation import evaluate, rms
from symkan.search.networks import choose_sample
from symkan.search.selection import Referee
from symkan.symbolic.library import Library

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.result import Discovery
    from symkan.search.records import Portrait

    Array = NDArray[np.float64]


def examine(discovery: Discovery, dataset: Dataset) -> Discovery:
    """Find out how far the answer can be trusted, and what a report shows beside it.

    Parameters
    ----------
    discovery
        From `discover`.
    dataset
        The table that it was found in. Of a large one, some thousand rows of each part are used.

    Returns
    -------
    Discovery
        The same with its `evidence`.

    Raises
    ------
    ResultError
        When the table is another one.

    Examples
    --------
    >>> from symkan import dataset_of, discover
    >>> x = np.linspace(1, 2, 40)[:, None]
    >>> table = dataset_of(x, 3 * x[:, 0])
    >>> examine(discover(table), table).evidence.verdict.trust.value
    'law'
    """
    if dataset.sha256 != discovery.data.sha256:
        raise ResultError(
            f"{dataset.source} is not the table of this result ({discovery.data.source}): their hashes differ"
        )
    started = time.monotonic()
    law, options = discovery.best, discovery.options
    whole = split(dataset, options.split, seed=options.seed)
    table, parts = _some(dataset, whole, options.evidence.rows)
    prediction = evaluate(law, table.x)
    rows = np.union1d(parts.train, parts.validation)
    x, y = table.x[rows], table.y[rows]
    size = np.abs(y) if law.errors == "proportional" else np.ones_like(y)
    residual = (y - prediction[rows]) / size
    others = discovery.runners_up
    own = scores(table.y, prediction, parts)
    models = baselines(table.x, table.y, law=prediction, split=parts, seed=options.seed)
    tests = residual_tests(x, prediction[rows], residual)
    near = rivals(law, others, ranges=np.array(discovery.data.feature_ranges), sigma=rms(residual))
    again = stability(law, others, x, y=y)
    chance = _chance_bits(discovery, dataset, whole)
    aic, bic = information_criteria(law, x, y=y)
    evidence = Evidence(
        scores=own,
        aic=aic,
        bic=bic,
        baselines=models,
        portrait=None if discovery.portrait else _network(discovery, table, parts),
        sample=_sample(table, parts, options.evidence.drawn),
        correlations=correlations(law, x, y=y),
        chance_bits=chance,
        tests=tests,
        rivals=near,
        stability=again,
        extrapolation=extrapolation(law, x, y=y),
        remarks=identifiability(law, x, table.features),
        verdict=verdict(
            discovery.outcome,
            law,
            found=(own, models, tests, near, again),
            chance_bits=chance,
            options=options.evidence,
        ),
        seconds=time.monotonic() - started,
    )
    return replace(discovery, evidence=replace(evidence, seconds=time.monotonic() - started))


def _chance_bits(discovery: Discovery, dataset: Dataset, parts: Split) -> float:
    """By how many bits the law describes the open rows shorter than their mean does."""
    import sympy

    referee = Referee.of(dataset, parts, discovery.options.search)
    mean = referee.trail(sympy.Float(float(np.mean(dataset.y[referee.open_rows]))), "constant", seconds=0.0)
    return mean.candidate.bits - discovery.best.bits if mean else 0.0


def _network(discovery: Discovery, table: Dataset, parts: Split) -> Portrait | None:
    """A network beside the law."""
    law, options = discovery.best, discovery.options
    if not law.expression.free_symbols:
        return None
    sample = choose_sample(table, parts, options.search)
    library = Library.of(options.library) if options.library else Library.default()
    return network_beside(law, table, sample=sample, library=library, options=options)


def _some(dataset: Dataset, parts: Split, most: int) -> tuple[Dataset, Split]:
    """The table and its split; of a larger one, at most so many rows of each part, drawn evenly."""
    train, validation, test = (_drawn(rows, most) for rows in (parts.train, parts.validation, parts.test))
    rows = np.sort(np.concatenate([train, validation, test]))
    if len(rows) == len(dataset.y):
        return dataset, parts
    table = replace(dataset, x=dataset.x[rows], y=dataset.y[rows])
    train, validation, test = (np.searchsorted(rows, part) for part in (train, validation, test))
    return table, Split(train, validation, test, parts.folds if not len(validation) else ())


def _sample(table: Dataset, parts: Split, most: int) -> RowSample:
    """Rows for the figures."""
    part = np.zeros(len(table.y), dtype=np.int64)
    part[parts.validation], part[parts.test] = 1, 2
    rows = _drawn(np.arange(len(part)), most)
    return RowSample(table.x[rows], table.y[rows], tuple(part[rows].tolist()))


def _drawn(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of the rows, at random, ascending."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))
