"""Files are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from symkan.errors import ResultError


def write_text(path: str | Path, text: str) -> None:
    """Write a file of UTF-8 as `write_bytes` does."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))  # a lone surrogate must not lose the result


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file at once, through a temporary name in the same folder (atomic by `os.replace`).

    A link stays one, and what is no file (a pipe, /dev/stdout) is written to as it is.

    Raises
    ------
    ResultError
        When the file cannot be written.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(Path(os.path.realpath(path)), content)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or error
        raise ResultError(f"{path} cannot be written: {reason}; choose another folder") from error


def _replace(path: Path, content: bytes) -> None:
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            "wb", dir=path.parent, prefix=f".{path.name[:40]}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(content)
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)  # temporary files are private; a result has the usual permissions
        os.replace(temporary, path)
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
