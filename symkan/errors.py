"""The exceptions of symkan, and how they descend from one another.

::

    SymkanError
    ├── TableError            a file cannot become a Dataset
    │   ├── ColumnError       a column is missing, doubled, or unusable
    │   └── RowsError         too few usable rows
    ├── OptionError           an option has a value that cannot be meant
    ├── ExpressionError       a text is not an expression that the safe grammar knows
    ├── NetworkError          a network by hand cannot do what it is asked: an edge that isn't there, no rows yet
    └── ResultError           a saved result or network cannot be read

Bad input is an exception and its message says what, where (file, column, option), and what to do.
A poor fit is no exception: it is the `Outcome` of a `Discovery`. A bug is an `AssertionError`.
"""


class SymkanError(Exception):
    """Base class of everything that symkan raises on purpose."""


class TableError(SymkanError, ValueError):
    """A file cannot become a Dataset."""


class ColumnError(TableError):
    """A column is missing, doubled, or unusable."""


class RowsError(TableError):
    """Too few usable rows."""


class OptionError(SymkanError, ValueError):
    """An option has a value that cannot be meant."""


class ExpressionError(SymkanError, ValueError):
    """A text is not an expression that the safe grammar knows."""


class NetworkError(SymkanError, ValueError):
    """A network by hand cannot do what it is asked: an edge that isn't there, no rows yet."""


class ResultError(SymkanError, ValueError):
    """A saved result or network cannot be read."""
