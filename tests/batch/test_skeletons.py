"""The same law has the same skeleton, whatever its constants are and wherever its columns stand."""

import numpy as np
import pytest
import sympy

from symkan.batch.skeletons import skeleton
from symkan.symbolic.models import parametrise
from symkan.symbolic.parsing import parse_expression


@pytest.fixture
def text(renamed):
    """The skeleton's text of a law of two columns."""

    def of(law, names=("m", "v")):
        return skeleton(parse_expression(law), renamed(*names).data).text

    return of


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("0.5*x1*x2**2", "x1*x2**2"),
        ("x1*x2**2/2", "1.234*x1*x2**2"),
        ("pi*x1 + 3", "2.5*x1 - 0.125"),
        ("2.5*sin(3*x1) + x2", "0.1*sin(0.2*x1) - 7*x2"),
        ("5.5*x1 + 1.25*x2 + 3", "0.5*x1 + 2*x2 - 0.125"),
        ("1.5*exp(-x1/2.5)", "exp(-3*x1)"),
        ("x1**2.345", "3*x1**0.5678"),
        ("2**x1", "3.5*1.7**x1"),
    ],
)
def test_alike(text, first, second):
    assert text(first) == text(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [("x1*x2**2", "x1*x2**3"), ("x1 + x2", "x1 + x2 + 1.0"), ("sin(x1)", "cos(x1)"), ("x1", "x2")],
)
def test_different(text, first, second):
    assert text(first) != text(second)


def test_the_order_of_columns_does_not_count(text):
    law, other = "2.5*x1**2*sin(0.5*x2) + 3.5*x2", "1.5*x2**2*sin(0.25*x1) - 3.5*x1"
    assert text(law) == text(other, ("v", "m"))


def test_columns_that_look_like_constants(text):
    assert text("2.5*x1 + x2", ("c1", "c2")) == "y = c1*k1 + c2*k2"


def test_the_constants_belong_to_their_names(renamed):
    """Put back where the text names them, they give the law again."""
    law = parse_expression("2.5*x1**2*sin(0.5*x2) + 3.5*x2 - 4")
    form = skeleton(law, renamed("m", "v").data)
    model = parametrise(form.expression)
    values = {name: model.start[i] for name, i in zip(form.names, form.constants, strict=True)}
    m, v = np.linspace(1, 2, 7), np.linspace(2, 3, 7)
    call = sympy.lambdify([*values, "m", "v"], sympy.parse_expr(form.text.partition(" = ")[2]))
    assert call(*values.values(), m, v) == pytest.approx(2.5 * m**2 * np.sin(0.5 * v) + 3.5 * v - 4)
