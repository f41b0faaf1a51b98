"""What a technique is worth: the search without it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from symkan.errors import OptionError
from symkan.options import Options

_CONTEXT = {"top": 1, "steps": 0, "final_steps": 0, "revisions": 0, "clear": math.inf, "rise": math.inf}
"""The best match of each edge by itself, none judged in the network or revised."""

TECHNIQUES: dict[str, tuple[str, dict[str, Any]]] = {
    "networks": ("search", {"networks": False}),
    "transforms": ("search", {"transforms": False}),
    "reduction": ("search", {"reduction": False}),
    "context": ("symbolify", _CONTEXT),
    "screening": ("search", {"screening": False}),
    "selection": ("search", {"description": 0.0}),  # the smallest error wins
}
"""What a search can go without: the part of the options and what changes in it. Units are a setting of their own."""


def check(technique: str) -> None:
    """Raise OptionError when there is no such technique; "" stands for none."""
    if technique and technique not in TECHNIQUES:
        raise OptionError(f"--without: no technique {technique!r}; there are {', '.join(TECHNIQUES)}")


def without(technique: str, options: Options) -> Options:
    """The options with a technique switched off; "" for none.

    Raises
    ------
    OptionError
        When there is no such technique.

    Examples
    --------
    >>> without("networks", Options()).search.networks
    False
    """
    check(technique)
    if not technique:
        return options
    part, changes = TECHNIQUES[technique]
    return replace(options, **{part: replace(getattr(options, part), **changes)})
