"""What no file and no text may do to the readers: fuzz.py for a short while, and hypothesis."""

import importlib.util
import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symkan.errors import ResultError
from symkan.result import Discovery

_spec = importlib.util.spec_from_file_location("fuzz", Path(__file__).with_name("fuzz.py"))
fuzz = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fuzz)

TARGETS = [*fuzz.SEEDS, fuzz.result]
quick = settings(
    max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def seeds():
    return {**fuzz.SEEDS, fuzz.result: fuzz.records()}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_mutated(target, seeds, capsys):
    assert not fuzz.run(target, seeds[target], 1.0, seed=1), capsys.readouterr().out


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
@quick
@given(data=st.binary(max_size=400))
def test_noise(target, data):
    fuzz.attempt(target, data)


@quick
@given(text=st.text(max_size=60))
def test_any_text_as_header_unit_and_formula(text):
    fuzz.attempt(fuzz.header, text.encode("utf-8", "surrogatepass"))
    fuzz.attempt(fuzz.expression, text.encode("utf-8", "surrogatepass"))


@quick
@given(
    rows=st.lists(
        st.lists(st.one_of(st.floats(), st.integers(), st.text(max_size=8)), min_size=1, max_size=5),
        max_size=15,
    )
)
def test_any_cells(rows):
    lines = ["a,b,y", *(",".join(map(str, row)) for row in rows)]
    fuzz.attempt(fuzz.table, "\n".join(lines).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    "text",
    [
        "2**" * 60 + "2",
        "(" * 5000 + "x1" + ")" * 5000,
        "sin(" * 3000 + "x1" + ")" * 3000,
        "exp(exp(exp(exp(exp(9)))))",
        "9" * 19000,
        "x1**x1**x1**x1",
        "+".join(["x1*x2"] * 3000),
        "-" * 9000 + "x1",
        "(x1+x2)**400*(x1-x2)**400",
        "besselj(400, tan(1e300))",
        "-2" + " **-2" * 60,
        "exp(-" * 60 + "1" + ")" * 60,
        "sin(" * 60 + "1" + ")" * 60,
        "x1\r+\r~x2",
        "x1.__class__.__mro__",
        "[x for x in ()]",
        "lambda: 0",
        "f'{x1}'",
    ],
    ids=lambda text: text[:12],
)
def test_formulas_that_mean_harm(text):
    fuzz.attempt(fuzz.expression, text.encode())


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("splines", 0, "name"), "g1=print('pwned')"),
        (("splines", 0, "order"), 10**9),
        (("splines", 0, "order"), -1),
        (("splines", 0, "knots"), [0.0] * 9),
        (("splines", 0, "knots", 3), "nan"),
        (("splines", 0, "coefficients"), []),
        (("splines", 0, "coefficients", 0), 1e999),
    ],
)
def test_splines_that_are_none(seeds, tmp_path, place, value):
    document = json.loads(seeds[fuzz.result][1])
    spot = document["best"]
    for key in place[:-1]:
        spot = spot[key]
    spot[place[-1]] = value
    path = tmp_path / "result.json"
    path.write_text(json.dumps(document).replace("Infinity", '"inf"'))
    with pytest.raises(ResultError, match=r"damaged at best\.splines\[0\]"):
        Discovery.load(path)


def test_every_cut_and_many_flips_are_refused_or_harmless(seeds):
    whole, draw = seeds[fuzz.result][1], random.Random(0)
    for _ in range(40):
        assert fuzz.attempt(fuzz.result, whole[: draw.randrange(len(whole) - 2)]) == "refused"
        flipped = bytearray(whole)
        flipped[draw.randrange(len(flipped))] ^= 1 << draw.randrange(8)
        fuzz.attempt(fuzz.result, bytes(flipped))


def test_another_version_and_foreign_files(seeds, tmp_path):
    document, path = json.loads(seeds[fuzz.result][0]), tmp_path / "result.json"
    for stamp, message in (
        ({**document["symkan"], "schema": 999}, "has layout 999"),
        ({**document["symkan"], "record": "Network"}, "is no Discovery of symkan"),
        (None, "is no Discovery of symkan"),
    ):
        path.write_text(json.dumps({**document, "symkan": stamp}))
        with pytest.raises(ResultError, match=message):
            Discovery.load(path)
