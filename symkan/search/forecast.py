"""What a search will take, before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from symkan.search.proposals import in_order, propose
from symkan.search.transforms import possible
from symkan.symbolic.streaming import CHUNK

if TYPE_CHECKING:
    from symkan.data.dataset import Dataset
    from symkan.kan.cost import Machine
    from symkan.options import Options

LIBRARIES = 450_000_000
"""Bytes that Python holds with torch, sympy, scipy and pandas."""
COPIES = 1.8
"""Bytes at the peak for each byte of the table: itself, the order of its rows, a column at work."""
PER_ROW = 100
"""Numbers held for each row of a chunk while formulas are fitted to it."""
PASSES = 5000
"""How often a number is read and written for each row when a formula is fitted to all of them."""
FITS = 4
"""Formulas of the Pareto front for which there is to be time at the end."""
STEPS = 0.28
"""Share of the steps allowed that a training takes until nothing falls any more."""


@dataclass(frozen=True)
class Forecast:
    """Time and memory.

    Attributes
    ----------
    networks
        How many there are to train, if no formula settles the search before.
    training
        Seconds for all of these.
    last_fit
        Seconds for fitting the best formulas to all rows, where the search works with some.
    time_budget
        Seconds for everything.
    bytes
        Of the process at its peak.
    """

    networks: int
    training: float
    last_fit: float
    time_budget: float
    bytes: int

    @property
    def text(self) -> str:
        """In one line.

        Examples
        --------
        >>> Forecast(84, 21.3, 0.0, 60.0, 512_000_000).text
        'up to 84 networks, 21 s for all; 60 s at most, 0.5 GB of memory'
        """
        if not self.networks:
            return f"{self.time_budget:g} s at most, {self.bytes / 1e9:.1f} GB of memory"
        last = f", {_seconds(self.last_fit)} for a fit to all rows" if self.last_fit else ""
        trained = f"up to {self.networks} networks, {_seconds(self.training)} for all"
        return f"{trained}{last}; {self.time_budget:g} s at most, {self.bytes / 1e9:.1f} GB of memory"


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 1 else "under 1 s"


def forecast(table: Dataset, options: Options) -> Forecast:
    """Time and memory that `discover` will take for a table, by the speed of this machine."""
    from symkan.kan.cost import training_cost
    from symkan.kan.network import Networks
    from symkan.symbolic.library import Library

    search = options.search
    rows, columns = table.x.shape
    sample = min(rows, search.rows)
    inputs = min(columns, search.most_columns)
    transforms = possible(search, Library.chosen(options.library), table.y)
    pairs = in_order(propose(inputs, sample), transforms) if search.networks else []
    each = {
        proposal: training_cost(
            Networks(proposal.widths, intervals=proposal.intervals, restarts=proposal.restarts),
            sample,
            options.train,
            machine=_machine(),
        )
        for proposal in {proposal for proposal, _ in pairs}
    }
    costs = [each[proposal] for proposal, _ in pairs]
    held = COPIES * 8 * rows * (columns + 1) + 8 * PER_ROW * min(rows, CHUNK)
    return Forecast(
        networks=len(pairs),
        training=STEPS * sum(cost.seconds for cost in costs),
        last_fit=_last_fit(rows) if rows > search.most_rows else 0.0,
        time_budget=options.time_budget,
        bytes=round(LIBRARIES + held) + max((cost.bytes for cost in costs), default=0),
    )


def last_fits(rows: int, options: Options) -> float:
    """Seconds to keep at the end of a search for fitting the best formulas to all of so many rows."""
    return min(FITS * _last_fit(rows), options.time_budget / 2)


def _last_fit(rows: int) -> float:
    return PASSES * _machine().number * rows


@cache
def _machine() -> Machine:
    """This machine with one thread, as the search uses it; measured once in a process."""
    from symkan.kan.cost import Machine
    from symkan.kan.fitting import one_thread

    with one_thread():
        return Machine.measure()
