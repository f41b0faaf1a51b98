"""One walk of a `Discovery` into what every format of the report shows: texts, tables, figures."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symkan.report import phrases, tables
from symkan.report.languages.law import used_columns
from symkan.report.notation import latex, latex_names
from symkan.report.support import Support, support
from symkan.report.tex import Table, Tex, short, tex, unit

if TYPE_CHECKING:
    from symkan.report.figures import Picture
    from symkan.result import Discovery
    from symkan.search.records import Portrait

PAIRED = (("parity", "baselines"),)
"""Figures that stand side by side."""


@dataclass(frozen=True)
class Content:
    """What a report says, in the order in which it says it.

    Attributes
    ----------
    title
        The target and the columns in the law.
    trust, badge, reasons
        The verdict: "law", "tentative" or "none", its name, and why.
    law
        Left side, and the right side in one or more lines, in LaTeX.
    units
        What each symbol in the law is measured in.
    summary
        Sentences on what the law says and how far to trust it.
    constants, errors, models, front, edges, columns
        Tables; None where there is nothing to tell.
    criteria, rivals, network, notes, remarks
        Sentences: AIC and BIC, other formulas, where the network comes from, what was done to the data, on the law.
    origin
        Sentences: what found the law, and which rows it has not seen.
    support
        What the examination found; None without one.
    figures
        Names of figures by section; those in one group stand side by side.
    facts
        How to find the law again: what, and its value.
    version
        Of symkan.
    """

    title: str
    trust: str
    badge: str
    reasons: tuple[str, ...]
    law: tuple[str, ...]
    units: Tex
    summary: tuple[str, ...]
    constants: Table | None
    errors: Table
    models: Table | None
    front: Table
    edges: Table | None
    columns: Table
    criteria: str
    rivals: str
    network: str
    origin: str
    notes: tuple[str, ...]
    remarks: tuple[str, ...]
    support: Support | None
    figures: dict[str, tuple[tuple[Picture, ...], ...]]
    facts: tuple[tuple[str, str], ...]
    version: str


def content(discovery: Discovery, pictures: tuple[Picture, ...]) -> Content:
    """What the report of this result says, with these figures."""
    data, best = discovery.data, discovery.best
    trust = phrases.trust(discovery)
    drawn = discovery.network
    return Content(
        title=phrases.title(discovery),
        trust=trust.value,
        badge=phrases.BADGES[trust],
        reasons=phrases.reasons(discovery),
        law=latex(best, data, width=90),
        units=_units(discovery),
        summary=(*phrases.meaning(discovery), phrases.accuracy(discovery), phrases.advice(discovery)),
        constants=tables.constants(discovery) if best.parameters else None,
        errors=tables.errors(discovery),
        models=tables.models(discovery),
        front=tables.front(discovery),
        edges=tables.edges(drawn, data.features) if drawn and drawn.pruned.activations else None,
        columns=tables.columns(discovery),
        criteria=_criteria(discovery),
        rivals=_rivals(discovery),
        network=_network(discovery, drawn),
        origin=_origin(discovery),
        notes=data.notes,
        remarks=_remarks(discovery),
        support=support(discovery, discovery.evidence) if discovery.evidence else None,
        figures=_sections(pictures),
        facts=_facts(discovery),
        version=re.sub(r"[^\w.+-]", "", discovery.versions.get("symkan", "")),
    )


def _units(discovery: Discovery) -> Tex:
    shown = [discovery.data.target, *used_columns(discovery.best, discovery.data)]
    names = latex_names([c.name for c in [discovery.data.target, *discovery.data.features]])
    by_symbol = dict(
        zip([discovery.data.target.symbol, *(c.symbol for c in discovery.data.features)], names, strict=True)
    )
    if not any(c.unit for c in shown):
        return Tex("No units are known.")
    texts = [
        f"${by_symbol[c.symbol]}$ in {unit(c.unit)}" if c.unit else f"${by_symbol[c.symbol]}$ without unit"
        for c in shown
    ]
    return Tex(f"{', '.join(texts)}.")


def _criteria(discovery: Discovery) -> str:
    evidence = discovery.evidence
    if evidence is None:
        return "The answer was not examined; `symkan discover` does so, or symkan.examine."
    if math.isinf(evidence.aic):
        return "The law leaves no residual on the rows it was fitted to, so AIC and BIC have no lower bound."
    kind = {"proportional": "in proportion to the target", "given": "with the standard errors given"}.get(
        discovery.best.errors, "of one size"
    )
    return Tex(
        f"AIC {short(evidence.aic, 6)}, BIC {short(evidence.bic, 6)} on all rows but the locked ones, "
        f"for normal errors {kind}."
    )


def _rivals(discovery: Discovery) -> str:
    if discovery.evidence is None:
        return "Rivals were not looked for."
    if not discovery.evidence.rivals:
        return (
            "Of the formulas that the search kept, none that differs from the law comes within 20 bits of its "
            "description length."
        )
    return (
        "Rivals among the formulas that the search kept, which the data can hardly tell from the law, by how much "
        "longer their description is (10 bits are odds of 1000 to 1), and the measurement that would decide:"
    )


def _network(discovery: Discovery, drawn: Portrait | None) -> str:
    if drawn is None:
        return "The formula was found by regressions, without a network, and none was trained beside it."
    if discovery.portrait is None:
        return (
            f"The formula was found by regressions. The network {drawn.name}, trained beside it on the same columns, "
            "shows what the data say without the formula."
        )
    return f"The formula was read from the network {drawn.name}."


def _origin(discovery: Discovery) -> str:
    found = "read from a network" if discovery.portrait else "found by regressions"
    rows = discovery.data.test_rows
    locked = (
        f"The {rows} locked rows played no part in that"
        if rows
        else "There were too few rows to lock some away"
    )
    left_out = "; rows far from all others had been left out before" if discovery.options.robust else ""
    return f"This law was {found}. {locked}{left_out}."


def _remarks(discovery: Discovery) -> tuple[str, ...]:
    found = []
    if discovery.stopped == "interrupted":
        found.append("The search was interrupted: this is the best so far.")
    elif discovery.stopped != "finished":
        found.append(f"The search was stopped by the {discovery.stopped}.")
    if discovery.best.clash:
        found.append(f"No law of consistent dimensions fits as well; in this one {discovery.best.clash}.")
    if discovery.best.splines:
        names = ", ".join(f"$g_{{{s.name[1:]}}}$" for s in discovery.best.splines)
        found.append(
            Tex(
                f"{names}: edges of the network that no function fits, kept as splines; law.py has their tables."
            )
        )
    return tuple(found)


_PLACES = {
    "parity": "fit", "baselines": "fit", "dependence": "law", "surface": "law", "residuals": "residuals",
    "pareto": "front", "network": "network", "network_pruned": "network", "activations": "network",
    "training": "network", "waterfall": "custody",
}  # fmt: skip


def _sections(pictures: tuple[Picture, ...]) -> dict[str, tuple[tuple[Picture, ...], ...]]:
    """Figures by section, in groups that stand side by side."""
    by_name = {picture.name: picture for picture in pictures}
    found: dict[str, list[tuple[Picture, ...]]] = {}
    for picture in pictures:
        pair = next((p for p in PAIRED if picture.name in p and by_name.keys() >= set(p)), (picture.name,))
        if picture.name == pair[0]:
            group = tuple(by_name[name] for name in pair)
            found.setdefault(_PLACES.get(picture.name, "law"), []).append(group)
    return {place: tuple(groups) for place, groups in found.items()}


def _facts(discovery: Discovery) -> tuple[tuple[str, str], ...]:
    data = discovery.data
    split = f"{data.train_rows} training, {data.validation_rows} validation, {data.test_rows} locked test"
    folds = f" ({data.folds}-fold validation)" if data.folds else ""
    return (
        ("Data", data.source),
        ("SHA-256", Tex(rf"\texttt{{{tex(data.sha256)}}}")),
        ("Rows", split + folds),
        ("Command", Tex(rf"\texttt{{{tex(phrases.command(discovery))}}}")),
        ("Seed", str(discovery.seed)),
        (
            "Time",
            f"{discovery.timings.get('total', math.nan):.1f} s of at most {discovery.options.time_budget:g} s",
        ),
        ("Versions", ", ".join(f"{name} {version}" for name, version in discovery.versions.items())),
    )
