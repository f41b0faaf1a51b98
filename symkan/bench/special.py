"""Special functions of two variables, approximated by small networks: Table 1 of the KAN paper.

Liu et al. 2024 (arXiv 2404.19756) give the shape and the test RMSE of their best network for each function, but
no ranges. The boxes here are ours.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from symkan.bench.child import as_they_come
from symkan.errors import OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Range = tuple[float, float]
Box = tuple[Range, Range]
Shape = tuple[int, ...]

ROWS = 3000
"""Rows for training, and as many others for the test."""

VALIDATION = 450
"""Of the rows for training, by which restart and grid are chosen."""

_QUARTER, _HALF, _TURN = math.pi / 2, math.pi, 2 * math.pi


@dataclass(frozen=True)
class SpecialFunction:
    """A row of the paper's table.

    Attributes
    ----------
    name
        That of scipy, with the integers m (and n) that are fixed.
    values
        The function [n] of its two arguments [n].
    box
        Ranges of the arguments, in scipy's order; for the spherical harmonics polar angle and azimuth.
    shape, paper_shape
        Widths of the network here, and of the paper's best.
    paper_rmse, paper_mlp
        The paper's test RMSE, of that network and of its best multilayer perceptron.
    """

    name: str
    values: Callable[[Array, Array], Array]
    box: Box
    shape: Shape
    paper_shape: Shape
    paper_rmse: float
    paper_mlp: float

    def sample(self, rows: int, seed: int) -> tuple[Array, Array]:
        """Rows of the box, uniform: arguments scaled to [-1, 1], shape [rows, 2], and values [rows]."""
        low, high = np.array(self.box).T
        x = np.random.default_rng(seed).uniform(-1, 1, (rows, 2))
        return x, self.values(*(low + (x + 1) / 2 * (high - low)).T)


@dataclass(frozen=True)
class Approximation:
    """What a network came to, and what the paper has.

    Attributes
    ----------
    function, box, shape, paper_shape, paper_rmse, paper_mlp
        As in `SpecialFunction`.
    intervals
        Of the network's grids.
    train_rmse, validation_rmse
        When the network was chosen, before the validation rows took part in training.
    test_rmse
        On rows that had no part in anything.
    rms
        Root mean square of the function on these.
    seconds
        Of all training.
    seed, version
        Of the rows and of the networks; of symkan.
    """

    function: str
    box: Box
    shape: Shape
    intervals: int
    train_rmse: float
    validation_rmse: float
    test_rmse: float
    rms: float
    seconds: float
    paper_shape: Shape
    paper_rmse: float
    paper_mlp: float
    seed: int
    version: str

    @property
    def ratio(self) -> float:
        """The test RMSE as a multiple of the paper's."""
        return self.test_rmse / self.paper_rmse

    @property
    def won(self) -> bool:
        """Whether the test RMSE is lower than both of the paper's."""
        return self.test_rmse < min(self.paper_rmse, self.paper_mlp)


def approximate(function: SpecialFunction, *, seed: int = 0) -> Approximation:
    """Fit a network of the function's shape to 3,000 rows, and test it on as many others.

    Examples
    --------
    >>> approximate(choose(("sph_harm-0-1",))[0]).won
    True
    """
    import symkan
    from symkan.kan.fitting import one_thread, predict
    from symkan.kan.surfaces import fit_surface
    from symkan.search.evaluation import rms

    x, y = function.sample(ROWS, 2 * seed)
    size = float(np.abs(y).max())
    held, rest = slice(None, VALIDATION), slice(VALIDATION, None)
    started = time.monotonic()
    with one_thread():
        found = fit_surface(
            function.shape, (x[rest], y[rest] / size), validation=(x[held], y[held] / size), seed=seed
        )
        seconds = time.monotonic() - started
        x, y = function.sample(ROWS, 2 * seed + 1)
        error = size * predict(found.kan, x)[0] - y
    return Approximation(
        function.name,
        function.box,
        function.shape,
        found.intervals,
        size * found.train_rmse,
        size * found.validation_rmse,
        rms(error),
        rms(y),
        round(seconds, 1),
        function.paper_shape,
        function.paper_rmse,
        function.paper_mlp,
        seed,
        symkan.__version__,
    )


def approximations(
    functions: Sequence[SpecialFunction], *, seed: int, workers: int
) -> Iterator[Approximation]:
    """Those of the functions, each as soon as it is there, several at a time in processes of their own."""
    # by name, since the functions themselves cannot go to another process
    return as_they_come(partial(_named, seed=seed), [f.name for f in functions], workers=workers)


def _named(name: str, *, seed: int) -> Approximation:
    return approximate(*choose((name,)), seed=seed)


