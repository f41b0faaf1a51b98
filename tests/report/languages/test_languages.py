import csv
import dataclasses
import io
import math
import re

import numpy as np
import pytest
import sympy
from scipy import special

from symkan.report.languages import c, exports, javascript, julia, matlab, python, symbolic
from symkan.report.languages.excel import law_excel
from symkan.report.languages.law import rows
from symkan.symbolic.expressions import numpy_function, symbol
from symkan.symbolic.library import Library
from symkan.symbolic.parsing import known_functions, parse_expression

x1, x2 = symbol("x1"), symbol("x2")
FILES = ("law.py", "law_sympy.py", "law.c", "law.jl", "law.m", "law.js")
DIALECTS = {
    m.__name__.rpartition(".")[2]: m.DIALECT for m in (c, javascript, julia, matlab, python, symbolic)
}
HOSTILE = [
    *('"""', "'''", "a\\", "what??/", "*/int x;/*", "%{", "%}", "#=", "${x}", "`", "\\input{/etc/passwd}"),
    *("</script>", "<!--", "=1+1", "@SUM(A1)", "質量", "θ", "πi", "🙂", "double", "law", "rows", "C1", "pi"),
    *("end", "function", "np", "sympy", "\\u000a", "\\N{x}", "line\nbreak", "\u2028", "", "_" * 70),
]  # fmt: skip


def with_law(discovery, law, **changes):
    return dataclasses.replace(discovery, best=dataclasses.replace(discovery.best, expression=law, **changes))


def code(discovery, filename):
    return next(export.code for export in exports(discovery) if export.filename == filename)


@pytest.mark.parametrize("filename", FILES)
def test_files_check_themselves(discovery, run_file, filename):
    assert re.search(r"\b20\b.* rows agree", run_file(filename, code(discovery, filename)))


@pytest.mark.parametrize("filename", FILES)
def test_files_find_a_fault(discovery, run_file, filename):
    text = code(discovery, filename)
    broken = text.replace("2.5012345678901236", "2.5012345")
    assert broken != text
    with pytest.raises(AssertionError, match=r"[Aa]gree|differ|expected|Assertion|Mismatch"):
        run_file(filename, broken)


@pytest.mark.parametrize("filename", FILES)
def test_splines(spline_discovery, run_file, filename):
    assert "20" in run_file(filename, code(spline_discovery, filename))


@pytest.mark.parametrize("filename", FILES)
def test_constant_law(discovery, run_file, filename):
    record = with_law(discovery, sympy.Float(0.5))
    assert "1" in run_file(filename, code(record, filename))


@pytest.mark.parametrize("filename", FILES)
def test_law_that_is_nowhere_defined_has_no_rows(discovery, run_file, filename):
    record = with_law(discovery, sympy.log(-sympy.exp(x2)))
    assert not len(rows(record))
    if filename != "law.m":  # it would miss its argument
        ending = "int main(void) { return law(1.0) > 0; }" if filename == "law.c" else ""
        assert run_file(filename, code(record, filename) + ending) == ""


@pytest.mark.parametrize("filename", FILES)
def test_hostile_names_do_no_harm(renamed, run_file, filename):
    """All names in one table, as columns and as target; each file still runs and agrees."""
    from symkan.data.dataset import Column

    record = renamed("a", "b", target=" ".join(HOSTILE))
    columns = tuple(Column(name, name, name, f"x{i + 1}") for i, name in enumerate(HOSTILE))
    data = dataclasses.replace(
        record.data, features=columns, feature_ranges=((0.5, 2.0),) * len(HOSTILE), source="\\"
    )
    law = sympy.Add(*(sympy.Float(1.5 + i) * symbol(c.symbol) for i, c in enumerate(columns)))
    record = dataclasses.replace(with_law(record, law), data=data)
    assert "20" in run_file(filename, code(record, filename))


@pytest.mark.parametrize("name", HOSTILE)
def test_each_hostile_name_ends_its_line_harmlessly(renamed, name):
    record = renamed(name, f"{name} ", target=name)
    for export in exports(record):
        for line in export.code.splitlines():
            assert not line.endswith(("\\", "??/")) or export.language == "LaTeX", (export.language, line)


# values, language by language -------------------------------------------------------------------------------

POINTS = np.array([*np.linspace(-7.0, 7.0, 29), 1e-9, -1e-9, 0.3, 0.999, 30.0, -40.0, 60.0, 200.0, 1234.5])


