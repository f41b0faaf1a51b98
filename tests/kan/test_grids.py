"""Grid extension and update keep the function; finer stages lower the loss."""

import pytest
import torch

from symkan.errors import OptionError
from symkan.kan.grids import GRIDS, refine, train_stages, update
from symkan.kan.network import Networks


def test_grid_extension_lowers_the_loss_by_two_decades(bumps):
    rows = bumps()
    training = train_stages(Networks([2, 1, 1], restarts=4), rows)
    assert sorted(set(training.grid)) == list(GRIDS)
    by_grid = {g: training.validation_curve[[h == g for h in training.grid]].min() for g in GRIDS}
    assert by_grid[100] < 1e-2 * by_grid[5]
    assert list(by_grid.values()) == sorted(by_grid.values(), reverse=True)


@pytest.mark.parametrize("base", [False, True])
def test_nested_refinement_is_exact(base):
    kan = Networks([2, (1, 1), 1], intervals=4, restarts=2, base=base, seed=1)
    x = 2 * torch.rand(100, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) - 1
    fine = refine(kan, x, 12)
    assert [layer.intervals for layer in fine.stack] == [12, 12]
    torch.testing.assert_close(fine(x), kan(x), atol=1e-6, rtol=0)
    with pytest.raises(OptionError, match="3 is coarser than the grid of 4; give 4 or more"):
        refine(kan, x, 3)


def test_update_covers_the_samples():
    kan = Networks([1, 1], intervals=8, seed=1)
    x = torch.linspace(-0.5, 0.5, 200, dtype=torch.float64)[:, None]
    new = update(kan, x)
    torch.testing.assert_close(new.stack[0].knots[0, 0, [3, -4]], x[[0, -1], 0])
    torch.testing.assert_close(new(x), kan(x), atol=1e-2, rtol=0)
