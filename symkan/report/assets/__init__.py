"""Templates, styles and scripts of the report."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def asset(name: str) -> str:
    """The text of a file beside this one."""
    return (files("symkan.report.assets") / name).read_text("utf-8")
