"""Frozen records to JSON and back, driven by their type hints; nothing in a file can name code to run.

A record becomes an object of its fields; a tuple, a NamedTuple and an array become lists; an enum its value.
RFC 8259 has no nan and no infinity, so these floats are the strings "nan", "inf" and "-inf"; all others are written
with the digits that give back the same float. Types that need a library (expressions) are handed in as `Leaf`.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import types
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from symkan.errors import ResultError, SymkanError
from symkan.writing import write_text

SCHEMA = 4
"""Version of the layout of files; raised whenever a record in them changes."""

MOST_BYTES = 1 << 28
"""A file with more is no record: those of a thousand columns have a tenth of it."""

_NONFINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

Record = TypeVar("Record")


class Leaf(NamedTuple):
    """How values of one type are written as a JSON value and read back; `decode` raises on nonsense."""

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


class Codec:
    """Writes and reads records.

    Parameters
    ----------
    names
        Names that the type hints of the records use and their modules import for type checking only.
    leaves
        Types that are no records, and how to write and read them.
    """

    def __init__(self, names: Mapping[str, Any] | None = None, *, leaves: Mapping[Any, Leaf] | None = None):
        self._leaves = dict(leaves or {})
        self._hints = cache(lambda cls: get_type_hints(cls, localns=dict(names or {})))

    def encode(self, value: Any) -> Any:
        """`value` as what `json.dumps` writes.

        Examples
        --------
        >>> Codec().encode((1.5, float("inf"), None))
        [1.5, 'inf', None]
        """
        for kind, leaf in self._leaves.items():
            if isinstance(value, kind):
                return leaf.encode(value)
        if dataclasses.is_dataclass(value):
            return {f.name: self.encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
        if isinstance(value, Mapping):
            return {str(key): self.encode(item) for key, item in value.items()}
        if isinstance(value, (tuple, list)):
            return [self.encode(item) for item in value]
        return _encode_plain(value)

    def decode(self, kind: Any, value: Any, *, where: str = "") -> Any:
        """Read `value`, as it came from JSON, as the type `kind`.

        Raises
        ------
        ResultError
            When it is something else; the message names the place.

        Examples
        --------
        >>> Codec().decode(tuple[float, ...], [1, "nan"])
        (1.0, nan)
        """
        if kind in self._leaves:
            return self._decode_leaf(kind, value, where)
        origin, arguments = get_origin(kind), get_args(kind)
        if origin in (Union, types.UnionType):
            return self._decode_optional(arguments, value, where)
        if origin is dict:
            return {
                key: self.decode(arguments[1], v, where=f"{where}.{key}") for key, v in _object(value, where)
            }
        if origin is tuple:
            return self._decode_tuple(arguments, value, where)
        if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or hasattr(kind, "_fields")):
            return self._decode_record(kind, value, where)
        return _decode_plain(kind, value, where)

    def _decode_leaf(self, kind: Any, value: Any, where: str) -> Any:
        try:
            return self._leaves[kind].decode(value)
        except (SymkanError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ResultError(f"{where}: {error}") from error

    def _decode_optional(self, arguments: tuple[Any, ...], value: Any, where: str) -> Any:
        if value is None and type(None) in arguments:
            return None
        (kind,) = (a for a in arguments if a is not type(None))
        return self.decode(kind, value, where=where)

    def _decode_tuple(self, arguments: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
        items = _check(value, list, where)
        kinds = arguments[:1] * len(items) if arguments[-1] is ... else arguments
        if len(kinds) != len(items):
            raise ResultError(f"{where}: {len(items)} items instead of {len(kinds)}")
        return tuple(
            self.decode(k, v, where=f"{where}[{i}]")
            for i, (k, v) in enumerate(zip(kinds, items, strict=True))
        )

    def _decode_record(self, kind: Any, value: Any, where: str) -> Any:
        hints = self._hints(kind)
        if hasattr(kind, "_fields"):
            return kind(*self._decode_tuple(tuple(hints[name] for name in kind._fields), value, where))
        fields = {f.name for f in dataclasses.fields(kind) if f.init}
        items = dict(_object(value, where))
        if missing := sorted(fields - items.keys()):
            raise ResultError(f"{where or 'the file'}: no {', '.join(missing)}")
        if unknown := sorted(items.keys() - fields):
            raise ResultError(f"{where or 'the file'}: unknown {', '.join(map(repr, unknown[:3]))}")
        prefix = f"{where}." if where else ""
        values = {name: self.decode(hints[name], items[name], where=prefix + name) for name in fields}
        try:
            return kind(**values)
        except ResultError as error:  # what the record itself refuses
            raise ResultError(f"{where or 'the file'}: {error}") from error


def _encode_plain(value: Any) -> Any:
    """Enums, paths, numbers, text and None; numpy's numbers and arrays are asked for their Python value."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [_encode_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    assert value is None or isinstance(value, (bool, int, float, str)), (
        f"{type(value).__name__} has no place in JSON"
    )
    return value


