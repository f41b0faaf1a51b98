"""Networks for smooth surfaces without noise: many restarts on a coarse grid, the best of them on finer ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from symkan.kan import splines
from symkan.kan.fitting import make_rows, network
from symkan.kan.grids import move_splines, refine, update
from symkan.kan.network import Networks
from symkan.kan.training import Rows, Training, levenberg_marquardt, train
from symkan.options import TrainOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Sample = tuple[NDArray[np.float64], NDArray[np.float64]]

SCHEDULE = ((4, 32), (8, 12), (12, 8), (18, 6), (27, 4), (40, 3), (60, 3))
"""Grid intervals of each stage, and how many restarts take part: those that were best in the stage before."""

_STAGE = TrainOptions(steps=100, tolerance=1e-3)
_QUANTILE = (
    0.5  # of the grids; hidden nodes have few values near their ends, where uniform grids would lie bare
)
_LAST_STEPS = 20  # with the validation rows among those for training
_MARGIN = 0.05  # of a grid's length; new rows reach beyond the values that a hidden node has had


@dataclass(frozen=True, eq=False)
class Surface:
    """A fitted network and how it was chosen.

    Attributes
    ----------
    kan
        One network, at last fitted to all rows.
    intervals
        Of its grids.
    train_rmse, validation_rmse
        When it was chosen, before the validation rows took part, in the units of the targets.
    """

    kan: Networks
    intervals: int
    train_rmse: float
    validation_rmse: float


def fit_surface(
    widths: Sequence[int | tuple[int, int]],
    train_rows: Sample,
    *,
    validation: Sample,
    schedule: Sequence[tuple[int, int]] = SCHEDULE,
    seed: int = 0,
) -> Surface:
    """Fit a network to noise-free rows; the validation rows choose the restart and the grid.

    Parameters
    ----------
    widths
        Of the network, inputs first; one output.
    train_rows, validation
        x [N, inputs], scaled to [-1, 1], and targets [N], scaled to a size of one.
    schedule
        Grid intervals and restarts of each stage.
    seed
        Of the first coefficients.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).uniform(-1, 1, (120, 2))
    >>> y = np.cos(x.sum(1))
    >>> found = fit_surface((2, 1, 1), (x[:90], y[:90]), validation=(x[90:], y[90:]), schedule=((4, 4), (8, 1)))
    >>> found.intervals, found.validation_rmse < 1e-3
    (8, True)
    """
    rows = make_rows(train_rows, validation)
    best: Training | None = None
    latest: Training | None = None
    for intervals, restarts in schedule:
        latest = train(_start(widths, rows, (intervals, restarts, seed), latest), rows, options=_STAGE)
        if best is None or latest.validation_rmse.min() < best.validation_rmse.min():
            best = latest
    assert best is not None
    kan = best.kan.select([best.best])
    everything = _all(rows)
    kan, _, _ = levenberg_marquardt(update(kan, everything.x, quantile=_QUANTILE), everything, _LAST_STEPS)
    return Surface(
        lengthen(kan, _MARGIN),
        kan.stack[0].intervals,
        float(best.train_rmse[best.best]),
        float(best.validation_rmse[best.best]),
    )


def _start(
    widths: Sequence[int | tuple[int, int]], rows: Rows, stage: tuple[int, int, int], before: Training | None
) -> Networks:
    """The networks of a stage (intervals, restarts, seed): new ones, or the best of the stage before."""
    intervals, restarts, seed = stage
    if before is None:
        return network(widths, rows, intervals=intervals, restarts=restarts, seed=seed)
    chosen = torch.as_tensor(before.validation_rmse).argsort()[:restarts]
    return refine(update(before.kan.select(chosen), rows.x, quantile=_QUANTILE), rows.x, intervals)


def _all(rows: Rows) -> Rows:
    """Training and validation rows as training rows."""
    x, y = torch.cat([rows.x, rows.x_validation]), torch.cat([rows.y, rows.y_validation])
    return Rows(x, y, x[:0], y[:0])


@torch.no_grad()
def lengthen(kan: Networks, share: float) -> Networks:
    """A copy whose grids reach further, at each end by this share of their length.

    Within the old grids nothing changes. Just beyond, splines go on as the polynomials that they are in their
    outermost intervals, not as straight lines.
    """
    new = kan.clone()
    for layer in new.stack:
        order = layer.order
        grid = layer.knots[..., order:-order]
        margin = share * (grid[..., -1:] - grid[..., :1])
        longer = torch.cat([grid[..., :1] - margin, grid[..., 1:-1], grid[..., -1:] + margin], -1)
        place = torch.linspace(0, 1, 2 * order + 2, dtype=grid.dtype, device=grid.device)
        points = torch.lerp(grid[..., :-1, None], grid[..., 1:, None], place).flatten(-2).transpose(1, 2)
        move_splines(layer, points, splines.extend_grid(longer, order))
    return new
