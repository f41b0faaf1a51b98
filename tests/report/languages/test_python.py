import ast
import dataclasses
import json
import runpy
import subprocess
import sys

import numpy as np
import pytest
import sympy

from symkan.evidence.bands import band, limits
from symkan.report.languages.latex import law_latex
from symkan.report.languages.naming import identifiers
from symkan.report.languages.python import law_python
from symkan.symbolic.expressions import symbol

x1, x2 = symbol("x1"), symbol("x2")
ROWS = np.array([[0.1, 1.0], [-1.2, 3.5], [1.4, 0.5], [0.3, -1.0], [-5.0, 7.0], [np.nan, 1.0]])
HOSTILE = [
    '"""',
    "'''",
    "a\\",
    'b"',
    "line\nbreak",
    "\\N{x}",
    "#\r",
    "\u2028",
    "{}%s",
    "np",
    "law",
    "float",
    "",
    "3",
]


def run(code, columns, tmp_path, options="extrapolate=True"):
    """Values of `law` in another process that finds neither symkan nor sympy; a warning is an error."""
    (tmp_path / "law.py").write_text(code, "utf-8")
    main = (
        "import json, sys\nfrom law import law\nimport numpy as np\n"
        "columns = json.loads(sys.stdin.read())\n"
        "assert not {'symkan', 'sympy'} & {*sys.modules}\n"
        f"print(json.dumps(np.asarray(law(*map(np.array, columns), {options}), dtype=float).tolist()))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", main],
        cwd=tmp_path,
        input=json.dumps(columns),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def with_law(discovery, law, parameters=()):
    best = dataclasses.replace(discovery.best, expression=law, parameters=parameters)
    return dataclasses.replace(discovery, best=best)


def values(discovery, tmp_path, used=(0, 1)):
    return run(law_python(discovery), [ROWS[:, i].tolist() for i in used], tmp_path)


def test_module_agrees_with_the_record(discovery, tmp_path):
    np.testing.assert_allclose(values(discovery, tmp_path), discovery.predict(ROWS), rtol=1e-14)


@pytest.mark.parametrize("errors", ["equal", "proportional"])
@pytest.mark.parametrize("observation", [True, False])
def test_band_is_that_of_the_record(examined, errors, observation, tmp_path):
    random = np.random.default_rng(0)
    x = random.uniform(0.5, 2, (60, len(examined.data.features)))
    y = 2.0 * np.exp(-0.7 * x[:, 0]) + 3.1 + 0.1 * random.normal(size=60)
    law = sympy.Float(2.02) * sympy.exp(-sympy.Float(0.71) * x1) + sympy.Float(3.11)
    best = dataclasses.replace(examined.best, expression=law, parameters=(), errors=errors)
    known = band(best, x, y=y, rows=np.arange(60))
    evidence = dataclasses.replace(examined.evidence, band=known)
    code = law_python(dataclasses.replace(examined, best=best, evidence=evidence))
    (tmp_path / "law.py").write_text(code, "utf-8")
    found = runpy.run_path(str(tmp_path / "law.py"))["band"](
        x[:, 0], observation=observation, extrapolate=True
    )
    np.testing.assert_allclose(found, limits(best, known, x, observation=observation), rtol=1e-12)


def test_module_with_spline(spline_discovery, tmp_path):
    np.testing.assert_allclose(values(spline_discovery, tmp_path), spline_discovery.predict(ROWS), rtol=1e-13)


@pytest.mark.parametrize(
    "law",
    [
        sympy.erf(x1) * sympy.besselj(0, x2) + sympy.exp(-(x1**2)),
        sympy.Abs(x1) ** sympy.Rational(1, 3) / (x2 - sympy.Float(0.1)),
        sympy.log(x2) + sympy.tanh(x1) + sympy.sign(x1),
        sympy.sqrt(x2) * sympy.atan(x1) + sympy.pi + x2**-2,
        sympy.Float(1e-300) * x2 + sympy.Float(-1.1) ** 2 * x1,
    ],
    ids=str,
)
def test_module_with_functions(discovery, law, tmp_path):
    record = with_law(discovery, law)
    np.testing.assert_allclose(values(record, tmp_path), record.predict(ROWS), rtol=1e-12)


