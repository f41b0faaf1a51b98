"""Networks and rows that the tests of this folder share."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sympy
import torch

from symkan.kan.network import Networks
from symkan.kan.rows import Rows
from symkan.symbolic.activation import Edge

U = sympy.Symbol("u", real=True)


@dataclass(frozen=True)
class StandIn:
    """What the network asks of a library function."""

    name: str
    expression: sympy.Expr
    free: str = "abcd"
    logarithmic: bool = False


@pytest.fixture
def functions() -> dict[str, StandIn]:
    return {
        "sin": StandIn("sin", sympy.sin(U)),
        "x": StandIn("x", U, free="cd"),
        "power": StandIn("power", sympy.exp(U), free="acd", logarithmic=True),
    }


@pytest.fixture
def mixed(functions) -> Networks:
    """Two restarts; sum and product nodes of arity 3 and 2, symbolic and absent edges, base functions."""
    kan = Networks([3, (2, 2), (1, 1), 2], intervals=4, restarts=2, base=True, seed=3)
    kan = kan.fix(Edge(0, 0, 1), functions["sin"], a=1.3, b=0.2, c=0.7, d=-0.1)
    kan = kan.fix(Edge(0, 3, 0), functions["power"], a=1.5, c=0.8, d=0.3)
    kan = kan.fix(Edge(1, 1, 2), functions["x"], c=0.6, d=0.9)
    return kan.without(Edge(0, 1, 0)).without(Edge(0, 3, 2)).without(Edge(1, 0, 1)).without(Edge(2, 1, 0))


@pytest.fixture
def positive() -> torch.Tensor:
    return 0.1 + 0.9 * torch.rand(30, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def table(
    f: Callable[[torch.Tensor], torch.Tensor], columns: int, *, rows: int = 1000, noise: float = 0
) -> Rows:
    generator = torch.Generator().manual_seed(0)
    x = 2 * torch.rand(rows, columns, dtype=torch.float64, generator=generator) - 1
    y = f(x)[:, None]
    y = y + noise * torch.randn(y.shape, dtype=torch.float64, generator=generator)
    cut = rows * 4 // 5
    return Rows(x[:cut], y[:cut], x[cut:], y[cut:])


@pytest.fixture
def bumps() -> Callable[..., Rows]:
    """Rows of exp(sin(πx₁) + x₂²) with any number of columns."""

    def make(columns: int = 2, **settings: float) -> Rows:
        return table(lambda x: torch.exp(torch.sin(torch.pi * x[:, 0]) + x[:, 1] ** 2), columns, **settings)

    return make


@pytest.fixture
def product() -> Rows:
    """Rows of x₁·x₂·x₃."""
    return table(lambda x: x.prod(1), 3)
