"""The chain of custody of a law: that each form in which it is kept and shown is the law that was fitted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """One form of the law beside the stored one, or one step from the network to it.

    Attributes
    ----------
    name
        Such as "LaTeX, all digits" or "pruned → symbolised".
    difference
        Of the values: the largest, relative to the largest value. Of a step: the relative rise of the validation loss.
    rows, points
        Rows of the table and random points of its box that were compared; 0 for a step.
    ok
        Whether the values are the same but for rounding; always true of a step.
    text
        What was done, and what came of it.
    """

    name: str
    difference: float
    rows: int
    points: int
    ok: bool
    text: str


@dataclass(frozen=True)
class Custody:
    """All links, the steps from the network first."""

    links: tuple[Link, ...]

    @property
    def ok(self) -> bool:
        """Whether no link is broken."""
        return all(link.ok for link in self.links)

    @property
    def broken(self) -> tuple[Link, ...]:
        """The links that are."""
        return tuple(link for link in self.links if not link.ok)
