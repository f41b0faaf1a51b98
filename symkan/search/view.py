"""What regressions see of a problem: some rows of it, its atoms and terms, and its target behind a transform."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from symkan.search.atoms import Atom, columns_of, known_heads
from symkan.search.dictionary import Dictionary, Kinds, couples, dictionary, function_terms, kinds_of

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from symkan.search.problems import Problem
    from symkan.search.single_layer import Layer
    from symkan.search.transforms import Transform
    from symkan.symbolic.library import Library

    Array = NDArray[np.float64]

ROWS = 240
"""Rows that most regressions see."""

LARGEST = 4000
"""Terms of a dictionary, at most."""

UNDER_DIVISORS = 600
"""Terms that are tried with each divisor, at most."""


@dataclass(frozen=True, eq=False)
class View:
    """What is screened.

    Attributes
    ----------
    problem
        Columns and target.
    rows
        Rows that may be looked at.
    weights
        How errors of the problem's target count, [all rows].
    library
        Functions that a formula may hold.
    deadline
        `time.monotonic()` after which long families cut themselves short.
    most
        Rows that the regressions see, at most.
    """

    problem: Problem
    rows: NDArray[np.int64]
    weights: Array
    library: Library
    deadline: float = math.inf
    most: int = ROWS

    @property
    def late(self) -> bool:
        """Whether the deadline is over."""
        return time.monotonic() > self.deadline

    @cached_property
    def chosen(self) -> NDArray[np.int64]:
        """Rows spread over those that may be looked at."""
        return self.rows[np.linspace(0, len(self.rows) - 1, min(self.most, len(self.rows))).astype(np.int64)]

    @cached_property
    def layers(self) -> dict[tuple[bool, bytes], Layer | None]:
        """Layers that were fitted already: whether their node multiplies, and the target."""
        return {}

    @cached_property
    def atoms(self) -> list[Atom]:
        """The columns on the chosen rows."""
        return columns_of(self.problem, self.chosen)

    @cached_property
    def kinds(self) -> Kinds:
        """Functions that terms may hold."""
        return kinds_of(self.library)

    @cached_property
    def heads(self) -> frozenset[type[sympy.Expr]]:
        """Functions, such as sin, that a formula may hold."""
        return known_heads(self.library)

    @cached_property
    def _all(self) -> Dictionary:
        terms = dictionary(self.atoms, self.kinds)
        return terms.usable(LARGEST) if self.problem.dimensions is None else terms

    @cached_property
    def _plain(self) -> Dictionary:
        terms = dictionary(self.atoms, None)
        if self.kinds.pairs:
            trigonometric = function_terms(self.atoms, couples(len(self.atoms)), self.kinds.pairs)
            terms = Dictionary.joined([terms, trigonometric])
        return terms.usable(UNDER_DIVISORS) if self.problem.dimensions is None else terms

    def terms(self, dimension: Array | None) -> Dictionary:
        """Terms of sums, where units are known those of a dimension."""
        return self._all if dimension is None else self._all.of_dimension(dimension).usable(LARGEST)

    def plain(self, dimension: Array | None) -> Dictionary:
        """Terms over a divisor: monomials, sines and cosines."""
        if dimension is None:
            return self._plain
        return self._plain.of_dimension(dimension).usable(UNDER_DIVISORS)


@dataclass(frozen=True, eq=False)
class Screen:
    """The chosen rows of a view with a transformed target.

    Attributes
    ----------
    view
        Gives atoms and terms.
    z
        The transformed target, [chosen rows].
    weights
        How its errors count.
    transform
        Of the target.
    dimension
        That of z; None where units are not known.
    """

    view: View
    z: Array
    weights: Array
    transform: Transform
    dimension: Array | None = None

    @classmethod
    def of(cls, view: View, t: Array, transform: Transform) -> Screen:
        """The view with values t [all rows] in the place of the target, transformed."""
        y = t[view.chosen]
        step = 1e-6 * np.sqrt(np.mean(y**2))
        z = transform.forward(y)
        with np.errstate(all="ignore"):
            weights = view.weights[view.chosen] * step / np.abs(transform.forward(y + step) - z)
        weights = np.minimum(weights, 100 * np.median(weights))
        scales = view.problem.dimensions
        dimension = None if scales is None else transform.dimension(scales.t)
        return cls(view, z, weights / weights.max(), transform, dimension)
