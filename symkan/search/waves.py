"""Oscillations in one product of columns, a + b·cos(ω·Π x^q) + c·sin(ω·Π x^q), by a scan over ω and groups.

Splines need many intervals for an oscillation, and least squares finds ω only from nearby; a scan needs neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from symkan.search.atoms import KINDS_OF_PAIRS, LINEAR_PAIRS, Atom, exponents, monomials, pairs_of, product
from symkan.search.scan import Guess, residual_bits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from symkan.search.view import Screen

    Array = NDArray[np.float64]

TURNS = 30
"""Periods over the range of a group, at most, and at most one for every eight rows."""


def waves(screen: Screen) -> list[Guess]:
    """The best oscillation in each group, best first; none where the library has no sine or cosine."""
    import sympy

    if not screen.view.kinds.pairs:
        return []
    goal = screen.z * screen.weights
    total = float(np.sqrt(np.mean(goal**2)))
    # large against the wave, perhaps, so that it goes first
    mean = float(goal @ screen.weights / (screen.weights @ screen.weights))
    found: list[Guess] = []
    for atoms, group in _groups(screen.view.atoms):
        if screen.view.late:
            break
        u = monomials(atoms, group[None])[:, 0]
        if not np.isfinite(u).all() or np.ptp(u) == 0:
            continue
        error, omega, (a, b, c) = _scan(u, goal - mean * screen.weights, screen.weights)
        a += mean
        angle = sympy.Float(omega) * product(atoms, group)
        size, phase = float(np.hypot(b, c)), float(np.arctan2(b, c))
        law = sympy.Float(a) + sympy.Float(size) * sympy.sin(angle + sympy.Float(phase))
        bits = residual_bits(len(goal), error / total) + 8 * float(np.abs(group).sum())
        found.append(Guess(law, error / total, bits))
        plain = sympy.Float(a) + sympy.Float(b) * sympy.cos(angle) + sympy.Float(c) * sympy.sin(angle)
        found.append(Guess(plain, error / total, bits))
        found.append(Guess(sympy.Float(a) + sympy.Float(b) * sympy.cos(angle), error / total, bits))
    return sorted(found, key=lambda guess: guess.bits)[:12]


def _groups(atoms: list[Atom]) -> Iterator[tuple[list[Atom], Array]]:
    """Products and ratios of columns, and of one column with a sum or difference of two."""
    few = len(atoms) > 3
    powers = exponents(len(atoms), most=2 if few else 3, largest=1, total=3)
    for group in powers[powers.sum(axis=1) >= 0]:
        yield atoms, group
    for k, pair in enumerate(pairs_of(atoms)):
        both = [*atoms, pair]
        for i in range(len(both) if k % KINDS_OF_PAIRS < LINEAR_PAIRS else 0):
            group = np.zeros(len(both))
            group[-1] = group[i] = 1
            yield both, group


def _scan(u: Array, goal: Array, weights: Array) -> tuple[float, float, Array]:
    """RMS of what is left, ω and the coefficients of 1, cos and sin."""
    most = min(TURNS, len(u) // 8)
    step = 2 * np.pi / np.ptp(u) / 5
    coarse = _fit(u, step * np.arange(1, 5 * most), goal, weights)
    fine = _fit(u, coarse[1] + step * np.linspace(-0.5, 0.5, 25), goal, weights)
    return min(coarse, fine, key=lambda fit: fit[0])


def _fit(u: Array, omegas: Array, goal: Array, weights: Array) -> tuple[float, float, Array]:
    """The best of the frequencies."""
    angle = omegas[:, None] * u
    terms = (
        np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], axis=1) * weights
    )  # [frequencies, 3, rows]
    gram = terms @ terms.transpose(0, 2, 1)
    gram += 1e-9 * np.trace(gram, axis1=1, axis2=2)[:, None, None] * np.eye(3)
    right = terms @ goal
    c = np.linalg.solve(gram, right[..., None])[..., 0]
    k = int(np.argmax(np.einsum("fk,fk->f", c, right)))
    return float(np.sqrt(np.mean((c[k] @ terms[k] - goal) ** 2))), float(omegas[k]), c[k]
