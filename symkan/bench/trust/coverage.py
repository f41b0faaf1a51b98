"""Coverage: how often 95 % intervals of constants hold the true value, on simulated tables of known form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symkan.evidence.profile import intervals
from symkan.search.candidates import Candidate
from symkan.search.evaluation import evaluate
from symkan.symbolic.models import parametrise
from symkan.symbolic.parsing import parse_expression
from symkan.symbolic.refitting import Refitted, refit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Form:
    """A law whose constants are fitted again and again: its true formula, and how its tables are made.

    Attributes
    ----------
    name, formula
        What it is called, and the truth.
    rows
        Of each table.
    ranges
        Of each column; values are drawn evenly.
    noise
        Standard deviation of y, as a share of y where errors are proportional.
    errors
        "equal" or "proportional".
    """

    name: str
    formula: str
    rows: int
    ranges: tuple[tuple[float, float], ...]
    noise: float
    errors: str = "equal"


FORMS = (
    Form("line", "2.5*x1 - 0.7", 30, ((0, 3),), 0.3),
    Form("power", "3.0*x1**1.7", 50, ((0.2, 3),), 0.5),
    Form("product of powers", "1.5*sqrt(x3)*x1**1.3*x2**(-0.8)", 300, ((0.5, 3),) * 3, 0.3),
    Form("decay", "2.1*exp(-1.3*x1) + 0.4", 30, ((0, 3),), 0.15),
    Form("saturation", "3.3*x1/(0.8 + x1)", 30, ((0.1, 4),), 0.2),
    Form("early saturation", "3.3*x1/(0.8 + x1)", 30, ((0.05, 0.8),), 0.1),
    Form("wave", "1.7*sin(1.6*x1 + 0.4)", 100, ((0, 6),), 0.5),
    Form("peak", "2.2*exp(-1.9*(x1 - 1.2)**2)", 60, ((0, 3),), 0.2),
    Form("logistic growth", "5.1/(1 + 20.5*exp(-1.5*x1))", 40, ((0, 5),), 0.3),
    Form("root", "sqrt(1.5*x1**2 + 0.6)", 100, ((-2, 2),), 0.2),
    Form("power, proportional", "3.1*x1**2.2", 100, ((0.3, 5),), 0.02, "proportional"),
    Form("decay, proportional", "5.1*exp(-0.9*x1)", 30, ((0, 4),), 0.05, "proportional"),
    Form("saturation, proportional", "3.3*x1/(0.8 + x1)", 60, ((0.02, 4),), 0.05, "proportional"),
    Form("product, proportional", "1.5*x1**2.1/(0.7 + x2)", 300, ((0.5, 3), (0.1, 2)), 0.05, "proportional"),
)


@dataclass(frozen=True)
class Coverage:
    """The share of intervals that hold the true value of a constant, by standard errors and by the profile rule.

    `profiled` is the share of tables in which the profile had to be followed.
    """

    form: str
    rows: int
    errors: str
    truth: float
    tables: int
    wald: float
    profile: float
    profiled: float


def coverage(tables: int, *, forms: Iterable[Form] = FORMS, seed: int = 0) -> Iterator[tuple[Coverage, ...]]:
    """Simulate tables of each form, fit the form to each, and count; for each form one record a constant.

    Parameters
    ----------
    tables
        How many of each form. The standard error of a share of 0.95 is 0.22/√tables.
    forms
        Laws, and how their tables are made.
    seed
        Of columns and noise.
    """
    for form in forms:
        truth = parametrise(parse_expression(form.formula)).start
        hits = np.array([_hits(form, truth, [seed, k]) for k in range(tables)])  # [tables, 3, constants]
        yield tuple(
            Coverage(form.name, form.rows, form.errors, float(value), tables, *shares)
            for value, shares in zip(truth, hits.mean(axis=0).T.tolist(), strict=True)
        )


def simulate(form: Form, seed: list[int]) -> tuple[Array, Array]:
    """One table: columns [rows, columns] and target [rows]."""
    generator = np.random.default_rng(seed)
    model = parametrise(parse_expression(form.formula))
    x = np.column_stack([generator.uniform(*ends, form.rows) for ends in form.ranges])
    y = model.values(x, model.start)
    size = np.abs(y) if form.errors == "proportional" else 1.0
    return x, y + form.noise * size * generator.standard_normal(form.rows)


def _hits(form: Form, truth: Array, seed: list[int]) -> Array:
    """Whether the interval by the standard error and the one by the profile rule hold the truth; whether the latter
    is a profile: [3, constants]."""
    x, y = simulate(form, seed)
    law = fit_form(form, x, y)
    found = intervals(law, x, y=y, rows=np.arange(len(y)))
    wald = [p.low <= value <= p.high for p, value in zip(law.parameters, truth, strict=True)]
    profile = [one.low <= value <= one.high for one, value in zip(found, truth, strict=True)]
    return np.array([wald, profile, [one.kind == "profile" for one in found]], dtype=np.float64)


def fit_form(form: Form, x: Array, y: Array) -> Candidate:
    """The form fitted as a search fits it: for proportional errors with weights by y, then by its own values."""
    formula = parse_expression(form.formula)
    if form.errors == "equal":
        return known_form(refit(formula, x, y=y), form.errors)
    law = known_form(refit(formula, x, y=y, weights=1 / np.abs(y)), form.errors)
    for _ in range(2):
        sizes = np.abs(evaluate(law, x))
        law = known_form(refit(law.expression, x, y=y, weights=1 / sizes), form.errors)
    return law


def known_form(fitted: Refitted, errors: str) -> Candidate:
    """A fit of a known form as a candidate; what a search would tell about it is left out."""
    return Candidate(
        fitted.expression, fitted.parameters, (), (), 0, 0.0, 0.0, fitted.r2, 0.0, "known form", errors
    )
