"""A true law passes 19 times of 20, a wrong one fails."""

from dataclasses import replace

import numpy as np
import pytest

from symkan.bench.trust.coverage import FORMS, fit_form, known_form, simulate
from symkan.errors import RowsError
from symkan.evidence.bands import band
from symkan.evidence.falsification import falsify
from symkan.search.evaluation import evaluate, rms
from symkan.search.records import DataSummary, Score
from symkan.symbolic.parsing import parse_expression
from symkan.symbolic.refitting import refit

BY_NAME = {form.name: form for form in FORMS}


@pytest.fixture(scope="module")
def summary():
    from symkan.data.dataset import Column

    def of(form):
        columns = tuple(Column(f"x{i}", f"x{i}", None, f"x{i}") for i in range(1, len(form.ranges) + 1))
        return DataSummary(
            "", "", columns, Column("y", "y", None, "y"), form.ranges, (0.0, 1.0), form.rows, 0, 0, 5, ()
        )

    return of


def fitted(form, seed):
    """A law fitted to a table of its form, and its band."""
    x, y = simulate(form, [seed])
    law = fit_form(form, x, y)
    known = band(law, x, y=y, rows=np.arange(len(y)))
    return replace(law, validation_rmse=rms(evaluate(law, x) - y)), known


@pytest.mark.parametrize("rows", [20, 300])
@pytest.mark.parametrize("name", ["power", "product, proportional", "saturation"])
def test_a_true_law_passes_about_nineteen_times_of_twenty(name, rows, summary):
    form, passed = BY_NAME[name], []
    for seed in range(60):
        law, known = fitted(form, seed)
        x, y = simulate(replace(form, rows=rows), [seed, 1])
        passed.append(falsify(law, x, y=y, data=summary(form), test=None, band=known).passed)
    assert np.mean(passed) >= 0.88


@pytest.mark.parametrize("name", ["power, proportional", "product of powers"])
def test_an_exponent_that_is_five_percent_off_fails(name, summary):
    """The new rows follow a law one exponent of which is larger by 5 %."""
    form, failed = BY_NAME[name], []
    exponent = {"power, proportional": "2.2", "product of powers": "1.3"}[name]
    wrong = replace(form, formula=form.formula.replace(exponent, f"{1.05 * float(exponent)}"), rows=300)
    for seed in range(20):
        law, known = fitted(replace(form, rows=1000), seed)
        x, y = simulate(wrong, [seed, 1])
        answer = falsify(law, x, y=y, data=summary(form), test=None, band=known)
        failed.append(not answer.passed)
    assert np.mean(failed) >= 0.9


@pytest.mark.parametrize(
    ("change", "trial"),
    [
        (lambda x, y, e: y + 3 * e, "size of errors"),
        (lambda x, y, e: y + 0.4, "bias"),
        (lambda x, y, e: y * 1.1, "constants"),
        (lambda x, y, e: y + np.sin(3 * x[:, 0]), "drift"),
        (lambda x, y, e: y + np.linspace(-1, 1, len(y)), "drift"),
    ],
)
def test_what_is_wrong_is_named(change, trial, summary):
    form = BY_NAME["power"]
    law, known = fitted(form, 0)
    x, y = simulate(replace(form, rows=200), [0, 1])
    noise = form.noise * np.random.default_rng(5).standard_normal(200)
    answer = falsify(law, x, y=change(x, y, noise), data=summary(form), test=None, band=known)
    assert not answer.passed
    assert trial in [one.name for one in answer.trials if not one.passed]


def test_without_a_band(summary):
    form = BY_NAME["line"]
    law, _ = fitted(form, 0)
    x, y = simulate(form, [0, 1])
    answer = falsify(law, x, y=y, data=summary(form), test=Score(9, 0.3, 0.1, 0.9, 0.6), band=None)
    assert answer.passed
    assert [trial.name for trial in answer.trials] == ["size of errors", "bias", "drift"]


def test_rows_outside_and_gaps_are_counted_apart(summary):
    form = BY_NAME["line"]
    law, known = fitted(form, 0)
    x, y = simulate(form, [0, 1])
    x[:4], x[4], y[5] = 99, np.nan, np.nan
    answer = falsify(law, x, y=y, data=summary(form), test=None, band=known)
    assert (answer.rows, answer.outside, answer.unusable) == (24, 4, 2)
    assert answer.rmse_outside > 100
    with pytest.raises(RowsError, match="0 usable rows lie inside"):
        falsify(law, x[:6], y=y[:6], data=summary(form), test=None, band=known)


def test_a_law_undefined_inside_its_ranges_fails(summary):
    form = BY_NAME["line"]
    law, known = fitted(form, 0)
    x, y = simulate(form, [0, 1])
    broken = replace(law, expression=parse_expression("log(x1 - 1.5)"))
    answer = falsify(broken, x, y=y, data=summary(form), test=None, band=known)
    assert not answer.passed
    assert "the law is undefined on" in answer.trials[0].text


def test_an_exact_law_bears_rounding(summary):
    x = np.linspace(0.2, 3, 40)[:, None]
    law = known_form(refit(parse_expression("3.1*x1**1.5"), x, y=2 * x[:, 0] ** 1.5), "equal")
    known = band(law, x, y=2 * x[:, 0] ** 1.5, rows=np.arange(40))
    new = np.linspace(0.25, 2.9, 30)[:, None]
    data = summary(BY_NAME["power"])
    exact = 2 * new[:, 0] ** 1.5
    assert falsify(law, new, y=exact, data=data, test=None, band=known).passed
    assert not falsify(law, new, y=exact * 1.001, data=data, test=None, band=known).passed


def test_the_size_of_errors_is_not_judged_where_they_were_given(summary):
    form = BY_NAME["power"]
    law, known = fitted(form, 0)
    x, y = simulate(form, [0, 1])
    y = evaluate(law, x) + 5 * (y - evaluate(law, x))
    answers = {
        errors: falsify(replace(law, errors=errors), x, y=y, data=summary(form), test=None, band=known)
        for errors in ("equal", "given")
    }
    names = {errors: {trial.name for trial in answer.trials} for errors, answer in answers.items()}
    assert names["equal"] - names["given"] == {"size of errors"}
    assert not answers["equal"].passed
