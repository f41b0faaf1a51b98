"""Formulas found by regressions alone, simplest families first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symkan.errors import ExpressionError
from symkan.search.atoms import SHAPES, allowed, heads
from symkan.search.polynomials import polynomials
from symkan.search.scan import Guess, scan
from symkan.search.separable import additive, multiplicative
from symkan.search.sums import quotients, sums
from symkan.search.transforms import TRANSFORMS, Transform
from symkan.search.view import ROWS, Screen, View
from symkan.search.waves import waves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_COLUMNS = 7
"""Beyond so many columns the dictionaries of sums hold too little."""

WIDE = 1000
"""Rows that splines see: with noise their curves are as good as there are rows."""


class Rung(NamedTuple):
    """A family, the transforms of the target that it is tried behind, and how many rows it sees."""

    name: str
    family: Callable[[Screen], list[Guess]] | None
    behind: tuple[str, ...]
    rows: int = ROWS


LADDER = (
    Rung("polynomial", polynomials, ("y", "y²")),
    Rung("additive", additive, ("y", "y²", "1/y", "log y", "√y"), WIDE),
    Rung("multiplicative", multiplicative, ("y",), WIDE),
    Rung("one term", None, ("y",)),  # it needs logarithms, and no transform
    Rung("wave", waves, ("y",)),
    Rung("roughly additive", partial(additive, rough=True), ("y", "y²", "1/y", "log y", "√y"), WIDE),
    Rung("roughly multiplicative", partial(multiplicative, rough=True), ("y",), WIDE),
    Rung("polynomial", polynomials, ("1/y", "log y", "√y")),
    Rung("sum", sums, ("y", "1/y", "y²", "log y", "√y")),
    Rung("quotient", quotients, ("y", "1/y", "y²")),
)
"""Simplest first."""

QUICK = 8
"""Families at the head of the ladder that take no time."""


@dataclass(frozen=True, eq=False)
class Family:
    """A family of formulas.

    Attributes
    ----------
    name
        Such as "sum for 1/y".
    harmed
        Whether errors of the target harm it: it then does better on a network's values for the target.
    guesses
        Its best formulas for values [all rows] to be explained.
    """

    name: str
    harmed: bool
    guesses: Callable[[Array], list[Guess]]


def families(view: View, *, quick: bool, transforms: Sequence[Transform] = TRANSFORMS) -> Iterator[Family]:
    """Families of formulas for the problem's target, simplest first: those that take no time, or the others."""
    if not quick and view.problem.x.shape[1] > MOST_COLUMNS:
        return
    wider = replace(view, most=WIDE)
    for name, family, behind, rows in LADDER[:QUICK] if quick else LADDER[QUICK:]:
        if family is None:
            yield Family(name, True, _one_term(view))
            continue
        for transform in (t for t in transforms if t.name in behind):
            yield Family(
                f"{name} for {transform.name}",
                transform.complexity > 0,
                _behind(transform, family, wider if rows == WIDE else view),
            )


def _one_term(view: View) -> Callable[[Array], list[Guess]]:
    shapes = allowed(SHAPES, view.library)
    return lambda t: scan(view.problem, t, view.rows, view.weights, shapes, deadline=view.deadline)


def _behind(
    transform: Transform, family: Callable[[Screen], list[Guess]], view: View
) -> Callable[[Array], list[Guess]]:
    """The family for the transformed target, undone."""

    def guesses(t: Array) -> list[Guess]:
        if not transform.allowed(t[view.rows]):
            return []
        screen = Screen.of(view, t, transform)
        if not np.isfinite([screen.z, screen.weights]).all():  # of a target such as zeros but for some rows
            return []
        found = family(screen)
        every = (undone for guess in found if (undone := _undone(guess, transform)) is not None)
        return [guess for guess in every if heads(guess.expression) <= view.heads]

    return guesses


def _undone(guess: Guess, transform: Transform) -> Guess | None:
    """The guess for the target itself; None where its numbers leave the range of floats."""
    try:
        return replace(guess, expression=transform.undo(guess.expression))
    except ExpressionError:
        return None
