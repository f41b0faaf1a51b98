"""The prediction band in the law's Python module: its slopes by the constants written out, and their covariance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symkan.evidence.bands import root
from symkan.symbolic.models import parametrise
from symkan.symbolic.refitting import students_t

if TYPE_CHECKING:
    from symkan.report.languages.law import Law


def band_lines(law: Law) -> list[str]:
    """A function `band` of the columns; nothing where the record has no band, or numpy lacks a slope's functions."""
    found = law.discovery
    known = found.evidence.band if found.evidence else None
    if known is None or not law.arguments:
        return []
    model = parametrise(found.best.expression)
    slopes = list(model.slopes())
    if any(law.dialect.lacks(slope) for slope in slopes):
        return []
    numbers = dict(zip(model.constants, map(repr, model.start.tolist()), strict=True))
    columns = ", ".join(law.arguments)
    proportional = found.best.errors == "proportional"
    return [
        "",
        "",
        "# Of errors of one standard deviation: what they do to the constants; of a new observation; and Student's t.",
        f"_ROOT = {root(model, known).tolist()}",
        f"_SCATTER, _T = {known.sigma!r}, {students_t(known.freedom)!r}",
        "",
        "",
        f"def band({columns}, *, observation=True, extrapolate=False):",
        '    """95 % limits, low and high, of a new observation; of the law\'s mean value with observation=False.',
        "",
        "    By the delta method, for the form of the law as it stands.",
        '    """',
        *(f"    {name} = np.asarray({name}, dtype=np.float64)" for name in law.arguments),
        f"    _value = law({columns}, extrapolate=extrapolate)",
        f"    _scatter = _SCATTER * {'np.abs(_value)' if proportional else 'np.ones_like(_value)'}",
        "    _variance = observation * _scatter**2",
        *(
            [
                '    with np.errstate(all="ignore"):',
                "        _slopes = [",
                *(f"            {law.write(slope, numbers)} + 0.0 * _value," for slope in slopes),
                "        ]",
                "    _variance = _variance + np.square(np.tensordot(np.transpose(_ROOT), _slopes, 1)).sum(axis=0)",
            ]
            if slopes
            else []
        ),
        "    _half = _T * np.sqrt(_variance)",
        "    return _value - _half, _value + _half",
    ]
