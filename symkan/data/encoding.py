"""The bytes of a text file to text, a piece at a time."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

from symkan.errors import TableError

# the mark of UTF-32 begins with that of UTF-16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FALLBACK = "cp1252"
"""Latin-1 with typographic signs in place of control characters; some bytes mean nothing, so noise fails."""

_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r")) + b"\x7f"

PIECE = 1 << 18
"""Characters at a time."""


def find_encoding(opened: Callable[[], BinaryIO], *, source: str) -> str:
    """The codec of a file of text.

    A byte order mark decides; without one it is UTF-8, or else Latin-1.

    Raises
    ------
    TableError
        When the bytes are no text.
    """
    with opened() as file:
        start = file.read(8)
    marked = [encoding for mark, encoding in _MARKS if start.startswith(mark)][:1]
    for encoding in marked or ("utf-8", _FALLBACK):
        try:
            if not any(map(_has_controls, pieces(opened(), encoding))):
                return encoding
        except UnicodeDecodeError:
            continue
    raise TableError(f"{source}: its bytes are no text{_kind(start)}; save the table as CSV in UTF-8")


def encoding_name(codec: str) -> str:
    """What people call it."""
    return "Latin-1" if codec == _FALLBACK else codec.removesuffix("-sig").upper()


def pieces(file: BinaryIO, codec: str) -> Iterator[str]:
    """The text of a file in pieces of whole lines, with line feeds as the only line ends; then it is closed."""
    with io.TextIOWrapper(file, codec) as text:
        while piece := text.read(PIECE):
            yield (piece + text.readline()).rstrip("\x1a")  # the end-of-file mark of DOS


def _has_controls(text: str) -> bool:
    encoded = text.encode()  # in UTF-8 these bytes stand for nothing else
    return len(encoded.translate(None, _CONTROL)) < len(encoded)


def _kind(data: bytes) -> str:
    kinds = {b"PK\x03\x04": "an Excel workbook or zip file", b"PAR1": "a Parquet file", b"%PDF": "a PDF file"}
    kinds |= {
        b"\xd0\xcf\x11\xe0": "an old Excel workbook",
        b"\x89HDF": "an HDF5 file",
        b"\x89PNG": "a picture",
    }
    return next((f" (it looks like {kind})" for start, kind in kinds.items() if data.startswith(start)), "")
