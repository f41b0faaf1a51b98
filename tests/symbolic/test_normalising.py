"""One number out of each sum: the values stay, and no constant is left that another could take over."""

from __future__ import annotations

import numpy as np
import pytest

from symkan.symbolic.expressions import numpy_function
from symkan.symbolic.models import parametrise
from symkan.symbolic.normalising import normalise
from symkan.symbolic.parsing import parse_expression

CASES = [
    ("5.0/(2.0*x1 + 6.0)", 2),
    ("1.5*(2.0*x1 + 6.0)**(-1/2) + 0.5", 3),
    ("3.0*(0.5*x2 - 4.5)**2", 2),
    ("log(1.5 + 6.0*x1)", 2),
    ("4.5e7*exp(-10.8/(0.0016*x1 - 0.5))", 3),
    ("2.5*x1**1.5", 2),
]


@pytest.mark.parametrize(("text", "constants"), CASES)
def test_values_stay_and_constants_are_independent(text, constants):
    expression = parse_expression(text)
    x = np.random.default_rng(0).uniform(1, 2, (40, 2))
    names = ["x1", "x2"]
    normal = normalise(expression)
    assert np.allclose(numpy_function(normal, names)(x), numpy_function(expression, names)(x), rtol=1e-12)
    model = parametrise(normal)
    assert len(model.constants) == constants
    jacobian = model.jacobian(x, model.start)[1]
    assert np.linalg.matrix_rank(jacobian / np.linalg.norm(jacobian, axis=0), tol=1e-7) == constants
