"""Text from files made fit to show."""

from __future__ import annotations


def printable(text: str) -> str:
    """`text` on one line, with line breaks and other control characters written as escapes.

    Examples
    --------
    >>> print(printable("T\\t[K]"))
    T\\t[K]
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
