"""The measure of SRBench (La Cava et al. 2021, arXiv 2107.14351): sympy finds that an answer and a law differ by a
constant, or by a constant factor, when constants are rounded to three decimals.

It runs in a process of its own, because sympy may take for ever.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from symkan.symbolic.expressions import to_text
from symkan.symbolic.parsing import parse_expression

if TYPE_CHECKING:
    import sympy

DECIMALS = 3


def same_form(answer: sympy.Expr, law: sympy.Expr, *, seconds: float = 20.0) -> bool:
    """Whether difference or ratio of the two expressions in x1, x2, … is a constant.

    False, too, when sympy fails or takes longer than `seconds`.
    """
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "symkan.bench.srbench"],
            input=f"{to_text(answer)}\n{to_text(law)}",
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
            env={**os.environ, "PYTHONPATH": path},
        )
    except (subprocess.SubprocessError, OSError):
        return False
    return done.stdout == "True"


def constant_apart(answer: sympy.Expr, law: sympy.Expr) -> bool:
    """As `same_form`, in this process and without limit of time.

    Examples
    --------
    >>> x = parse_expression("x1")
    >>> [constant_apart(answer, x**2) for answer in (2 * x**2, x**2 + 1, 1.0001 * x**2, x**2 + x)]
    [True, True, True, False]
    """
    import sympy

    short = rounded(sympy.simplify(rounded(answer)))
    if not short.free_symbols:
        return False
    return any(
        not rounded(sympy.simplify(apart).evalf()).free_symbols for apart in (law - short, short / law)
    )


def rounded(expression: sympy.Expr) -> sympy.Expr:
    """The expression with its floats rounded to three decimals, whole ones as integers."""
    import sympy

    def short(number: sympy.Float) -> sympy.Expr:
        value = round(float(number), DECIMALS)
        return sympy.Integer(int(value)) if value.is_integer() else sympy.Float(value)

    return expression.xreplace({number: short(number) for number in expression.atoms(sympy.Float)})


def _serve() -> None:
    """What the process does: two lines of text in, the verdict out."""
    answer, law = (parse_expression(line) for line in sys.stdin.read().splitlines())
    sys.stdout.write(str(constant_apart(answer, law)))


if __name__ == "__main__":
    _serve()