def library_texts():
    """All functions of the library and of the grammar, moved a little so that no point is special."""
    z = sympy.Float(0.7) * x1 + sympy.Float(0.05)
    yield from (function.expression.subs(symbol("u"), z) for function in Library())
    for name, (function, arity) in known_functions().items():
        yield function(*([sympy.Integer(3)] * (arity - 1)), z) if name != "besselj" else function(3, z)
    yield from map(parse_expression, MORE)


MORE = [
    "x1/3 - 2/7",
    "2^(1/2)*x1/(3*pi) - E*x1^2",
    "1/(x1*(x1^2 + 1)*3)",
    "-(x1 + 1)^2",
    "-x1^2 - (-x1)^3",
    "2^x1 - x1^(1/3)",
    "x1^(-3/2)",
    "(x1^2)^0.3",
    "2*(x1 + 3)/(x1 - 10)",
    "exp(-x1^2)*sin(3*x1)/7",
    "1e-300*x1 + 123456789012345678901234567890",
    "(x1 - (x1^2 - 1/3))*(-2)",
    "exp(x1)^(-2)*(exp(x1/100) - 1)",
    "-1/x1",
    "1/(1/x1 + 1/(x1 + 2))",
    "(-1.5)^2*x1^4*2^(-0.5)",
    "3^(x1/50)^2",
    "(-2)^(2*x1^2 + 0.1)",
]


def expressions(dialect):
    return [e for e in library_texts() if not dialect.lacks(e)]


def in_c(texts):
    functions = "".join(
        f"static double f{i}(double x1) {{ (void)x1; return {t}; }}\n" for i, t in enumerate(texts)
    )
    helpers = "".join(c.DIALECT.needs(functions))
    calls = ", ".join(f"f{i}" for i in range(len(texts)))
    points = ", ".join(map(repr, POINTS.tolist()))
    return f"""#define _XOPEN_SOURCE 600
#include <math.h>
#include <stdio.h>
{helpers}{functions}
double (*calls[])(double) = {{{calls}}};
const double points[] = {{{points}}};
int main(void) {{
    for (int i = 0; i < {len(texts)}; i++)
        for (int k = 0; k < {len(POINTS)}; k++) printf("%.17g\\n", calls[i](points[k]));
    return 0;
}}"""


def in_javascript(texts):
    functions = ",\n".join(f"(x1) => {text}" for text in texts)
    helpers = "".join(javascript.DIALECT.needs(functions))
    return f"{helpers}for (const f of [{functions}]) for (const x of {POINTS.tolist()}) console.log(f(x));"


def in_matlab(texts):
    lines = "\n".join(f"fprintf('%.17g\\n', ({text}) + 0*x1);" for text in texts)
    return f"function law()\nx1 = {POINTS.tolist()};\n{lines}\nend\n" + "".join(matlab.DIALECT.needs(lines))


def in_python(texts):
    lines = "\n    ".join(f"values = [*values, *({text} + 0*x1)]" for text in texts)
    return f"""import numpy as np
from scipy import special
x1, values = np.array({POINTS.tolist()}), []
with np.errstate(all="ignore"):
    {lines}
print(*map(float, values), sep="\\n")"""


def in_sympy(texts):
    lines = "\n".join(f"show({text})" for text in texts)
    return f"""import sympy
x1 = sympy.Symbol("x1", real=True)
def show(law):
    for x in {POINTS.tolist()}:
        value = sympy.sympify(law).subs(x1, x).evalf(17)
        print(float(value) if value.is_Float and abs(value) < 1e300 or value == 0 else "nan")
{lines}"""


@pytest.mark.parametrize(
    ("dialect", "filename", "build"),
    [
        ("c", "law.c", in_c),
        ("javascript", "law.js", in_javascript),
        ("matlab", "law.m", in_matlab),
        ("python", "law.py", in_python),
        ("symbolic", "law_sympy.py", in_sympy),
    ],
)
def test_values_agree_with_numpy(run_file, dialect, filename, build):
    notation = DIALECTS[dialect]
    laws = expressions(notation)
    texts = [notation.write(law, {x1: "x1"}) for law in laws]
    printed = run_file(filename, build(texts)).lower().replace("infinity", "inf").split()
    got = np.array(printed, dtype=float).reshape(len(laws), len(POINTS))
    for law, text, values in zip(laws, texts, got, strict=True):
        expected = numpy_function(law, ["x1"])(POINTS[:, None])
        finite = np.isfinite(expected)
        if dialect != "symbolic":  # sympy's numbers reach further than floats
            np.testing.assert_array_equal(np.isfinite(values), finite, err_msg=f"{law}: {text}")
        np.testing.assert_allclose(values[finite], expected[finite], 1e-12, 1e-15, err_msg=f"{law}: {text}")


