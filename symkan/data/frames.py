"""Tables for people who work with pandas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def frame_of(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """A frame with these columns, of equal length, in this order."""
    import pandas as pd

    return pd.DataFrame(dict(columns))
