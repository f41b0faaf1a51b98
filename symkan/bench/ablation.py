"""What a technique is worth: the search without it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from symkan.errors import OptionError
from symkan.options import Options


def _networks(options: Options) -> Options:
    return replace(options, search=replace(options.search, networks=False))


def _transforms(options: Options) -> Options:
    return replace(options, search=replace(options.search, transforms=False))


def _reduction(options: Options) -> Options:
    return replace(options, search=replace(options.search, reduction=False))


def _context(options: Options) -> Options:
    """The best match of each edge by itself, none judged in the network or revised."""
    alone = replace(
        options.symbolify, top=1, steps=0, final_steps=0, revisions=0, clear=math.inf, rise=math.inf
    )
    return replace(options, symbolify=alone)


def _screening(options: Options) -> Options:
    return replace(options, search=replace(options.search, screening=False))


def _selection(options: Options) -> Options:
    """The smallest error wins."""
    return replace(options, search=replace(options.search, description=0.0))


TECHNIQUES: dict[str, Callable[[Options], Options]] = {
    "networks": _networks,
    "transforms": _transforms,
    "reduction": _reduction,
    "context": _context,
    "screening": _screening,
    "selection": _selection,
}
"""What a search can go without. Units are a setting of their own."""


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
    return TECHNIQUES[technique](options) if technique else options
