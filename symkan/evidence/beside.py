"""A network trained beside a law that was not read from one: what it makes of the same columns."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.networks import Label, train_network
from symkan.search.problems import Problem
from symkan.search.proposals import propose
from symkan.search.reading import read_network

if TYPE_CHECKING:
    from symkan.data.dataset import Dataset
    from symkan.options import Options
    from symkan.search.candidates import Candidate
    from symkan.search.networks import Sample
    from symkan.search.records import Portrait
    from symkan.symbolic.library import Library


def network_beside(
    law: Candidate, table: Dataset, *, sample: Sample, library: Library, options: Options
) -> Portrait | None:
    """Train networks of the columns of a law, simplest first, until one is accurate, and read the best.

    Parameters
    ----------
    law
        The answer. Besides its columns the network sees a few others, which pruning should take away.
    table, sample
        The table, and the rows that networks see.
    library
        Functions to match its edges with.
    options
        `options.evidence.network_seconds` limits the training, and the reading once more.
    """
    from symkan.kan.fitting import one_thread

    used = {symbol.name for symbol in law.expression.free_symbols}
    columns = sorted(table.features, key=lambda column: column.symbol not in used)
    few = {column.symbol for column in columns[: max(len(used), options.evidence.network_columns)]}
    kept = [i for i, column in enumerate(table.features) if column.symbol in few]
    whole = Problem.of(table)
    problem = replace(whole, columns=tuple(whole.columns[i] for i in kept), x=whole.x[:, kept])
    seconds = options.evidence.network_seconds
    deadline = time.monotonic() + seconds
    goal = options.search.accurate * float(np.std(table.y[sample.train]))
    trained = []
    with one_thread(), np.errstate(all="ignore"):
        for proposal in propose(len(kept), len(sample.train)):
            label = Label("y", deadline=deadline)
            trained.append(train_network(problem, table, sample, proposal, label=label, options=options))
            if trained[-1].validation_rmse < goal or time.monotonic() > deadline:
                break
        if not trained:
            return None
        best = min(trained, key=lambda one: one.validation_rmse)
        reading = read_network(best, table, sample, library, options, deadline=time.monotonic() + seconds)
    return reading.portrait