def _object(value: Any, where: str) -> list[tuple[str, Any]]:
    return list(_check(value, dict, where).items())


def _check(value: Any, kind: type, where: str) -> Any:
    # bool is an int in Python, not in a file
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ResultError(f"{where or 'the file'}: {kind.__name__} expected, got {_short(value)}")
    return value


def _decode_plain(kind: Any, value: Any, where: str) -> Any:
    """Arrays of floats, enums, paths, numbers and text."""
    if get_origin(kind) is not None:  # NDArray[np.float64]
        return _decode_array(value, where)
    if kind is float:
        return _decode_float(value, where)
    if kind is Path:
        return Path(_check(value, str, where))
    if issubclass(kind, Enum):
        if value not in [member.value for member in kind]:
            raise ResultError(
                f"{where}: one of {', '.join(m.value for m in kind)} expected, got {_short(value)}"
            )
        return kind(value)
    return _check(value, kind, where)


def _decode_float(value: Any, where: str) -> float:
    if isinstance(value, str) and value in _NONFINITE:
        return _NONFINITE[value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ResultError(f"{where}: number expected, got {_short(value)}")
    try:
        return float(value)
    except OverflowError as error:
        raise ResultError(f"{where}: number too large, got {_short(value)}") from error


def _decode_array(value: Any, where: str) -> Any:
    import numpy as np

    def floats(item: Any) -> Any:
        return [floats(i) for i in item] if isinstance(item, list) else _decode_float(item, where)

    try:
        return np.array(floats(_check(value, list, where)), dtype=np.float64)
    except ValueError as error:
        if isinstance(error, ResultError):
            raise
        raise ResultError(f"{where}: rows of unequal length") from error


def _short(value: Any) -> str:
    text = repr(value) if not isinstance(value, (list, dict)) else type(value).__name__
    return text if len(text) <= 40 else text[:37] + "..."


def dumps(record: Any, codec: Codec) -> str:
    """The record as JSON text, with the version of the layout and the name of its type on top."""
    document = {"symkan": {"schema": SCHEMA, "record": type(record).__name__}, **codec.encode(record)}
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    # a list of numbers takes one line; a string of JSON holds no line break, so no string is touched
    return re.sub(r"\[\n[^\[\]{}\"]*\]", lambda numbers: re.sub(r"\s+", " ", numbers[0]), text) + "\n"


def write_record(path: str | Path, record: Any, *, codec: Codec) -> None:
    """Write the record as JSON in UTF-8; a crash leaves the old file or the new one, never half of one.

    Raises
    ------
    ResultError
        When the file cannot be written.
    """
    write_text(path, dumps(record, codec))


def read_record(path: str | Path, kind: type[Record], *, codec: Codec) -> Record:
    """Read a file of `write_record` as the record `kind`.

    Raises
    ------
    ResultError
        When the file is missing, cut off, foreign, of another version, or holds what no such record holds.
    """
    document = _read_object(Path(path))
    stamp = document.pop("symkan", None)
    if not isinstance(stamp, dict) or stamp.get("record") != kind.__name__:
        raise ResultError(
            f"{path} is no {kind.__name__} of symkan; give the result.json of `symkan discover`"
        )
    if stamp.get("schema") != SCHEMA:
        raise ResultError(
            f"{path} has layout {_short(stamp.get('schema'))}, this symkan reads {SCHEMA}; "
            "run `symkan discover` again, or use the symkan that wrote it"
        )
    try:
        return codec.decode(kind, document)  # type: ignore[no-any-return]
    except ResultError as error:
        raise ResultError(f"{path} is damaged at {error}; run `symkan discover` again") from error


def _read_object(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(_bytes(path).decode("utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise ResultError(f"{path} cannot be read: {error.strerror or error}; check the path") from error
    except (ValueError, RecursionError) as error:  # includes UnicodeDecodeError and JSONDecodeError
        raise ResultError(f"{path} is cut off or no JSON ({error}); run `symkan discover` again") from error
    if not isinstance(document, dict):
        raise ResultError(f"{path} is no result of symkan; give the result.json of `symkan discover`")
    return document


def _bytes(path: Path) -> bytes:
    """What stands in a file of usual size; a device such as /dev/zero never ends."""
    with path.open("rb") as file:
        if len(data := file.read(MOST_BYTES + 1)) > MOST_BYTES:
            raise OSError(f"it has more than {MOST_BYTES:,} bytes")
    return data


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


_PLAIN = Codec()


def to_line(record: Any) -> bytes:
    """A record as a line of JSON, without the stamp of `write_record`."""
    return json.dumps(_PLAIN.encode(record), ensure_ascii=False, allow_nan=False).encode(
        errors="surrogatepass"
    )


def from_line(kind: type[Record], line: bytes | str) -> Record:
    """The record in a line of JSON.

    Raises
    ------
    ResultError
        When it is something else.
    """
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ResultError(f"no JSON: {error}") from error
    record: Record = _PLAIN.decode(kind, value, where=kind.__name__)
    return record