def choose(names: Sequence[str]) -> tuple[SpecialFunction, ...]:
    """The functions of these names, in the order of the table; all when none is given.

    Raises
    ------
    OptionError
        When there is none of such a name.
    """
    known = [function.name for function in FUNCTIONS]
    if unknown := [name for name in names if name not in known]:
        raise OptionError(
            f"--only: there is no special function '{unknown[0]}'; choose from: {', '.join(known)}"
        )
    return tuple(function for function in FUNCTIONS if not names or function.name in names)


def _scipy(name: str, *fixed: int) -> Callable[[Array, Array], Array]:
    """The function of scipy.special, some arguments before the two being fixed."""

    def values(a: Array, b: Array) -> Array:
        from scipy import special

        found: Array = getattr(special, name)(*fixed, a, b)
        return found

    return values


def _sn(u: Array, m: Array) -> Array:
    """Jacobi's elliptic sine."""
    from scipy.special import ellipj

    sn: Array = ellipj(u, m)[0]
    return sn


def _harmonic(m: int, n: int) -> Callable[[Array, Array], Array]:
    """The real part; scipy's own function has another name and order of arguments since 1.15."""
    norm = math.sqrt((2 * n + 1) / (4 * math.pi) * math.factorial(n - m) / math.factorial(n + m))
    legendre = _scipy("lpmv", m)
    return lambda polar, azimuth: norm * legendre(np.full_like(polar, n), np.cos(polar)) * np.cos(m * azimuth)


_ELLIPTIC: Box = ((0, 1.5), (0, 1))
_BESSEL: Box = ((0, 2), (1, 5))
_LEGENDRE: Box = ((0, 2), (-0.9, 0.9))
_SPHERE: Box = ((0, _HALF), (0, _TURN))

FUNCTIONS: tuple[SpecialFunction, ...] = tuple(
    SpecialFunction(*row)
    for row in (
        ("ellipj", _sn, ((0, 4), (0, 1)), (2, 3, 2, 1), (2, 3, 2, 1, 1), 1.33e-4, 6.48e-4),
        ("ellipkinc", _scipy("ellipkinc"), _ELLIPTIC, (2, 2, 1, 1, 1), (2, 2, 1, 1, 1), 1.24e-4, 5.52e-4),
        ("ellipeinc", _scipy("ellipeinc"), ((0, _QUARTER), (0, 1)), (2, 2, 1, 1), (2, 2, 1, 1), 8.26e-5, 3.04e-4),
        ("jv", _scipy("jv"), ((0, 5), (1, 10)), (2, 3, 1), (2, 3, 1, 1, 1), 1.64e-3, 5.52e-3),
        ("yv", _scipy("yv"), _BESSEL, (2, 2, 2, 1), (2, 2, 2, 1), 1.49e-5, 3.45e-4),
        ("kv", _scipy("kv"), _BESSEL, (2, 2, 1), (2, 2, 1), 2.52e-5, 1.67e-4),
        ("iv", _scipy("iv"), ((0, 5), (0, 5)), (2, 3, 1), (2, 4, 3, 2, 1, 1), 9.28e-3, 1.07e-2),
        ("lpmv-0", _scipy("lpmv", 0), _LEGENDRE, (2, 2, 1), (2, 2, 1), 5.25e-5, 1.74e-2),
        ("lpmv-1", _scipy("lpmv", 1), _LEGENDRE, (2, 4, 1), (2, 4, 1), 6.90e-4, 1.50e-3),
        ("lpmv-2", _scipy("lpmv", 2), _LEGENDRE, (2, 3, 2, 1), (2, 3, 2, 1), 2.26e-4, 9.43e-4),
        ("sph_harm-0-1", _harmonic(0, 1), _SPHERE, (2, 1, 1), (2, 1, 1), 2.21e-7, 1.25e-6),
        ("sph_harm-1-1", _harmonic(1, 1), _SPHERE, (2, 2, 1), (2, 3, 2, 1), 1.22e-4, 6.70e-4),
        ("sph_harm-0-2", _harmonic(0, 2), _SPHERE, (2, 1, 1), (2, 1, 1), 1.95e-7, 2.85e-6),
        ("sph_harm-1-2", _harmonic(1, 2), _SPHERE, (2, 2, 1), (2, 2, 1, 1), 1.50e-5, 1.84e-3),
        ("sph_harm-2-2", _harmonic(2, 2), _SPHERE, (2, 2, 1), (2, 2, 3, 2, 1), 9.45e-5, 6.21e-4),
    )
)  # fmt: skip
"""The paper's Table 1."""
