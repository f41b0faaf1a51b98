"""Formulas read off the values themselves, where one column is left: the table is then an edge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.search.networks import table_rmse
from symkan.search.transforms import TRANSFORMS
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
    """A formula for the table's target, what its target was taken as, and its RMSE in units of the target."""

    rmse: float
    complexity: int
    label: str
    expression: sympy.Expr


def direct_formulas(
    problems: Iterable[Problem], table: Dataset, rows: NDArray[np.int64], library: Library, options: Options
) -> Iterator[Direct]:
    """Match the values of problems in one column, behind each transform.

    Yields formulas that are exact to rounding as they are found, then the best of the others.
    """
    exact = options.search.exact * float(np.sqrt(np.mean(np.square(table.y[rows]))))
    others: list[Direct] = []
    for problem in problems:
        for transform in TRANSFORMS:
            if transform.complexity < (9 if problem.plain else 3) and transform.allowed(problem.t[rows]):
                found = _best(problem.behind(transform), transform.name, table, rows, library, options)
                if found is not None and found.rmse <= exact:
                    yield found
                elif found is not None:
                    others.append(found)
    others.sort(key=lambda direct: direct.rmse * 1.02**direct.complexity)
    yield from others[: options.search.readings]


def _best(
    problem: Problem, label: str, table: Dataset, rows: NDArray[np.int64], library: Library, options: Options
) -> Direct | None:
    """The best match of one problem, by the error of the table's target."""
    activation = Activation(Edge(0, 0, 0), problem.x[rows, 0], problem.t[rows], 1.0)
    found = []
    for match in match_edge(activation, library, options=options.match)[:3]:
        edge = SymbolicEdge(0, match.function, match.a, match.b, match.c, match.d)
        t = edge.values(problem.x[:, 0])
        rmse = table_rmse(problem, t, table, rows)
        complexity = match.function.complexity + len(match.function.free)
        found.append(Direct(rmse, complexity, label, problem.answer(edge.of(problem.columns[0]))))
    return min(found, key=lambda direct: direct.rmse * 1.02**direct.complexity, default=None)
