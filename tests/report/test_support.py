"""What the report says of the evidence."""

import math
from dataclasses import replace

import pytest

from symkan.evidence.conditions import Requirement
from symkan.evidence.custody import Custody, Link
from symkan.evidence.domain import Condition, Domain, Status
from symkan.evidence.records import Extrapolation, Point, ProfileInterval, ResidualTest, Rival, Stability
from symkan.report import tables
from symkan.report.content import content
from symkan.report.support import place
from symkan.report.tex import Tex
from symkan.search.records import Score
from symkan.symbolic.expressions import symbol


@pytest.fixture
def said(examined):
    """The `Support` of the examined result, its evidence changed."""

    def say(**changes):
        evidence = replace(examined.evidence, **changes)
        return content(replace(examined, evidence=evidence), ()).support

    return say


@pytest.fixture
def rival(examined):
    def make(inside, outside):
        return Rival(examined.best, 7.25, inside, outside)

    return make


def test_nothing_without_an_examination(discovery):
    text = content(discovery, ())
    assert text.support is None
    assert text.rivals == "Rivals were not looked for."


def test_a_deciding_measurement(said, rival):
    inside, outside = Point((1.25, 2.5, 0.0), 4.2, 5.1, 6.04), Point((1.25, 3.5, 0.0), 4.3, 9.0, 1e7)
    (text,) = said(rivals=(rival(inside, outside),)).rivals
    assert isinstance(text, Tex)
    assert ": $7.2$ bits longer." in text
    assert (
        "Measure at angle $=$ $1.25$ rad, r $=$ $2.5$ m: the law says $4.2$ N m, the rival $5.1$ N m, 6"
        in text
    )
    assert "a little outside of the ranges, at angle" in text
    assert "more than 1000 residuals apart" in text
    assert "color" not in text  # it is in neither formula


def test_no_measurement_decides(said, rival):
    near = Point((1.25, 2.5, 0.0), 4.2, 4.3, 0.31)
    (text,) = said(rivals=(rival(near, near),)).rivals
    assert "differ nowhere by more than $0.31$ residuals" in text
    assert "Measure" not in text
    (text,) = said(rivals=(rival(None, None),)).rivals
    assert text.endswith("bits longer. ")


def test_samples_drawn_anew(said):
    score = Score(80, 0.05, 0.01, 0.999, 0.2)
    again = Stability(40, 0.975, (("x1", 1.0), ("x3", 0.05)))
    both = said(stability=again, extrapolation=Extrapolation(score, replace(score, rows=20, rmse=0.1)))
    drawn, outer = both.resampling
    assert r"Of 40 samples of the rows" in drawn
    assert r"$97.5$~\% choose this formula again" in drawn
    assert r"angle $100$~\%, color $5$~\%" in drawn
    assert "misses these 80 by $0.05$ N m (RMSE), and the outer 20 rows" in outer
    assert "$2$ times as much" in outer
    exact = Extrapolation(replace(score, rmse=0.0), score)
    assert "times" not in said(extrapolation=exact).resampling[-1]
    assert said(stability=None, extrapolation=None).resampling == ()


@pytest.mark.parametrize(("bits", "text"), [(12.2, "at most $2^{-12}$"), (0.0, "describes noise as well")])
def test_chance(said, bits, text):
    assert text in said(chance_bits=bits).chance


def test_tests_of_residuals(said):
    table = said(
        tests=(ResidualTest("runs", 0.031, "signs come in runs"), ResidualTest("size", 0.0, "x_1"))
    ).tests
    assert table.rows == (("runs", "$0.031$", "signs come in runs"), ("size", "$< 10^{-16}$", "x_1"))
    assert said(tests=()).tests is None


def test_domain(said):
    root = Condition("power", symbol("x2"), Requirement.NONNEGATIVE, Status.PROVED, ())
    value = Condition("value", symbol("x2"), Requirement.FINITE, Status.PROVED, ())
    safe = said(domain=Domain((root, value), -1.5, 2.5, 0.125, 0))
    text = " ".join(safe.domain)
    assert "proves that the law is defined everywhere" in text
    assert "between $-1.5$ and $2.5$ N m" in text
    assert (
        r"widened on both sides by $12.5$~\% of its length; what stops it there is that $r$ $\geq 0$." in text
    )
    assert safe.conditions.rows == (
        (r"$r$ $\geq 0$", "power", "proved"),
        ("the law's value is a finite number", "range of numbers", "proved"),
    )


def test_domain_with_holes(said):
    bad = Condition("log", symbol("x1") - 2, Requirement.POSITIVE, Status.FAILS, (1.5, 2.0, 0.0))
    holes = said(domain=Domain((bad,), -math.inf, math.inf, 0.0, 0))
    assert holes.domain == ("The law is not defined everywhere within the ranges of the columns.",)
    assert holes.conditions.rows[0][2] == "fails at angle $=$ $1.5$ rad, r $=$ $2$ m"
    open_ = said(domain=Domain((replace(bad, status=Status.UNDECIDED, point=()),), -math.inf, 1.0, 0.0, 0))
    assert "is not proved" in open_.domain[0]
    assert open_.conditions.rows[0][2] == "undecided"


def test_custody(said):
    links = (
        Link("pruned → symbolised", 0.25, 0, 0, True, "x"),
        Link("record", 0.0, 10, 200, True, "y"),
        Link("law.py", 3.2e-16, 10, 200, False, "z"),
        Link("Julia", 0.0, 0, 0, True, "not done"),
    )
    rows = said(custody=Custody(links)).forms.rows
    assert rows[0][1:5] == (r"$+25$~\%", "--", "--", "same")
    assert rows[1][1:5] == ("$0$", "10", "200", "same")
    assert rows[2][1:5] == (r"$3 \times 10^{-16}$", "10", "200", "another")
    assert rows[3][1:4] == ("--", "--", "--")
    assert said(custody=Custody(())).forms is None


def test_intervals_by_profile(examined):
    name = examined.best.parameters[0].symbol
    skewed = ProfileInterval(
        name, 1.0, math.inf, "profile", "no upper limit: 100 % of larger values fit as well"
    )
    record = replace(examined, evidence=replace(examined.evidence, intervals=(skewed,), remarks=("a_b",)))
    assert r"to $\infty$" in tables.constants(record).rows[0][3]
    plain, note = content(record, ()).support.unsettled
    assert plain == "a_b"
    assert not isinstance(plain, Tex)  # is escaped later
    assert r"100 \%" in note
    assert isinstance(note, Tex)


def test_places_are_escaped(renamed):
    columns = renamed("a_b", "$c").data.features
    assert place(columns, (1.0, 2.0), {"x1", "x2"}) == r"a\_b $=$ $1$, \$c $=$ $2$ m/s"
