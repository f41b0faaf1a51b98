"""Formulas read off the values themselves, where one column is left: the table is then an edge."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.search.evaluation import rms
from symkan.search.networks import Sample, table_rmse
from symkan.search.transforms import Transform, possible
from symkan.symbolic.activation import Activation, Edge
from symkan.symbolic.assembly import SymbolicEdge
from symkan.symbolic.matching import match_edge

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.options import Options
    from symkan.search.problems import Problem
    from symkan.symbolic.library import Library


class Direct(NamedTuple):
    """A formula for the table's target: its RMSE and bits, what its target was taken as, the formula."""

    rmse: float
    bits: float
    target: str
    expression: sympy.Expr


def direct_formulas(
    problems: Iterable[Problem], table: Dataset, sample: Sample, library: Library, options: Options
) -> Iterator[Direct]:
    """Match the values of problems in one column, behind each transform.

    Yields formulas that are exact to rounding as they are found, then those of the others with fewest bits.
    """
    exact = options.search.exact * rms(table.y[sample.rows])
    others: list[Direct] = []
    for problem in problems:
        told = sample.of(problem).rows
        for transform in possible(options.search, library, problem.t[told]):
            if transform.complexity < (9 if problem.plain else 3):
                for found in _matches(problem, transform, table, told, library, options):
                    if found.rmse <= exact:
                        yield found
                    else:
                        others.append(found)
    others.sort(key=lambda direct: direct.bits)
    yield from others[: options.search.direct]


def _matches(
    problem: Problem,
    transform: Transform,
    table: Dataset,
    rows: NDArray[np.int64],
    library: Library,
    options: Options,
) -> Iterator[Direct]:
    """The best few matches of a problem behind a transform, judged by the error of the table's target."""
    behind = problem.behind(transform)
    activation = Activation(Edge(0, 0, 0), behind.x[rows, 0], behind.t[rows], 1.0)
    for match in match_edge(activation, library, options=options.match)[:3]:
        edge = SymbolicEdge.of_match(match)
        rmse = table_rmse(behind, edge.values(behind.x[:, 0]), table, rows)
        if np.isfinite(rmse):
            nodes = match.function.complexity + 2 * len(match.function.free) + 2 * transform.complexity
            size = len(rows) * math.log2(max(rmse, 1e-300))
            bits = (
                size
                + options.search.node_bits * nodes
                + 0.5 * len(match.function.free) * math.log2(len(rows))
            )
            yield Direct(rmse, bits, transform.of(problem.target), behind.answer(edge.of(behind.columns[0])))
