"""The law as JavaScript, for browsers and for Node."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from symkan.report.languages.dialect import Dialect
from symkan.report.languages.law import Law, comment, template
from symkan.search.evaluation import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from symkan.result import Discovery

_SOFTPLUS = """function softplus(x) {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
"""
_ERF = """// Abramowitz and Stegun 7.1.6
function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * x, sum = term;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) sum += term *= x * x / (n + 0.5);
  return sum;
}
"""
_BESSEL = """// Bessel function of whole order: its integral by the trapezoidal rule, far out Hankel's expansion
function besselj(n, x) {
  const z = Math.abs(x), order = Math.abs(n);
  const sign = order % 2 && (x < 0) !== (n < 0) ? -1 : 1;
  if (z < 50 + order * order) {
    const steps = 40 + order + Math.ceil(z);
    let sum = (1 + (order % 2 ? -1 : 1)) / 2;
    for (let k = 1; k < steps; k++) {
      const t = Math.PI * k / steps;
      sum += Math.cos(order * t - z * Math.sin(t));
    }
    return sign * sum / steps;
  }
  let term = 1, p = 1, q = 0;
  for (let k = 1; k < 20 && Math.abs(term) > 1e-17; k++) {
    term *= (4 * order * order - (2 * k - 1) ** 2) / (k * 8 * z);
    if (k % 2) q += k % 4 === 1 ? term : -term;
    else p += k % 4 === 2 ? -term : term;
  }
  const phase = z - (order / 2 + 0.25) * Math.PI;
  return sign * Math.sqrt(2 / (Math.PI * z)) * (p * Math.cos(phase) - q * Math.sin(phase));
}
"""
_MATHS = "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp log sqrt sign expm1"
_WORDS = """arguments async await break case catch class const continue debugger default delete do else enum eval export
extends false finally for function if implements import in instanceof interface let new null of package private
protected public return static super switch this throw true try typeof undefined var void while with yield NaN
Infinity Math module require softplus erf besselj"""
DIALECT = Dialect(
    functions={
        **template([(_MATHS, "Math.{}"), ("softplus erf", "{}")]),
        "Abs": "Math.abs({0})",
        "besseljn": "besselj({0}, {1})",
    },
    power="Math.pow({}, {})",
    squares=True,
    pi="Math.PI",
    e="Math.E",
    helpers={"softplus": _SOFTPLUS, "erf": _ERF, "besselj": _BESSEL},
    reserved=frozenset(_WORDS.split()),
)

_SPLINE = """// A polynomial in x - origin, highest power first, between the breaks; a straight line outside
function spline(x, breaks, origins, coefficients) {
  let piece = 0;
  while (piece < breaks.length && breaks[piece] <= x) piece++;
  return coefficients[piece].reduce((value, c) => value * (x - origins[piece]) + c, 0);
}
"""


def law_javascript(discovery: Discovery) -> str:
    """The law as the text of a JavaScript file with one function, `law`; run by Node it checks itself."""
    law = Law(discovery, DIALECT)
    if law.missing:
        return "\n".join([*comment("//", [*law.summary(), "", f"JavaScript has no {law.missing}."]), ""])
    lines = [*law.summary(), "", *law.ranges(), "Not finite where the law is undefined."]
    return "\n".join([*comment("//", lines), "", *_functions(law), *_check(law), ""])


def bare_javascript(discovery: Discovery) -> str:
    """The function `law` and what it calls, without comments on names; empty where JavaScript lacks a function."""
    law = Law(discovery, DIALECT)
    return "" if law.missing else "\n".join(_functions(law))


def _functions(law: Law) -> Iterable[str]:
    yield from law.dialect.needs(law.body)
    if law.discovery.best.splines:
        yield _SPLINE
    for spline in law.discovery.best.splines:
        table = pieces(spline)
        yield f"function {spline.name}(x) {{"
        yield f"  const breaks = {json.dumps(table.breaks.tolist())};"
        yield f"  const origins = {json.dumps(table.origins.tolist())};"
        yield "  const coefficients = ["
        yield from (f"    {json.dumps(row)}," for row in table.coefficients.tolist())
        yield "  ];"
        yield "  return spline(x, breaks, origins, coefficients);\n}\n"
    yield f"function law({', '.join(law.arguments)}) {{"
    yield from law.constant_lines("  const {} = {};  //")
    yield f"  return {law.body};"
    yield "}"


def _check(law: Law) -> Iterable[str]:
    yield """
if (typeof module !== "undefined") module.exports = { law };"""
    if len(law.rows):
        yield f"""
if (typeof require !== "undefined" && require.main === module) {{
  const rows = [  // {", ".join([*law.arguments, "law"])}"""
        yield from (f"    {json.dumps(row)}," for row in law.rows.tolist())
        yield f"""  ];
  const wrong = rows.filter((row) => {{
    const expected = row[row.length - 1];
    const difference = Math.abs(law(...row.slice(0, -1)) - expected);
    return !(difference <= 1e-9 * Math.abs(expected) + {law.tolerance!r});
  }});
  console.log(`${{rows.length - wrong.length}} of ${{rows.length}} rows agree`);
  if (wrong.length) process.exit(1);
}}"""
