"""pykan's side of the tasks, as its tutorials do it: LBFGS, rising grids, `auto_symbolic`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from kan import KAN

from symkan.bench.speed.pairs import Run
from symkan.bench.speed.tasks import ACCURATE, ROWS

if TYPE_CHECKING:
    from torch import Tensor

    from symkan.bench.speed.tasks import Work

GRIDS = (3, 5, 10, 20, 50, 100)
STEPS = 50
NETWORKS: dict[str, dict[str, Any]] = {
    "exp-sin": {"width": [2, 1, 1]},
    "product": {"width": [3, [0, 1], 1], "mult_arity": 3},
    "lorentz-force": {"width": [5, [0, 2], 1], "mult_arity": 5},
}


class _OverError(Exception):
    """Accurate, or out of time: the only way to leave `fit` between two steps."""


def training(work: Work) -> tuple[Run]:
    """LBFGS on rising grids, looked at after each step."""
    data = _data(work)
    best, started = float("inf"), time.perf_counter()

    def test_rmse() -> Any:
        nonlocal best
        error = _rmse(model, data)
        best = min(best, float(error))
        if best < ACCURATE or time.perf_counter() - started > work.limit:
            raise _OverError
        return error

    model = _network(**NETWORKS[work.task.of], grid=GRIDS[0], seed=work.seed)
    stopped = False
    try:
        for grid in GRIDS:
            model = model if grid == GRIDS[0] else model.refine(grid)
            model.fit(data, opt="LBFGS", steps=STEPS, log=STEPS, metrics=(test_rmse,))
    except _OverError:
        stopped = best >= ACCURATE
    return (Run(time.perf_counter() - started, best < ACCURATE, f"RMSE {best:.1e}", stopped),)


def matching(work: Work) -> tuple[Run]:
    """All edges of a trained [2, 5, 1] network against the whole library."""
    model = _network(width=[2, 5, 1], grid=5, seed=work.seed)
    model.fit(_data(work), opt="LBFGS", steps=20, log=20)
    started = time.perf_counter()
    model.auto_symbolic(verbose=0)
    return (Run(time.perf_counter() - started, True, "15 edges"),)


def job(work: Work) -> tuple[Run]:
    """The script of its "hello, KAN!": train, prune, refine, symbolify with ten functions, read the formula."""
    import sympy

    header, *_ = Path("table.csv").read_text("utf-8").splitlines()
    table = np.loadtxt("table.csv", delimiter=",", skiprows=1)
    data = _tensors(table[:, :-1], table[:, -1:], *_test(work))
    model = _network(width=[table.shape[1] - 1, 5, 1], grid=3, seed=work.seed)
    model.fit(data, opt="LBFGS", steps=STEPS, lamb=0.001, log=STEPS)
    model = model.prune()
    model.fit(data, opt="LBFGS", steps=STEPS, log=STEPS)
    model = model.refine(10)
    model.fit(data, opt="LBFGS", steps=STEPS, log=STEPS)
    library = ["x", "x^2", "x^3", "x^4", "exp", "log", "sqrt", "tanh", "sin", "abs"]
    model.auto_symbolic(lib=library, verbose=0)
    model.fit(data, opt="LBFGS", steps=STEPS, log=STEPS)
    formula = model.symbolic_formula(var=header.split(",")[:-1])[0][0]
    relative = float(_rmse(model, data) / data["test_label"].std())
    return (Run(0.0, True, f"RMSE {relative:.1e}: {sympy.sstr(formula.evalf(4))}"),)


def _network(**options: Any) -> Any:
    """A network that writes no checkpoints; its history needs the folder all the same."""
    torch.set_default_dtype(torch.float64)
    Path("model").mkdir(exist_ok=True)
    return KAN(k=3, auto_save=False, **options)


@torch.no_grad()
def _rmse(model: Any, data: dict[str, Tensor]) -> Tensor:
    """On the test rows."""
    residual: Tensor = model(data["test_input"]) - data["test_label"]
    return residual.square().mean().sqrt()


def _data(work: Work) -> dict[str, Tensor]:
    x, y = work.problem.scaled(work.seed)
    return _tensors(x[:ROWS], y[:ROWS, None], x[ROWS:], y[ROWS:, None])


def _test(work: Work) -> tuple[Any, Any]:
    x, y = work.problem.table(work.seed)
    return x[ROWS:], y[ROWS:, None]


def _tensors(*parts: Any) -> dict[str, Tensor]:
    names = ("train_input", "train_label", "test_input", "test_label")
    return {name: torch.as_tensor(part) for name, part in zip(names, parts, strict=True)}
