"""Each example runs as a script in an empty folder, and finds the law that it says it does."""

import json
import re
import runpy
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import sympy

import symkan

EXAMPLES = Path(symkan.__file__).parents[1] / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))


def same(discovery, law, box, tolerance):
    """Whether a formula is near a function [n, features] -> [n], relative to its size, in a box of its columns."""
    x = np.random.default_rng(0).uniform(*np.transpose(box), (500, len(box)))
    return np.sqrt(np.mean((discovery.predict(x) / law(*x.T) - 1) ** 2)) < tolerance


def kepler(ns, out):
    a = sympy.Symbol("semi-major axis")
    assert ns["discovery"].expression == a ** sympy.Rational(3, 2)
    assert "as 3/2: accepted" in out
    assert ns["verdict"].trust.value == "law"


def enzyme(ns, out):
    assert same(ns["discovery"], lambda s: 120 * s / (15 + s), [(0.5, 200)], 0.03)
    for constant, truth in zip(sorted(p.value for p in ns["fit"].parameters), (15, 120), strict=True):
        assert constant == pytest.approx(truth, rel=0.03)
    truths = dict(zip("VK", (120, 15), strict=True))
    for name, low, high in re.findall(r"^([VK]) = .* interval (\S+) to (\S+) \(truth", out, flags=re.M):
        assert float(low) < truths[name] < float(high)
    values = sorted(p.value for p in ns["known"].parameters)
    np.testing.assert_allclose(values, [0.0641, 212.7], rtol=1e-3)  # Bates and Watts 1988
    assert ns["small"].evidence.verdict.trust.value == "tentative"


def velocity_addition(ns, _out):
    u, v = sympy.symbols("u v")
    assert (
        sympy.simplify(
            ns["law"].xreplace({s: sympy.Symbol(s.name) for s in ns["law"].free_symbols})
            - (u + v) / (1 + u * v)
        )
        == 0
    )
    assert ns["error"] < 1e-12


def dimensions(ns, out):
    box = [(1, 3), (1, 6), (0.2, 2), (1.6, 25)]
    assert same(ns["with_units"], lambda m, v, h, g: m * v**2 / 2 + m * g * h, box, 0.05)
    assert not ns["with_units"].best.clash
    off = [float(share) for share in re.findall(r"units: (\S+) % off", out)]
    assert off[1] < off[0] / 2
    assert "m·s^-2" in out


def own_function(ns, _out):
    def law(b):
        return 7 * (1 / np.tanh(2.6 * b) - 1 / (2.6 * b))

    assert same(ns["discovery"], law, [(0.1, 30)], 0.01)
    assert ns["discovery"].expression.has(sympy.tanh)
    assert not same(ns["without"], law, [(10, 30)], 0.01)


def irrelevant_columns(ns, out):
    used = {s.name for s in ns["discovery"].expression.free_symbols}
    assert used == {"x5", "x12", "x21"}
    low, high = np.array(ns["discovery"].data.feature_ranges).T
    x = np.random.default_rng(0).uniform(low, high, (100, len(low)))
    x5, x12, x21 = (
        x[:, [c.name for c in ns["discovery"].data.features].index(n)] for n in ("x5", "x12", "x21")
    )
    np.testing.assert_allclose(ns["discovery"].predict(x), x12 * np.sqrt(x5) / x21, rtol=0.01)
    assert ns["nothing"].evidence.verdict.trust.value == "none"
    assert "no effect beyond chance" in out


def predator_prey(ns, _out):
    box = [(0.5, 6), (0.5, 4)]
    x, y = np.random.default_rng(0).uniform(*np.transpose(box), (100, 2)).T
    state = np.column_stack([x, y])
    np.testing.assert_allclose(ns["laws"]["dx/dt"].predict(state), x - x * y / 2, atol=0.02)
    np.testing.assert_allclose(ns["laws"]["dy/dt"].predict(state), x * y / 4 - 0.8 * y, atol=0.02)
    assert (ns["difference"] < 0.3).all()


def pipeline(ns, _out):
    symbols = [sympy.Symbol(name) for name in ("air density", "wind speed", "rotor radius")]
    factor = ns["search"].best_estimator_["law"].expression_
    for symbol, power in zip(symbols, (1, 3, 2), strict=True):
        factor = factor / symbol**power
    assert float(sympy.simplify(factor)) == pytest.approx(1 / 2000, rel=0.01)
    assert ns["scores"].min() > 0.99
    assert ns["scores"].min() > ns["trees"].max()


def atlas(ns, out):
    assert "exit code 0" in out
    assert set(ns["summary"]["verdict"]) <= {"law", "tentative"}
    np.testing.assert_allclose(ns["product"], 2 * np.pi, rtol=0.01)
    assert {"index.html", "atlas.html"} <= {path.name for path in (ns["folder"] / "results").iterdir()}


def article(ns, _out):
    assert ns["found"].decades > 2
    formula = ns["formula"]
    x1, x2 = sorted(formula.free_symbols, key=str)
    x = np.random.default_rng(0).uniform(-1, 1, (100, 2))
    values = sympy.lambdify([x1, x2], formula)(*x.T)
    np.testing.assert_allclose(values, np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2), rtol=1e-3)


CHECKS = [globals()[name] for name in NAMES]  # each example has one


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_example_finds_its_law(check, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr("tempfile.tempdir", None)
    with mpl.rc_context({"backend": "Agg"}):
        names = runpy.run_path(str(EXAMPLES / f"{check.__name__}.py"), run_name="__main__")
        plt.close("all")
    check(names, capsys.readouterr().out)


def cells_of(script):
    """Kind and source of each cell of a script in the percent format."""
    parts = re.split(r"^# %%(.*)\n", script, flags=re.M)
    assert not parts[0].strip()
    for mark, source in zip(parts[1::2], parts[2::2], strict=True):
        markdown = mark.strip() == "[markdown]"
        lines = [re.sub("^# ?", "", line) if markdown else line for line in source.strip("\n").split("\n")]
        yield ("markdown" if markdown else "code"), "\n".join(lines)


@pytest.mark.parametrize("name", NAMES)
def test_notebook_is_its_script(name):
    notebook = json.loads((EXAMPLES / f"{name}.ipynb").read_text("utf-8"))
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    assert cells == list(cells_of((EXAMPLES / f"{name}.py").read_text("utf-8")))


@pytest.mark.parametrize("name", NAMES)
def test_notebook_holds_outputs_and_nothing_of_the_machine(name):
    path = EXAMPLES / f"{name}.ipynb"
    assert path.stat().st_size < 300_000
    notebook = json.loads(path.read_text("utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert outputs
    assert not [
        output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"
    ]
    assert not [cell for cell in notebook["cells"] if cell["metadata"]]
    assert str(EXAMPLES.parent) not in path.read_text("utf-8")
