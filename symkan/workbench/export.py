"""A network taken out of torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symkan.kan.fitting import blueprint
from symkan.search.evaluation import pieces
from symkan.workbench.formulas import splines
from symkan.workbench.plain import NumpyKAN

if TYPE_CHECKING:
    from torch import Tensor

    from symkan.kan.network import Networks


def numpy_kan(networks: Networks, x_scale: Tensor, y_scale: Tensor) -> NumpyKAN:
    """The network as a function of arrays."""
    layers, _ = blueprint(networks)
    return NumpyKAN(
        tuple(map(tuple, layers)),
        {spline.name: pieces(spline) for spline in splines(networks)},
        x_scale.cpu().numpy().copy(),
        y_scale.cpu().numpy().copy(),
    )
