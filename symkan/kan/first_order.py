"""LBFGS and Adam through autograd: slower than Levenberg-Marquardt, but for any loss and for minibatches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from symkan.kan.rows import Rows, Stop, Training, Watch, ignore, rmse

if TYPE_CHECKING:
    from symkan.kan.network import Networks
    from symkan.options import TrainOptions

Loss = Callable[[Tensor, Tensor], Tensor]
Step = Callable[[], None]


def mean_square(outputs: Tensor, y: Tensor) -> Tensor:
    """Mean square error [R] of outputs [R, N, M] against y [N, M]."""
    return (outputs - y).square().mean((1, 2))


def adam(
    kan: Networks,
    rows: Rows,
    options: TrainOptions,
    *,
    loss: Loss = mean_square,
    deadline: float | None = None,
    watch: Watch | None = None,
) -> Training:
    """Adam in minibatches of `options.batch` rows (0: all); a step is one pass over the rows.

    `loss` maps outputs [R, N, M] and y [N, M] to [R].
    """
    kan = kan.clone()
    optimizer = torch.optim.Adam(_free_parameters(kan), lr=options.learning_rate)
    generator = torch.Generator().manual_seed(options.seed)

    def step() -> None:
        for batch in batches(len(rows.x), options.batch, generator):
            optimizer.zero_grad()
            _backward(kan, loss(kan(rows.x[batch]), rows.y[batch]))
            optimizer.step()

    return _descend(kan, rows, options, ("adam", step), deadline=deadline, watch=watch or ignore)


def lbfgs(
    kan: Networks,
    rows: Rows,
    options: TrainOptions,
    *,
    loss: Loss = mean_square,
    deadline: float | None = None,
    watch: Watch | None = None,
) -> Training:
    """LBFGS with a strong Wolfe search; restarts share the search, so prefer one at a time.

    `loss` maps outputs [R, N, M] and y [N, M] to [R].
    """
    kan = kan.clone()
    optimizer = torch.optim.LBFGS(
        _free_parameters(kan), max_iter=1, history_size=20, line_search_fn="strong_wolfe"
    )

    def closure() -> float:
        optimizer.zero_grad()
        return _backward(kan, loss(kan(rows.x), rows.y))

    def step() -> None:
        optimizer.step(closure)  # type: ignore[no-untyped-call]

    return _descend(kan, rows, options, ("lbfgs", step), deadline=deadline, watch=watch or ignore)


def _free_parameters(kan: Networks) -> list[torch.nn.Parameter]:
    return [p for layer in kan.stack for p in (layer.coefficients, layer.affine)]


def _backward(kan: Networks, losses: Tensor) -> float:
    """Gradients of the summed loss; a restart that is undefined does not move the others."""
    total = torch.where(torch.isfinite(losses), losses, 0.0).sum()
    if total.requires_grad:
        total.backward()  # type: ignore[no-untyped-call]
    for layer in kan.stack:
        for parameter in (layer.coefficients, layer.affine):
            if parameter.grad is not None:
                parameter.grad.nan_to_num_(0.0, 0.0, 0.0)
    return float(total.detach())


def batches(rows: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Numbers of rows in random order, `size` at a time (0: all)."""
    order = torch.randperm(rows, generator=generator)
    yield from torch.split(order, size or rows)


def _descend(
    kan: Networks,
    rows: Rows,
    options: TrainOptions,
    method: tuple[str, Step],
    *,
    deadline: float | None,
    watch: Watch,
) -> Training:
    """Steps in place until the validation loss has not fallen for `patience` of them."""
    name, step = method
    best, held_out = kan.clone(), rows.held_out
    train_best, validation_best = rmse(kan, rows.x, rows.y), rmse(kan, *held_out)
    curves = [(train_best, validation_best)]
    stale, stop = 0, Stop.STEPS
    watch(kan)
    for _ in range(options.steps):
        if deadline is not None and time.monotonic() > deadline:
            stop = Stop.DEADLINE
            break
        step()
        watch(kan)
        curves.append((rmse(kan, rows.x, rows.y), rmse(kan, *held_out)))
        train, validation = curves[-1]
        better = validation < validation_best
        stale = 0 if bool((validation < validation_best * (1 - options.tolerance)).any()) else stale + 1
        _keep(best, kan, better)
        train_best = torch.where(better, train, train_best)
        validation_best = torch.where(better, validation, validation_best)
        if stale >= options.patience:
            stop = Stop.VALIDATION
            break
    train_curve, validation_curve = (torch.stack(c).cpu().numpy() for c in zip(*curves, strict=True))
    return Training(
        best,
        train_best.cpu().numpy(),
        validation_best.cpu().numpy(),
        train_curve,
        validation_curve,
        (kan.stack[0].intervals,) * len(curves),
        name,
        (stop,) * kan.restarts,
    )


@torch.no_grad()
def _keep(best: Networks, kan: Networks, better: Tensor) -> None:
    for kept, layer in zip(best.stack, kan.stack, strict=True):
        kept.coefficients[better] = layer.coefficients[better]
        kept.affine[better] = layer.affine[better]
