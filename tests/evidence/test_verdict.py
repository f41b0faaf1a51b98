"""Verdicts: what makes a law tentative, and what makes it none."""

from dataclasses import replace

import numpy as np
import pytest

from symkan import Options, Outcome, dataset_of, discover, examine
from symkan.errors import ResultError
from symkan.evidence.records import Baseline, ResidualTest, Rival, Stability, Trust
from symkan.evidence.verdict import verdict
from symkan.options import EvidenceOptions
from tests.conftest import make_evidence

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
        "noise alone gives such a fit at this complexity with a probability of up to 0.03",
    )


def test_doubts(discovery):
    doubts = {
        "predicts held-out rows better, by 4.0 standard errors": {
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


def test_another_table_is_refused(examined):
    other = dataset_of(np.arange(60.0).reshape(20, 3), np.arange(20.0) ** 2)
    with pytest.raises(ResultError, match="memory is not the table of this result"):
        examine(examined, other)
