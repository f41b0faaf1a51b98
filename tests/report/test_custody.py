import dataclasses

import numpy as np
import pytest
import sympy

from symkan.bench.catalogue import Catalogue
from symkan.data.dataset import Column
from symkan.evidence.custody import Custody
from symkan.evidence.domain import domain
from symkan.report import custody as module
from symkan.report.custody import custody, read_line
from symkan.search.records import Stage
from symkan.serialization import Codec
from symkan.symbolic.library import Library
from symkan.symbolic.parsing import parse_expression
from symkan.symbolic.refitting import Parameter

HOSTILE = [
    ("e", "pi"),
    ("E", "g"),
    ("sin", "exp"),
    ("x2", "x1"),
    ("a", "a b"),
    ("a", "a'"),
    ("a-b", "a` + `b"),
    ("line\nbreak", "line\\nbreak"),
    ("50% & _#$~^\\{}", "\\input{/etc/passwd}"),
    ("温度", "🌡"),
    ("🌡", "[U+1F321]"),
    ("θ", "theta"),
    ("J_0", "g_1"),
    ("value", "extrapolate"),
    ("np", "LIMITS"),
    ("", " "),
    ('"""', "__import__('os').system('touch pwned')"),
    ("n" * 60, "n" * 61),
]


@pytest.fixture
def quick(monkeypatch):
    """Without the process, which takes most of the time."""
    monkeypatch.setattr(module, "_run", lambda discovery, x: discovery.predict(x))


def rows(discovery, n=50):
    low, high = np.array(discovery.data.feature_ranges).T
    return np.random.default_rng(3).uniform(size=(n, len(low))) * (high - low) + low


def with_law(discovery, text, ranges=((0.2, 0.9), (1.1, 2.5)), features=None, parameters=()):
    law = parse_expression(text) if isinstance(text, str) else text
    best = dataclasses.replace(discovery.best, expression=law, parameters=parameters)
    data = discovery.data
    data = dataclasses.replace(data, feature_ranges=ranges, features=features or data.features)
    return dataclasses.replace(discovery, best=best, data=data)


def parameter(name, value, error):
    return Parameter(name, value, error, value - 2 * error, value + 2 * error)


def check(discovery):
    found = custody(discovery, rows(discovery))
    assert found.ok, found.broken
    return found


def test_every_form_is_compared(discovery):
    found = check(discovery)
    names = ["values", "record", "grammar", "one line", "LaTeX", "LaTeX as printed", "law.py"]
    assert [link.name for link in found.links] == names
    assert all((link.rows, link.points) == (50, 200) for link in found.links[1:])
    differences = {link.name: link.difference for link in found.links}
    assert 1e-7 < differences.pop("LaTeX as printed") < 1e-4
    assert max(differences.values()) < 1e-14
    assert Codec().decode(Custody, Codec().encode(found)) == found


def test_splines(spline_discovery):
    check(spline_discovery)


def test_examined(examined):
    check(examined)


def test_steps_from_the_network_tell_their_losses(discovery, quick):
    stages = (*discovery.stages, Stage("pruned", "[2, 1, 1]", 0.01, 0.03))
    first = check(dataclasses.replace(discovery, stages=stages)).links[0]
    assert first.name == "network → pruned"
    assert first.difference == pytest.approx(0.5)
    assert first.text == "[2, 1, 1]: validation RMSE 0.02 → 0.03"


@pytest.mark.parametrize("function", Library(), ids=lambda f: f.name)
def test_library_functions(discovery, quick, function):
    argument = "x2" if function.name == "acosh" else "x1"
    text = f"2.345678901234*({str(function.expression).replace('u', argument)}) - 0.1*x2"
    if "exp" in text:
        text = text.replace(f"e{argument}p", "exp")
    check(with_law(discovery, text))


