"""The rows that a network by hand was fitted to: arrays and frames of the user, checked, and scaled for training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from symkan.data.frames import names_of
from symkan.data.headers import listed
from symkan.errors import ColumnError, RowsError, TableError
from symkan.kan.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Names = tuple[str, ...] | None


@dataclass(frozen=True, eq=False)
class Data:
    """Rows in their own units.

    Attributes
    ----------
    x, y
        For training, [N, inputs] and [N, outputs].
    x_validation, y_validation
        For validation; empty where the training rows serve for both.
    """

    x: Array
    y: Array
    x_validation: Array
    y_validation: Array

    def scaled(self, x_scale: torch.Tensor, y_scale: torch.Tensor) -> Rows:
        """The rows as the network takes them, on the device of the scales."""
        x, x_validation = (tensor(x, x_scale) / x_scale for x in (self.x, self.x_validation))
        y, y_validation = (tensor(y, y_scale) / y_scale for y in (self.y, self.y_validation))
        return Rows(x, y, x_validation, y_validation)


def read_data(
    shape: tuple[int, int], X: Any, y: Any, validation: tuple[Any, Any] | None, *, names: Names = None
) -> Data:
    """Rows of a user for a network of so many (inputs, outputs), and of inputs with these names.

    Raises
    ------
    TableError
        When shapes, names or numbers do not fit.
    """
    x, t = _pair(shape, X, y, "", names=names)
    if validation is None:
        return Data(x, t, x[:0], t[:0])
    return Data(x, t, *_pair(shape, *validation, "validation ", names=names))


def _pair(shape: tuple[int, int], X: Any, y: Any, part: str, *, names: Names) -> tuple[Array, Array]:
    x, t = matrix(X, shape[0], f"{part}X", names=names), targets(y, shape[1], f"{part}y")
    if len(x) != len(t) or not len(x):
        raise RowsError(
            f"{part}X has {len(x)} rows and {part}y has {len(t)}; give as many of both, one at least"
        )
    return x, t


def matrix(X: Any, columns: int, what: str = "X", *, names: Names = None) -> Array:
    """Finite numbers [N, columns] of an array, a tensor or a frame, as a copy.

    Columns of a frame are found by name where both it and the network have names; others count by position.
    """
    values = _numbers(_arranged(X, names, what), what)
    if values.ndim != 2:
        raise TableError(
            f"{what} has {values.ndim} axes; give rows and columns, such as X.reshape(-1, {columns})"
        )
    if values.shape[1] != columns:
        raise ColumnError(
            f"{what} has {values.shape[1]} columns and the network {columns} inputs; give one for each"
        )
    return _finite(values, what)


def _arranged(X: Any, names: Names, what: str) -> Any:
    """The columns of a frame that a network's inputs are, in their order; all else as it is."""
    own = names_of(X)
    if names is None or own is None or own == names:
        return X
    if missing := [name for name in names if own.count(name) != 1]:
        raise ColumnError(
            f"{what} has no column, or several, for the inputs {listed(missing)} of the network; "
            f"its columns are {listed(own)}; name them {listed(names)}, or give an array"
        )
    return np.asarray(X)[:, [own.index(name) for name in names]]


def targets(y: Any, outputs: int, what: str = "y") -> Array:
    """Finite numbers [N, outputs], also of a vector [N] where there is one output."""
    values = _numbers(y, what)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or values.shape[1] != outputs:
        raise ColumnError(
            f"{what} has shape {values.shape} and the network {outputs} outputs; give [rows, {outputs}]"
        )
    return _finite(values, what)


def _numbers(values: Any, what: str) -> Array:
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu()
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TableError(
            f"{what} cannot become numbers ({error}); give an array or a frame of numbers"
        ) from error


def _finite(values: Array, what: str) -> Array:
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, column = bad[0].tolist()
        raise RowsError(
            f"{what} holds {values[row, column]} in row {row}, column {column}, and {len(bad)} such numbers in all; "
            "leave these rows out"
        )
    return values


def tensor(values: Array, like: torch.Tensor) -> torch.Tensor:
    """Numbers as a tensor of the kind and on the device of another."""
    return torch.as_tensor(np.ascontiguousarray(values), dtype=like.dtype, device=like.device)
