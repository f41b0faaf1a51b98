import io
from functools import partial

import pytest

from symkan.data import encoding as module
from symkan.data.encoding import encoding_name, find_encoding, pieces
from symkan.errors import TableError


def decode(data, source):
    codec = find_encoding(partial(io.BytesIO, data), source=source)
    return "".join(pieces(io.BytesIO(data), codec)), encoding_name(codec)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("latin-1", "Latin-1"),
        ("cp1252", "Latin-1"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("piece", [1, 2, 3, 1000])
def test_encodings_and_line_ends(monkeypatch, encoding, name, end, piece):
    monkeypatch.setattr(module, "PIECE", piece)
    text = "Größe [µm],T\n1,2\n"
    assert decode(text.replace("\n", end).encode(encoding), source="f") == (text, name)


def test_utf_16_of_the_other_byte_order():
    assert decode(b"\xfe\xff" + "aλ".encode("utf-16-be"), source="f") == ("aλ", "UTF-16")


def test_the_end_of_file_mark_of_dos_is_no_text():
    assert decode(b"a\n1\n\x1a", source="f")[0] == "a\n1\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (bytes(range(256)), r"^f: its bytes are no text; save the table as CSV in UTF-8$"),
        (b"a,b\x00", "no text; save"),
        (b"\x81\x8d\xff", "no text; save"),
        (b"\xff\xfea", "no text; save"),
        (b"PK\x03\x04\x00", r"\(it looks like an Excel workbook or zip file\)"),
        (b"PAR1\x00", r"\(it looks like a Parquet file\)"),
        (b"%PDF-1.7\x00", r"\(it looks like a PDF file\)"),
    ],
)
def test_what_is_no_text_is_an_error(data, message):
    with pytest.raises(TableError, match=message):
        decode(data, source="f")