@pytest.mark.parametrize("name", ["feynman", "strogatz", "physics"])
def test_laws_of_physics(discovery, quick, name):
    """All laws of a catalogue, with fitted constants; their domains hold all their values, too."""
    for law in Catalogue.load(name).laws:
        features = tuple(Column(v.name, v.name, None, f"x{i + 1}") for i, v in enumerate(law.variables))
        record = with_law(
            discovery,
            sympy.Float(1.23456789) * law.expression + sympy.Float(-0.987654321),
            ranges=tuple((v.low, v.high) for v in law.variables),
            features=features,
            parameters=(parameter("c1", 1.23456789, 0.004), parameter("c2", -0.987654321, 0.02)),
        )
        check(record)
        found, values = (
            domain(record.best, np.array(record.data.feature_ranges)),
            record.predict(rows(record)),
        )
        assert found.safe <= np.isfinite(values).all(), law.name
        assert found.low <= np.nanmin(values), law.name
        assert np.nanmax(values) <= found.high, law.name


@pytest.mark.parametrize("law", ["erf(x1)*j0(x2)", "tan(x1)/x2^(1/3)", "log(x2)^2 + abs(x1 - x2)"])
def test_special_functions_run(discovery, law):
    check(with_law(discovery, law))


@pytest.mark.parametrize("names", HOSTILE, ids=str)
def test_hostile_names(renamed, quick, names):
    record = renamed(*names, target=names[0])
    check(with_law(record, "-2.5*x1^x2*(pi - sin(x1)) + exp(1)*x1*exp(x2)/x2"))


def test_hostile_names_run(renamed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check(with_law(renamed(*HOSTILE[-2], target="x\n"), "x1*x2"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [1e-290, 1e-30, 1e30, 1e290])
def test_tiny_and_huge_units(discovery, quick, size):
    law = sympy.Float(0.3 * size) * sympy.sin(parse_expression("x1") / sympy.Float(1.7 * size)) + sympy.Float(
        size
    )
    check(with_law(discovery, law, ranges=((0.1 * size, 3 * size), (1.0, 2.0))))


def test_cancellation_is_no_broken_link(discovery, quick):
    check(with_law(discovery, "1e9*(1 - cos(x1*1e-5)) + 1e8*(x2 + 0.1) - 1e8*x2 - 1e7"))
    check(with_law(discovery, "sin(1e9*x1)"))
    check(with_law(discovery, "sqrt(x1 - 0.2) + log(x2 - 1.1)"))


def test_a_form_that_says_something_else_is_broken(discovery, quick, monkeypatch):
    monkeypatch.setattr(module, "latex", lambda *_, **__: ("F", r"2.5 \, \sin{\left(\theta_{1} \right)}"))
    monkeypatch.setattr(module, "linear", lambda *_, **__: "v**")
    found = custody(discovery, rows(discovery))
    assert not found.ok
    assert [link.name for link in found.broken] == ["one line", "LaTeX", "LaTeX as printed"]
    assert "expression" in found.broken[0].text


def test_digits_beyond_the_errors_are_broken(discovery, quick, monkeypatch):
    law = discovery.best.expression
    shifted = law.xreplace({a: a + 0.005 for a in law.atoms(sympy.Float) if a > 1})
    monkeypatch.setattr(module, "_latex_back", lambda _, full=False: law if full else shifted)
    assert [link.name for link in custody(discovery, rows(discovery)).broken] == ["LaTeX as printed"]


def test_module_that_fails_is_broken(discovery, monkeypatch):
    monkeypatch.setattr(module, "law_python", lambda _: "import nothing_of_the_kind")
    (link,) = custody(discovery, rows(discovery)).broken
    assert link.name == "law.py"
    assert "nothing_of_the_kind" in link.text


def test_lines_are_read():
    names = {"x1": "m", "x2": "m a", "x3": "`m*a`"}
    assert str(read_line("2*m a**m - exp(`m*a`)", names)) == "2*x2**x1 - exp(x3)"
