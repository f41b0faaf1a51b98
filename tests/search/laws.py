"""Laws of one to three variables for the test of recovery: formula, and the range of each variable."""

from __future__ import annotations

from typing import NamedTuple

Range = tuple[float, float]


class Law(NamedTuple):
    """A formula in x1, x2, x3 and the box that its rows are drawn from."""

    formula: str
    box: tuple[Range, ...]


ONE, TWO, THREE = 1, 2, 3

LAWS: tuple[Law, ...] = (
    Law("exp(sin(pi*x1) + x2**2)", ((-1, 1), (-1, 1))),
    Law("3*x1**2 - 2*x1 + 1", ((-2, 2),)),
    Law("sin(2*x1) + cos(x1/2)", ((0, 3),)),
    Law("x1**1.5", ((0.3, 40),)),
    Law("exp(-x1/2)*5", ((0, 4),)),
    Law("2*x1/(3 + x1)", ((0, 10),)),
    Law("log(1 + 4*x1)", ((0, 5),)),
    Law("tanh(3*x1)", ((-1, 1),)),
    Law("x1*x2", ((-2, 2), (-3, 3))),
    Law("x1/x2", ((1, 5), (1, 5))),
    Law("sqrt(x1**2 + x2**2)", ((1, 4), (1, 4))),
    Law("x1*exp(-x2)", ((1, 5), (0, 3))),
    Law("x1*sin(x2)", ((1, 5), (0, 6))),
    Law("1/(1/x1 + 1/x2)", ((1, 5), (1, 5))),
    Law("sin(x1) + x2**2", ((-3, 3), (-2, 2))),
    Law("exp(-x1**2/2)/sqrt(2*pi)*x2", ((0, 3), (1, 3))),
    Law("asin(x1*sin(x2))", ((0, 1), (0.5, 1.5))),
    Law("x1*x2/x3**2", ((1, 5), (1, 5), (1, 3))),
    Law("x1*(x2 + sin(x3))", ((1, 5), (1, 5), (0, 6))),
    Law("x1 + x2 + 2*sqrt(x1*x2)*cos(x3)", ((1, 5), (1, 5), (1, 5))),
    Law("x1/sqrt(1 - x2**2/x3**2)", ((1, 5), (1, 2), (3, 10))),
    Law("x1*x2**3/(exp(x1*x2/x3) - 1)", ((1, 5), (1, 5), (1, 5))),
    Law("x1*(1 + x2*cos(x3))", ((1, 5), (1, 5), (1, 5))),
    Law("sqrt(x1**2 + x2**2 + x3**2)", ((1, 5), (1, 5), (1, 5))),
)
