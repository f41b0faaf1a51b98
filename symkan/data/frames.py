"""Frames, as people who work with pandas give and want them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def frame_of(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """A frame with these columns, of equal length, in this order."""
    import pandas as pd

    return pd.DataFrame(dict(columns))


def names_of(values: Any) -> tuple[str, ...] | None:
    """The names of a frame's columns; None of an array, and of a frame whose columns are but numbered."""
    names = tuple(getattr(values, "columns", ()))
    return names if names and all(isinstance(name, str) for name in names) else None
