"""`examine`: what is known about an answer beyond its own fit, on one screen."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symkan.data.outliers import without_outliers
from symkan.data.splitting import Split, split
from symkan.errors import ResultError
from symkan.evidence.bands import band
from symkan.evidence.baselines import baselines
from symkan.evidence.beside import network_beside
from symkan.evidence.chance import chance_bits, effect_bits
from symkan.evidence.constants import correlations, information_criteria
from symkan.evidence.domain import domain
from symkan.evidence.identifiability import identifiability
from symkan.evidence.profile import intervals
from symkan.evidence.records import Evidence, RowSample
from symkan.evidence.resampling import extrapolation, stability
from symkan.evidence.residual_tests import residual_tests
from symkan.evidence.rivals import rivals
from symkan.evidence.scores import scores
from symkan.evidence.verdict import verdict
from symkan.report.custody import custody
from symkan.search.evaluation import error_sizes, evaluate, rms
from symkan.search.networks import choose_sample
from symkan.symbolic.library import Library

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.result import Discovery
    from symkan.search.records import Portrait


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
        When the table is another one, or lacks the standard errors that the law was found with, or a form in which
        the law is written is not the law.

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
    check_sigma(discovery, dataset)
    started = time.monotonic()
    evidence = _evidence(discovery, dataset)
    chain = custody(discovery, evidence.sample.x)
    if not chain.ok:
        broken = "; ".join(f"{link.name}: {link.text}" for link in chain.broken)
        raise ResultError(f"a form of the law is not the law that was fitted: {broken}; please report this")
    timings = {**discovery.timings, "examination": time.monotonic() - started}
    return replace(discovery, evidence=replace(evidence, custody=chain), timings=timings)


def check_sigma(discovery: Discovery, dataset: Dataset) -> None:
    """Refuse a table without the standard errors that the law was found with."""
    if discovery.best.errors == "given" and dataset.sigma is None:
        raise ResultError(
            f"{dataset.source}: this law was found with standard errors of the target; give their column by --sigma "
            "(in Python, sigma=)"
        )


def _evidence(discovery: Discovery, dataset: Dataset) -> Evidence:
    """All but the chain of custody and the time taken."""
    law, options = discovery.best, discovery.options
    dataset = without_outliers(dataset) if options.robust else dataset
    whole = split(dataset, options.split, seed=options.seed)
    table, parts = some_rows(dataset, whole, options.evidence.rows)
    prediction = evaluate(law, table.x)
    fitted, rows = whole.open, parts.open
    known = table.subset(rows)
    x, y, sigma = known.x, known.y, known.sigma
    sizes = error_sizes(law, x, sigma)
    residual = y - prediction[rows]
    relative = residual if sizes is None else residual / sizes
    others, ranges = discovery.runners_up, np.array(discovery.data.feature_ranges)
    aic, bic = information_criteria(law, x, y=y, sigma=sigma)
    found = Evidence(
        scores=scores(table.y, prediction, parts),
        aic=aic,
        bic=bic,
        baselines=baselines(table.x, table.y, law=prediction, split=parts, seed=options.seed),
        portrait=None if discovery.portrait else _network(discovery, table, parts),
        sample=_sample(table, parts, options.evidence.drawn),
        correlations=correlations(law, x, sigma=sigma),
        intervals=intervals(law, dataset.x, y=dataset.y, rows=fitted, sigma=dataset.sigma),
        band=band(law, dataset.x, y=dataset.y, rows=fitted, sigma=dataset.sigma),
        domain=domain(law, ranges),
        chance_bits=chance_bits(law, x, y=y, sigma=sigma, functions=len(Library.chosen(options.library))),
        effect_bits=effect_bits(x, y),
        tests=residual_tests(x, prediction[rows], relative),
        rivals=rivals(
            law, others, ranges=ranges, sigma=rms(relative if law.errors == "proportional" else residual)
        ),
        stability=stability(law, others, x, y=y, sizes=sizes),
        extrapolation=extrapolation(law, x, y=y, sizes=sizes),
        remarks=identifiability(law, x, table.features),
    )
    return replace(found, verdict=verdict(discovery.outcome, law, found, options.evidence))


def _network(discovery: Discovery, table: Dataset, parts: Split) -> Portrait | None:
    """A network beside the law."""
    law, options = discovery.best, discovery.options
    if not law.expression.free_symbols:
        return None
    sample = choose_sample(table, parts, options.search)
    return network_beside(law, table, sample=sample, library=Library.chosen(options.library), options=options)


def some_rows(dataset: Dataset, parts: Split, most: int) -> tuple[Dataset, Split]:
    """The table and its split; of a larger one, at most so many rows of each part, drawn evenly."""
    train, validation, test = (_drawn(rows, most) for rows in (parts.train, parts.validation, parts.test))
    rows = np.sort(np.concatenate([train, validation, test]))
    if len(rows) == len(dataset.y):
        return dataset, parts
    table = dataset.subset(rows)
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
