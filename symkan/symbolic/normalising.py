"""One way to write what can be written in many: numbers are taken out of sums under powers, roots and logarithms.

c/(2·x + 6) becomes (c/2)/(x + 3): a formula then has no two constants of which only a combination acts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sympy


def normalise(expression: sympy.Expr) -> sympy.Expr:
    """The expression with one number taken out of each such sum.

    Under powers it is the coefficient of the first variable term; under logarithms the constant term, if positive.

    Examples
    --------
    >>> from symkan.symbolic.expressions import symbol
    >>> normalise(5.0 / (2.0 * symbol("x1") + 6.0))
    2.5/(x1 + 3.0)
    """
    import sympy

    def power(node: sympy.Expr) -> sympy.Expr:
        size, rest = _leading(node.base, signed=bool(node.exp.is_Integer))
        return size**node.exp * rest**node.exp

    def logarithm(node: sympy.Expr) -> sympy.Expr:
        number, terms = node.args[0].as_coeff_Add()
        if number.is_Float and number > 0:
            return sympy.log(number) + sympy.log(1 + sympy.expand(terms / number))
        size, rest = _leading(node.args[0], signed=False)
        return sympy.log(size) + sympy.log(rest)

    expression = in_known_functions(expression)
    expression = expression.replace(
        lambda node: node.is_Pow and node.base.is_Add and node.exp.is_number, power
    ).replace(lambda node: isinstance(node, sympy.log) and node.args[0].is_Add, logarithm)
    return expression


def in_known_functions(expression: sympy.Expr) -> sympy.Expr:
    """The expression without the functions that sympy makes by itself of tan(u + π/2) and its like.

    Examples
    --------
    >>> from sympy import pi, tan
    >>> from symkan.symbolic.expressions import symbol
    >>> in_known_functions(tan(symbol("x1") + pi / 2))
    -cos(x1)/sin(x1)
    """
    import sympy

    for made, known in (
        (sympy.cot, lambda u: sympy.cos(u) / sympy.sin(u)),
        (sympy.sec, lambda u: 1 / sympy.cos(u)),
        (sympy.csc, lambda u: 1 / sympy.sin(u)),
    ):
        if expression.has(made):
            expression = expression.replace(made, known)
    return expression


def _leading(total: sympy.Expr, *, signed: bool) -> tuple[sympy.Expr, sympy.Expr]:
    """The float before the first variable term, or its size, and the sum divided by it."""
    import sympy

    for term in total.args:
        number, rest = term.as_coeff_Mul()
        if rest != 1 and number.is_Float:
            size = number if signed else abs(number)
            first = rest if number == size else -rest
            return size, sympy.Add(first, *(other / size for other in total.args if other != term))
    return sympy.Integer(1), total
