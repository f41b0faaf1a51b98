import shlex
from dataclasses import replace

import pytest
import sympy

from symkan.report import phrases, tables
from symkan.report.constant_units import constant_units
from symkan.report.content import content
from symkan.report.figures import Picture
from symkan.report.notation import told_apart
from symkan.report.tex import Tex, quantity, unit
from symkan.symbolic.parsing import parse_expression
from symkan.symbolic.refitting import Parameter


def with_law(discovery, text, *values):
    parameters = tuple(Parameter(f"c{i + 1}", v, 0.01, v - 0.02, v + 0.02) for i, v in enumerate(values))
    best = replace(discovery.best, expression=parse_expression(text), parameters=parameters, snaps=())
    return replace(discovery, best=best, front=(best,))


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (9.81273, 0.0231, "$9.813(23)$"),
        (-0.125, 0.0003, "$-0.12500(30)$"),
        (149_597_870.7, 2e6, r"$1.496(20) \times 10^{8}$"),
        (1234.4, 10.0, "$1234(10)$"),
        (1 / 3, 1e-15, "$0.33333333$"),
        (1 / 3, float("inf"), "$0.333333$"),
        (0.5, 0.0, "$0.5$"),
        (2.0, 3.0, r"$2 \pm 3$"),
        (float("nan"), 1.0, "--"),
        (float("-inf"), 0.1, r"$-\infty$"),
    ],
)
def test_quantity(value, error, text):
    assert quantity(value, error) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("m/s^2", r"m/s\textsuperscript{2}"),
        ("kg m**-1", r"kg m\textsuperscript{-{}1}"),
        (None, ""),
        ("#^x", r"\#\textasciicircum{}x"),
    ],
)
def test_unit(text, shown):
    assert unit(text) == shown


@pytest.mark.parametrize(
    ("law", "units"),
    [
        ("2.5*x2", {"c1": "N·(m/s)^-1"}),
        ("2.5*x2**2*sin(x1) + 1.25", {"c1": "N·(m/s)^-2", "c2": "N"}),
        ("x2**2.5", {}),  # an exponent is a number, and the factor one is not fitted
        ("2.5*(x2 + 1.25)", {}),
        ("2.5*x1", {}),  # theta1 has no unit
    ],
)
def test_constant_units(discovery, law, units):
    values = sorted(map(float, parse_expression(law).atoms(sympy.Float)), reverse=True)
    record = with_law(discovery, law, *values)
    assert constant_units(record.best, record.data) == units


def test_powers_of_one_unit_are_merged(discovery):
    record = with_law(discovery, "2.5*x2**2", 2.5)
    data = record.data
    columns = (data.features[0], replace(data.features[1], unit="ft"))
    data = replace(data, features=columns, target=replace(data.target, unit="ft^3"))
    assert constant_units(record.best, data) == {"c1": "ft"}


def test_constants_have_no_empty_columns(discovery):
    full = tables.constants(discovery)
    assert full.head == ("Constant", "Value", "Standard error", "95 % interval", "Closed form of")
    assert full.rows[0] == (
        "$c_{1}$", "$2.5012(23)$ N", "$0.0023$", "$2.4966$ to $2.5058$", "",
    )  # fmt: skip
    assert full.rows[1][1] == r"$\frac{3}{2}$"
    plain = tables.constants(with_law(discovery, "2.5*x2", 2.5))
    assert len(plain.head) == 4


def test_what_the_law_says(discovery):
    sentences = " ".join(phrases.meaning(with_law(discovery, "2.5*x2**3/exp(x1)", 2.5)))
    assert "F from theta1 and v" in sentences
    assert "Doubling v, all else equal, multiplies F by $8$." in sentences
    assert "Doubling theta1" not in sentences
    assert "theta1 does not enter" in " ".join(phrases.meaning(with_law(discovery, "2.5*x2", 2.5)))
    assert "a constant value of F" in " ".join(phrases.meaning(with_law(discovery, "2.5", 2.5)))


def test_command_finds_it_again(discovery, renamed):
    assert shlex.split(phrases.command(discovery)) == [
        "symkan", "discover", "measurements.csv", "--target", "F", "--features", "theta1,v",
        "--time-budget", "60", "--seed", "0",
    ]  # fmt: skip
    hostile = renamed('a,"b" $(rm)', "x; y")
    words = shlex.split(phrases.command(hostile))
    from symkan.cli import items

    assert items(words[words.index("--features") + 1]) == ('a,"b" $(rm)', "x; y")


def test_formulas_that_print_alike_stand_once(discovery):
    law = discovery.best
    near = replace(law, expression=law.expression + 1e-14, bits=law.bits - 5)
    simple = discovery.front[0]
    shorter = replace(simple, expression=simple.expression * (1 + 1e-14), bits=simple.bits - 1)
    record = replace(discovery, front=(simple, shorter, near, law))
    assert told_apart(record) == (shorter, law)
    assert len(tables.front(record).rows) == 2


def test_outermost_fractions_are_large():
    assert tables._large(r"\frac{1}{\frac{a}{b}} + x^{\frac{3}{2}} - \text{\{} \frac{c}{d}") == (
        r"\dfrac{1}{\frac{a}{b}} + x^{\frac{3}{2}} - \text{\{} \dfrac{c}{d}"
    )
    assert tables._large("a") == "a"


def test_long_formulas_do_not_spoil_the_page(discovery, renamed):
    wordy = renamed("x" * 60, "v")
    assert "text" not in tables.formula(wordy.best, wordy.data)
    huge = with_law(discovery, "+".join(f"{i}.5*x1**{i}" for i in range(2, 40)))
    assert "result.json" in tables.formula(huge.best, huge.data)


def test_figures_stand_side_by_side_where_both_are_there():
    from symkan.report.content import _sections

    def names(*given):
        found = _sections(tuple(Picture(name, "", "", "") for name in given))
        return {place: [[p.name for p in group] for group in groups] for place, groups in found.items()}

    assert names("parity", "new", "baselines") == {"fit": [["parity", "baselines"]], "law": [["new"]]}
    assert names("baselines") == {"fit": [["baselines"]]}


def test_only_tex_is_raw(renamed):
    text = content(renamed("a_b", "c"), ())
    assert not isinstance(text.title, Tex)
    assert all(isinstance(note, str) and not isinstance(note, Tex) for note in text.notes)
