"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from symkan.errors import ResultError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path`, put in its place when all is written.

    Raises
    ------
    ResultError
        When it cannot be written.
    """
    temporary = path.with_name(f".{path.name}")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise ResultError(f"{path} cannot be written: {error.strerror}; give another --out") from error
    finally:
        temporary.unlink(missing_ok=True)
