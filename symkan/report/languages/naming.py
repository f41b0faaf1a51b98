"""Names of columns made identifiers."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable, Iterable

LONGEST = 48  # characters of a plain identifier; MATLAB takes 63


def identifiers(names: Iterable[str], taken: Iterable[str] = (), *, plain: bool = False) -> list[str]:
    """Names made valid, different identifiers that are not in `taken`; Python's, or plain ASCII ones.

    Examples
    --------
    >>> identifiers(["v", "v ", "semi-major axis", "lambda", "2nd", "np"], taken=["np"])
    ['v', 'v_2', 'semi_major_axis', 'lambda_', '_2nd', 'np_2']
    >>> identifiers(["θ", "2nd", "été", "质量"], plain=True)
    ['theta', 'x_2nd', 'ete', 'x']
    """
    used = set(taken)
    made = []
    convert: Callable[[str], str] = _plain if plain else _identifier
    for name in names:
        base = convert(name)
        unique = next(n for n in (base, *(f"{base}_{i}" for i in range(2, len(used) + 3))) if n not in used)
        used.add(unique)
        made.append(unique)
    return made


def _identifier(name: str) -> str:
    # Python reads identifiers in this normal form, so names that differ in it alone are the same
    word = unicodedata.normalize("NFKC", re.sub(r"\W+", "_", name)).strip("_")
    word = word if word.isidentifier() else f"_{word}"
    word = word if word.isidentifier() else "_x"
    return f"{word}_" if keyword.iskeyword(word) or keyword.issoftkeyword(word) else word


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", "".join(map(_spelled, name)))
    word = re.sub(r"[^a-zA-Z0-9]+", "_", letters.encode("ascii", "ignore").decode())
    word = word.strip("_")[:LONGEST].strip("_")
    return word if word[:1].isalpha() else f"x_{word}".rstrip("_")


def _spelled(character: str) -> str:
    """Greek letters by name."""
    match = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", unicodedata.name(character, ""))
    if match is None:
        return character
    name = match[2].replace("LAMDA", "LAMBDA").lower()
    return name if match[1] == "SMALL" else name.capitalize()
