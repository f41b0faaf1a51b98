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
from symkan.evidence.records import Evidence, RowSample
from symkan.evidence.scores import scores
from symkan.evidence.verdict import residual_structure, verdict
from symkan.search.evaluation import evaluate
from symkan.search.networks import choose_sample
from symkan.symbolic.library import Library

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.result import Discovery


def examine(discovery: Discovery, dataset: Dataset) -> Discovery:
    """Find out how far the answer can be trusted, and what a report shows beside it.

    Parameters
    ----------
    discovery
        From `discover`.
    dataset
        The table that it was found in.

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
    table, parts = _some(dataset, split(dataset, options.split, seed=options.seed), options.evidence.rows)
    x, y = table.x, table.y
    own = scores(y, evaluate(law, x), parts)
    others = baselines(x, y, split=parts, seed=options.seed)
    portrait = None
    if discovery.portrait is None and law.expression.free_symbols:
        sample = choose_sample(table, parts, options.search)
        library = Library.of(options.library) if options.library else Library.default()
        portrait = network_beside(law, table, sample=sample, library=library, options=options)
    rows = np.union1d(parts.train, parts.validation)
    structured = residual_structure(law, x[rows], y=y[rows], options=options.search)
    aic, bic = information_criteria(law, x[rows], y=y[rows])
    evidence = Evidence(
        scores=own,
        aic=aic,
        bic=bic,
        baselines=others,
        portrait=portrait,
        sample=_sample(table, parts, options.evidence.drawn),
        correlations=correlations(law, x[rows], y=y[rows]),
        verdict=verdict(discovery.outcome, law, scores=own, baselines=others, structured=structured),
        seconds=time.monotonic() - started,
    )
    return replace(discovery, evidence=evidence)


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
