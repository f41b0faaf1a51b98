"""Verdicts: what makes a law tentative, and what makes it none."""

from dataclasses import replace

import numpy as np
import pytest
import sympy

from symkan import Options, Outcome, dataset_of, discover, examine
from symkan.errors import ResultError
from symkan.evidence.records import Baseline, ResidualTest, Rival, Stability, Trust
from symkan.evidence.verdict import verdict
from symkan.options import EvidenceOptions
from symkan.search.candidates import Spline
from symkan.symbolic.expressions import symbol
from tests.conftest import candidate, make_evidence

SCORES = make_evidence().scores


def judged(discovery, outcome=Outcome.FITTED, **evidence):
    return verdict(outcome, discovery.best, make_evidence(**evidence), EvidenceOptions())


def test_a_law_without_doubts(discovery):
    found = judged(discovery)
    assert found.trust is Trust.LAW
    assert found.reasons[0] == "it explains 99.75 % of the variance of 20 rows that it was not fitted to"


def test_what_noise_may_give_is_none(discovery):
    found = judged(discovery, chance_bits=5.0)
    assert found.trust is Trust.NONE
    assert found.reasons == (
        "noise alone lets a formula of this length fit as well with a probability of up to 0.03",
    )


def test_an_effect_of_unknown_form_is_tentative(discovery):
    found = judged(discovery, chance_bits=5.0, effect_bits=20.0)
    assert found.trust is Trust.TENTATIVE
    assert found.reasons[0].startswith("the columns have an effect, but noise alone lets a formula")
    assert judged(discovery, chance_bits=5.0, effect_bits=10.5).trust is Trust.NONE


def test_doubts(discovery):
    doubts = {
        "predicts the locked rows better, by 4.0 standard errors": {
            "baselines": (Baseline("neural network", "", SCORES, 4.0),)
        },
        "the formula does not explain all": {"tests": (ResidualTest("structure", 1e-5, "polynomials"),)},
        "another formula fits as well": {"rivals": (Rival(discovery.front[0], 1.0, None, None),)},
        "of 40 samples of the rows only 30 % choose this formula again": {
            "stability": Stability(40, 0.3, ())
        },
    }
    for text, why in doubts.items():
        found = judged(discovery, **why)
        assert found.trust is Trust.TENTATIVE
        assert text in found.reasons[0]


def test_an_exact_law_meets_the_locked_rows(discovery):
    met = replace(SCORES.test, rmse=1e-16, nrmse=1e-16, r2=1.0)
    scores = replace(SCORES, train=met, validation=met, test=met)
    assert judged(discovery, Outcome.EXACT, scores=scores).reasons == (
        "the formula reproduces all rows to rounding, the locked ones included",
    )
    few = judged(discovery, Outcome.EXACT, scores=replace(scores, test=None))
    assert few.reasons[0].endswith("of which there were too few to lock some away")
    slip = judged(discovery, Outcome.EXACT, scores=replace(scores, test=SCORES.test))
    assert slip.reasons[0] == "it explains 99.75 % of the variance of 20 rows that it was not fitted to"


@pytest.mark.parametrize(
    ("rows", "text"), [(20, "of 1 other models none"), (4, "too few locked rows to compare")]
)
def test_other_models_are_compared_where_there_are_rows(discovery, rows, text):
    scores = replace(SCORES, test=replace(SCORES.test, rows=rows))
    found = judged(discovery, scores=scores, baselines=(Baseline("neural network", "", SCORES, 1.0),))
    assert text in found.reasons[1]


def test_what_is_left_of_the_variance(discovery):
    close = replace(SCORES, test=replace(SCORES.test, r2=1 - 2e-6))
    assert judged(discovery, scores=close).reasons[0].startswith("it leaves 2e-06 of the variance of 20 rows")


def test_splines_and_clashes_are_doubts(discovery, spline_discovery):
    assert "spline" in judged(spline_discovery).reasons[0]
    odd = replace(discovery, best=replace(discovery.best, clash="x1 + x2 adds m and s"))
    assert judged(odd).reasons == ("its dimensions are not consistent: x1 + x2 adds m and s",)


def test_examination_of_a_real_table(examined):
    evidence = examined.evidence
    assert evidence.verdict.trust is Trust.LAW
    assert {b.name for b in evidence.baselines} > {"mean", "linear", "gradient boosting", "Gaussian process"}
    best = min(b.scores.test.rmse for b in evidence.baselines if b.scores)
    assert evidence.scores.test.rmse < best
    assert evidence.chance_bits > 100
    assert len(evidence.sample.y) == 300
    assert evidence.stability.law > 0.9
    assert evidence.portrait is None or evidence.portrait.matches


def test_evidence_goes_through_json(examined, tmp_path):
    examined.save(tmp_path / "r.json")
    assert type(examined).load(tmp_path / "r.json").to_json() == examined.to_json()


def test_noise_is_none():
    random = np.random.default_rng(3)
    table = dataset_of(random.normal(size=(60, 2)), random.normal(size=60))
    found = examine(discover(table, Options(time_budget=2)), table)
    assert found.evidence.verdict.trust is Trust.NONE


@pytest.fixture(scope="module")
def small():
    random = np.random.default_rng(5)
    x = random.uniform(-1, 1, (60, 2))
    table = dataset_of(x, np.exp(x[:, 0]) + x[:, 1] + random.normal(0, 0.1, 60))
    return discover(table, Options(time_budget=2.0)), table


@pytest.mark.parametrize(
    "around",
    [
        lambda g, x1, x2: sympy.exp(-(g(x1) ** 2)) + x2,
        lambda g, x1, x2: sympy.sin(g(x1) + 2 * x2),
        lambda g, x1, x2: g(sympy.sin(x1)) / x2,
        lambda g, x1, x2: sympy.log(g(x1)) + sympy.sqrt(x2 + g(x2)),
        lambda g, x1, x2: sympy.tan(g(g(x1))) * sympy.Abs(x2) ** 1.5,
    ],
)
def test_laws_with_splines_inside_of_functions_are_examined(small, around, tmp_path):
    found, table = small
    knots = (-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
    spline = Spline("g1", knots=knots, coefficients=(0.5, 0.2, 0.25, 0.7, 0.9), order=3)
    best = candidate(around(sympy.Function("g1"), symbol("x1"), symbol("x2")), splines=(spline,))
    examined = examine(replace(found, best=best, front=(best,)), table)
    assert examined.evidence.verdict.trust is not Trust.LAW
    assert examined.evidence.verdict.reasons
    examined.save(tmp_path / "r.json")
    assert type(examined).load(tmp_path / "r.json").to_json() == examined.to_json()


def test_another_table_is_refused(examined):
    other = dataset_of(np.arange(60.0).reshape(20, 3), np.arange(20.0) ** 2)
    with pytest.raises(ResultError, match="memory is not the table of this result"):
        examine(examined, other)
