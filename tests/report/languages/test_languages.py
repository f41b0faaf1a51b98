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
from symkan.report.languages.excel import DIALECT as EXCEL
from symkan.report.languages.excel import law_excel
from symkan.report.languages.law import rows
from symkan.report.languages.naming import identifiers
from symkan.symbolic.expressions import numpy_function, symbol
from symkan.symbolic.library import Library
from symkan.symbolic.parsing import known_functions, parse_expression

x1, x2 = symbol("x1"), symbol("x2")
FILES = ("law.py", "law_sympy.py", "law.c", "law.jl", "law.m", "law.js")
DIALECTS = {m.__name__.rpartition(".")[2]: m.DIALECT for m in (c, javascript, julia, matlab, python, symbolic)}
HOSTILE = [
    *('"""', "'''", "a\\", "what??/", "*/ int x; /*", "//", "line\nbreak", "\u2028", "%{", "%}", "#=", "${x}", "`"),
    *("\\input{/etc/passwd}", "<script>", "</script>", "<!--", "=1+1", "@SUM(A1)", "質量", "θ", "πi", "🙂", ""),
    *("double", "law", "rows", "C1", "pi", "end", "function", "np", "sympy", "\\u000a", "\\N{x}", "_" * 70),
]


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
    if filename != "law.m":  # would want its argument
        run_file(filename, re.sub(r"-D\w+", "", code(record, filename)) + ("" if filename != "law.c" else MAIN))


MAIN = "\n#ifdef SYMKAN_CHECK\nint main(void) { return 0; }\n#endif\n"


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
    functions = "".join(f"static double f{i}(double x1) {{ (void)x1; return {t}; }}\n" for i, t in enumerate(texts))
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