def test_module_takes_the_columns_that_occur(discovery, tmp_path):
    record = with_law(discovery, sympy.Float(0.5) * x2)
    assert "def law(v, *, extrapolate=False):" in law_python(record)
    np.testing.assert_array_equal(values(record, tmp_path, used=[1]), record.predict(ROWS))
    assert run(law_python(with_law(discovery, sympy.Float(0.5))), [], tmp_path) == 0.5


def test_module_keeps_to_the_ranges_it_was_fitted_in(discovery, tmp_path):
    """By default: who asks for a value that the data say nothing about must say so."""
    law = module(law_python(discovery), tmp_path)
    expected = np.where(discovery.outside(ROWS), np.nan, discovery.predict(ROWS))
    assert np.isfinite(expected).sum() == 3
    with pytest.warns(RuntimeWarning, match="extrapolate=True") as caught:
        inside = law(*ROWS.T)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    np.testing.assert_allclose(inside, expected, rtol=1e-14)
    np.testing.assert_allclose(law(*ROWS.T, extrapolate=True), discovery.predict(ROWS), rtol=1e-14)
    corners = np.array(discovery.data.feature_ranges)
    assert np.isfinite(law(*corners)).all()
    assert np.isnan(law(np.nan, 1.0))
    assert law(0.5, 1.0) == pytest.approx(discovery.predict([[0.5, 1.0]])[0])
    assert "outside the fitted ranges unless extrapolate=True" in law_python(discovery)


def module(code, tmp_path):
    (tmp_path / "law.py").write_text(code, "utf-8")
    return runpy.run_path(str(tmp_path / "law.py"))["law"]


def test_module_names_fitted_constants(discovery):
    code = law_python(discovery)
    assert f"C1 = {2.5012345678901234!r}  # ± 0.0023" in code
    assert f"C3 = {-0.12512345678901234!r}  # ± 0.011" in code
    assert "C2" not in code
    assert "np.sin(theta1)" in code
    assert "v: v [m/s], fitted from 0.5 to 4." in code
    assert "ab" * 32 in code


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_do_no_harm(renamed, name, tmp_path):
    record = renamed(name, f"{name} ", target=name)
    tree = ast.parse(law_python(record))
    kinds = [type(node) for node in tree.body]
    assert kinds == [ast.Expr, *2 * [ast.Import], *3 * [ast.Assign], *2 * [ast.FunctionDef], ast.If]
    tex = law_latex(record)
    body = [line for line in tex.splitlines() if not line.startswith("%")]
    assert body[0] == r"\documentclass{article}"
    assert tex.count(r"\end{document}") == 1


def test_module_with_hostile_names_runs(renamed, tmp_path):
    record = renamed('""" + oops', "C1\\", target="'\n")
    np.testing.assert_allclose(values(record, tmp_path), record.predict(ROWS), rtol=1e-14)


def test_identifiers_are_valid_and_different():
    names = [*HOSTILE, "lambda", "match", "x", "x ", "ﬁ", "fi", "x_2", "θ", "self"]
    made = identifiers(names, taken=["np"])
    assert all(name.isidentifier() for name in made)
    assert len(set(made)) == len(made)
    assert "np" not in made


def test_latex_document(discovery):
    tex = law_latex(discovery)
    assert r"F &= 2.5012 \, \sin" in tex or "F &= v^" in tex
    assert f"% c1 = {2.5012345678901234!r} ± 0.0023" in tex
    assert "% c2 = 1.5 ± 0.0004 = 3/2" in tex
    assert r"\noindent Fitted ranges: theta1: -1.5 to 1.5; v [m/s]: 0.5 to 4." in tex
    assert tex.count("{") == tex.count("}")


def test_latex_document_tells_splines(spline_discovery):
    tex = law_latex(spline_discovery)
    assert r"g_{1}{\left(\theta_{1} \right)}" in tex
    assert "Splines, tabulated in the record: $g_{1}$." in tex
