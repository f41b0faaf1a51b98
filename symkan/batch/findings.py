"""What a summary tells of a result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.batch.records import Constant, Finding
from symkan.batch.skeletons import Skeleton, skeleton
from symkan.data.outliers import without_outliers
from symkan.data.splitting import split
from symkan.errors import ResultError
from symkan.report import pandoc
from symkan.report.notation import latex, linear, write
from symkan.search.evaluation import error_sizes
from symkan.symbolic.expressions import symbol
from symkan.symbolic.models import parametrise
from symkan.symbolic.refitting import parameters, standard_errors
from symkan.symbolic.streaming import fit_in_chunks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symkan.data.dataset import Dataset
    from symkan.result import Discovery
    from symkan.symbolic.models import ParametricModel


def finding(
    discovery: Discovery, dataset: Dataset, *, points: int, report: bool, warnings: tuple[str, ...] = ()
) -> Finding:
    """The finding of a table.

    Parameters
    ----------
    discovery, dataset
        The result, examined or not, and the table it is from, with the rows that were left out as far.
    points
        Most points of the thumbnail.
    report
        Whether there is a report.html.
    warnings
        What went wrong on the way.
    """
    best, data, evidence = discovery.best, discovery.data, discovery.evidence
    dataset = rows_used(discovery, dataset)
    left, *right = latex(best, data)
    law = f"{write(symbol(data.target.symbol), [data.target])} = {linear(best, data)}"
    typeset = f"{left} = {' '.join(right)}"
    text, constants, covariance = _constants(discovery, dataset)
    return Finding(
        rows=data.train_rows + data.validation_rows + data.test_rows,
        columns=len(data.features),
        verdict=evidence.verdict.trust.value if evidence else discovery.outcome.value,
        reasons=evidence.verdict.reasons if evidence else (discovery.outcome.text,),
        law=law,
        latex=typeset,
        mathml=_mathml(typeset),
        complexity=best.complexity,
        test_error=discovery.test.nrmse if discovery.test else float("nan"),
        r2=best.r2,
        skeleton=text,
        constants=constants,
        covariance=covariance,
        warnings=(*warnings, *_stopped(discovery), *data.notes),
        points=_points(discovery, dataset, points),
        report=report,
    )


def _stopped(discovery: Discovery) -> tuple[str, ...]:
    return () if discovery.stopped == "finished" else (f"the search was stopped by the {discovery.stopped}",)


def _mathml(law: str) -> str:
    """The law as MathML."""
    try:
        html = pandoc.run(
            "-f", pandoc.READER, "-t", "html", "--mathml", "--sandbox", text=f"${law}$"
        ).decode()
    except ResultError:
        return ""
    found = re.search(r"<math.*</math>", html, flags=re.DOTALL)
    bare = re.sub(r"<annotation .*</annotation>", "", found[0], flags=re.DOTALL) if found else ""
    upright = re.compile(r'(?:<mi mathvariant="normal">\w</mi>){2,}')  # a word, letter by letter
    return upright.sub(lambda word: f"<mi>{re.sub('<[^>]*>', '', word[0])}</mi>", bare)


class Form(NamedTuple):
    """A law up to its constants, and what these are fitted to: all rows of the table but the locked ones.

    Attributes
    ----------
    skeleton, model
        The form of the law, and the model of which `skeleton.constants` are places.
    rows
        Numbers of the rows, ascending.
    sizes
        Of the errors of all rows of the table; None where they are alike.
    """

    skeleton: Skeleton
    model: ParametricModel
    rows: NDArray[np.int64]
    sizes: NDArray[np.float64] | None


def rows_used(discovery: Discovery, dataset: Dataset) -> Dataset:
    """The table as the law was found in it: without far rows, where that was asked."""
    return without_outliers(dataset) if discovery.options.robust else dataset


def form_of(discovery: Discovery, dataset: Dataset) -> Form:
    """The form of a law without splines, from the rows of `rows_used`."""
    form = skeleton(discovery.best.expression, discovery.data)
    parts = split(dataset, discovery.options.split, seed=discovery.seed)
    return Form(form, parametrise(form.expression), parts.open, error_sizes(discovery.best, dataset.x))


def _constants(
    discovery: Discovery, dataset: Dataset
) -> tuple[str, tuple[Constant, ...], tuple[tuple[float, ...], ...]]:
    """The skeleton, its constants fitted, and their covariance."""
    best = discovery.best
    if best.splines or not best.expression.free_symbols:
        return "", (), ()
    form, model, rows, sizes = form_of(discovery, dataset)
    fitted = fit_in_chunks(model, dataset.x, y=dataset.y, rows=rows, sizes=sizes)
    errors = standard_errors(fitted.covariance, fitted.theta)
    free = parameters(model, fitted.theta, errors, rows=len(rows))
    constants = tuple(
        Constant(name, p.value, p.standard_error, p.low, p.high)
        for name, p in zip(form.names, (free[i] for i in form.constants), strict=True)
    )
    covariance = fitted.covariance[np.ix_(form.constants, form.constants)]
    return form.text, constants, tuple(map(tuple, covariance.tolist()))


def _points(discovery: Discovery, dataset: Dataset, most: int) -> tuple[tuple[int, int], ...]:
    """Measured and predicted values of some rows, in hundredths of the measured range."""
    rows = np.unique(np.linspace(0, len(dataset.y) - 1, most).astype(np.int64))
    measured: NDArray[np.float64] = dataset.y[rows]
    predicted = discovery.predict(dataset.x[rows])
    low, high = float(dataset.y.min()), float(dataset.y.max())
    both = 100 * (np.column_stack([measured, predicted]) - low) / ((high - low) or 1.0)
    inside = np.isfinite(both).all(axis=1) & (np.abs(both - 50) < 60).all(axis=1)
    return tuple((int(a), int(b)) for a, b in np.rint(both[inside]))
