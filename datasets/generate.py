"""Tables whose law is known since they are made here: `python datasets/generate.py` writes them anew.

One function makes one table; seed, constants and noise stand inside it. Laws are computed from the values
that are written, so a table without noise obeys its law to the last digit that it shows. The files come out
the same bit for bit; only in article.csv may another processor's sin and exp change a last digit.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Column = NDArray[np.float64]
    Table = dict[str, Column]  # header and values, in the file's order


def article() -> Table:
    """The example of the KAN paper (Liu et al. 2024, arXiv 2404.19756): no noise, all digits."""
    x1, x2 = np.random.default_rng(2404).uniform(-1, 1, (2, 1000))
    return {"x1": x1, "x2": x2, "f": np.exp(np.sin(np.pi * x1) + x2**2)}


def pendulum() -> Table:
    """Ten swings of small amplitude, timed by hand to about 0.1 s; the bob's mass does not matter."""
    rng = np.random.default_rng(1602)
    length = np.round(rng.uniform(0.1, 1.5, 60), 3)
    mass = rng.choice([50.0, 100.0, 200.0], 60)
    ten_swings = 10 * 2 * np.pi * np.sqrt(length / 9.81) + rng.normal(0, 0.1, 60)
    return {"length [m]": length, "mass [g]": mass, "period [s]": np.round(ten_swings / 10, 3)}


def free_fall() -> Table:
    """A ball falls from rest past a ruler with an error of about 2 mm."""
    time = np.round(np.linspace(0.02, 0.6, 30), 3)
    error = np.random.default_rng(1638).normal(0, 0.002, 30)
    return {"time [s]": time, "distance [m]": np.round(9.81 * time**2 / 2 + error, 4)}


def ideal_gas() -> Table:
    """Pressure of an ideal gas to five digits; no noise."""
    rng = np.random.default_rng(1834)
    amount = np.round(rng.uniform(0.5, 5, 200), 2)
    temperature = np.round(rng.uniform(250, 500, 200), 1)
    volume = np.round(rng.uniform(5, 50, 200), 1)
    pressure = amount * 8.314462618 * temperature / volume
    return {
        "amount [mol]": amount,
        "temperature [K]": temperature,
        "volume [L]": volume,
        "pressure [kPa]": _significant(pressure, digits=5),
    }


def velocity_addition() -> Table:
    """Speeds along one line, as fractions of the speed of light; no noise, all digits."""
    u, v = np.round(np.random.default_rng(1905).uniform(-0.95, 0.95, (2, 200)), 3)
    return {"u/c": u, "v/c": v, "w/c": (u + v) / (1 + u * v)}


def damped_oscillation() -> Table:
    """A mass on a spring in oil, its place read with an error of about 0.2 mm."""
    time = np.round(np.linspace(0, 10, 201), 2)
    error = np.random.default_rng(1678).normal(0, 0.02, 201)
    place = 5 * np.exp(-0.3 * time) * np.cos(4 * time) + error
    return {"time [s]": time, "displacement [cm]": np.round(place, 2)}


def arrhenius() -> Table:
    """Rate of a reaction with an activation energy of 75 kJ/mol, known to about 2 %."""
    temperature = np.round(np.linspace(290, 370, 41), 1)
    factor = np.exp(np.random.default_rng(1889).normal(0, 0.02, 41))
    rate = 5e10 * np.exp(-75_000 / (8.314462618 * temperature)) * factor
    return {"temperature [K]": temperature, "rate [1/s]": _significant(rate, digits=4)}


def radioactive_decay() -> Table:
    """Counts of a Geiger tube in each 10 s: a half-life of 153 s over a background of 6 counts."""
    time = np.arange(0.0, 1200.0, 10.0)
    expected = 900 * 2 ** (-time / 153) + 6
    return {"time [s]": time, "counts": np.random.default_rng(1900).poisson(expected).astype(np.float64)}


TABLES: dict[str, Callable[[], Table]] = {
    f"{make.__name__}.csv": make
    for make in (
        article,
        pendulum,
        free_fall,
        ideal_gas,
        velocity_addition,
        damped_oscillation,
        arrhenius,
        radioactive_decay,
    )
}


def csv_text(table: Table) -> str:
    """The table as CSV; a number is written with the fewest digits that give it back."""
    rows = zip(*(column.tolist() for column in table.values()), strict=True)
    lines = [",".join(table), *(",".join(repr(value).removesuffix(".0") for value in row) for row in rows)]
    return "\n".join(lines) + "\n"


def write(folder: Path) -> None:
    """Write every table into `folder`, over what is there."""
    for name, make in TABLES.items():
        (folder / name).write_text(csv_text(make()), encoding="utf-8", newline="\n")


def _significant(values: Column, digits: int) -> Column:
    return np.array([float(f"{value:.{digits}g}") for value in values])


if __name__ == "__main__":
    write(Path(__file__).parent)