def cells_of(record):
    return list(csv.reader(io.StringIO(law_excel(record))))


CELL = {
    **{name.upper(): getattr(math, name) for name in ("sin", "cos", "exp", "sqrt", "tanh", "atan", "erf")},
    **{"POWER": pow, "LN": math.log, "ABS": abs, "PI": lambda: math.pi, "SIGN": np.sign},
    "BESSELJ": lambda z, n: special.jv(n, z),
    "IF": lambda test, yes, no: yes if test else no,
}


def excel(formula, values):
    """Value of a formula; its functions and operators are Python's, since powers are calls."""
    assert formula.startswith("=")
    assert not set("^{}") & set(formula)
    return eval(formula[1:], dict(CELL), values)


@pytest.mark.parametrize(
    "text", ["x1*x2^2/3", "-x1^2 - (-x2)^2", "2*sin(x1)/x2^(3/2)", "erf(x1)*j1(x2) + pi*E", "abs(x1)^0.3*x2"]
)
def test_excel(discovery, text):
    record = with_law(discovery, parse_expression(text))
    header, *lines = cells_of(record)
    assert header == ["A: theta1", "B: v [m/s]", "law: F [N]", "expected", "check"]
    assert len(lines) == 20
    for number, (a, b, formula, expected, check) in enumerate(lines, 2):
        values = {f"A{number}": float(a), f"B{number}": float(b), f"D{number}": float(expected)}
        values[f"C{number}"] = excel(formula, values)
        assert values[f"C{number}"] == pytest.approx(float(expected), rel=1e-12)
        assert excel(check, values) == "agrees"
        assert excel(check, values | {f"C{number}": 1.01 * float(expected) + 1e-6}) == "differs"


def test_excel_says_what_it_lacks(discovery, spline_discovery):
    assert cells_of(spline_discovery) == [["Excel has no g1"]]
    assert cells_of(with_law(discovery, sympy.besselj(sympy.Rational(1, 2), x1))) == [
        ["Excel has no besselj"]
    ]
    long = sympy.Add(*(sympy.sin(sympy.Float(i + 0.123456789012345) * x1) for i in range(400)))
    assert cells_of(with_law(discovery, long)) == [["The law is too long for a cell of Excel"]]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_cell_of_a_name_is_a_formula(renamed, name):
    header = cells_of(renamed(name, f"{name} 2", target=name))[0]
    assert all(cell[:1].isalpha() for cell in header)


def test_languages_say_what_they_lack(discovery):
    record = with_law(discovery, sympy.besselj(sympy.Rational(1, 2), x2))
    assert "// C has no besselj." in code(record, "law.c")
    assert "// JavaScript has no besselj." in code(record, "law.js")
    assert "besselj(0.5, v)" in code(record, "law.jl")


def test_rows_come_from_the_table(examined):
    table = rows(examined)
    sample = {tuple(row) for row in examined.evidence.sample.x[:, :2].tolist()}
    assert table.shape == (20, 3)
    assert len(np.unique(table, axis=0)) == 20
    assert {tuple(row) for row in table[:, :2].tolist()} <= sample
    np.testing.assert_array_equal(examined.predict(np.column_stack([table[:, :2], table[:, 1]])), table[:, 2])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x1^2/3 - 1/2", "x*x/3.0 - 0.5"),
        ("-2*x1/(7*x2^3)", "-2.0*x/(7.0*y*y*y)"),
        ("(x1 + x2)^(-1/2)", "1.0/sqrt(x + y)"),
        ("2*(x1 - x2)*pi", "2.0*3.141592653589793*(x - y)"),
        ("x1^(1/3)*x1^x2", "pow(x, 1.0/3.0)*pow(x, y)"),
        ("log(1 + exp(x1))*(exp(x2) - 1)", "expm1(y)*softplus(x)"),
    ],
)
def test_c_reads_well(text, expected):
    written = c.DIALECT.write(parse_expression(text), {x1: "x", x2: "y"})
    assert written == expected


def test_constants_go_by_their_names():
    law = 1 - sympy.Float(0.25) * x1 + sympy.Float(0.5) / x2 ** sympy.Float(1.5)
    names = {x1: "x", x2: "y", sympy.Float(-0.25): "C1", sympy.Float(0.5): "-C2", sympy.Float(-1.5): "C3"}
    assert c.DIALECT.write(law, names) == "C1*x - C2*pow(y, C3) + 1.0"
