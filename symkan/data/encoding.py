"""The bytes of a text file to text."""

from __future__ import annotations

import codecs
import re

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

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


def decode(data: bytes, *, source: str) -> tuple[str, str]:
    """Text with line feeds as the only line ends, and the encoding that was found.

    A byte order mark decides; without one it is UTF-8, or else Latin-1.

    Raises
    ------
    TableError
        When the bytes are no text.
    """
    marked = [encoding for mark, encoding in _MARKS if data.startswith(mark)][:1]
    for encoding in marked or ("utf-8", _FALLBACK):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        text = text.rstrip("\x1a")  # the end-of-file mark of DOS
        if not _CONTROL.search(text):
            text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
            return text, "Latin-1" if encoding == _FALLBACK else encoding.removesuffix("-sig").upper()
    raise TableError(f"{source}: its bytes are no text{_kind(data)}; save the table as CSV in UTF-8")


def _kind(data: bytes) -> str:
    kinds = {b"PK\x03\x04": "an Excel workbook or zip file", b"PAR1": "a Parquet file", b"%PDF": "a PDF file"}
    kinds |= {
        b"\xd0\xcf\x11\xe0": "an old Excel workbook",
        b"\x89HDF": "an HDF5 file",
        b"\x89PNG": "a picture",
    }
    return next((f" (it looks like {kind})" for start, kind in kinds.items() if data.startswith(start)), "")
