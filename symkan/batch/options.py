"""Every option of a batch with its default."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BatchOptions:
    """How a folder of tables is worked through.

    Attributes
    ----------
    pattern
        Of the file names.
    workers
        Tables at the same time.
    grace
        Seconds beyond twice a table's time budget after which its process is killed.
    memory
        Most memory that the process of a table may take, GiB.
    attempts
        How often a table is tried whose process is killed from outside.
    stale
        Seconds without a sign of life after which the batch of another machine counts as dead.
    page
        Rows that the index shows at once.
    league
        Most laws in the league table.
    points
        Most points of a thumbnail.
    agree
        Constants of several tables are one when chance alone makes them differ as much with this probability.
    joint_rows
        Most rows of each table in a joint fit.
    """

    pattern: str = "*.csv"
    workers: int = 2
    grace: float = 180.0
    memory: float = 4.0
    attempts: int = 3
    stale: float = 120.0
    page: int = 100
    league: int = 200
    points: int = 60
    agree: float = 0.01
    joint_rows: int = 500

    @property
    def too_much_memory(self) -> str:
        """The reason of a table that needs more memory."""
        return f"it needs more than {self.memory:g} GiB of memory; give a larger --memory and --retry-failed"
