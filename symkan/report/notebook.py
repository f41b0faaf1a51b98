"""A result in a notebook: the law, how far to trust it, and its constants."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from symkan.report.notation import latex, linear, number, pretty
from symkan.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from symkan.result import Discovery
    from symkan.symbolic.refitting import Parameter

_WIDEST, _HIGHEST = 100, 12


def as_html(discovery: Discovery) -> str:
    """A fragment of HTML: the law typeset with characters, the verdict, a table of the constants."""
    # names may hold dollar signs: the classes keep MathJax from reading them
    return "\n".join(
        [
            '<div class="tex2jax_ignore mathjax_ignore">',
            f'<pre style="line-height: 1.2">{escape(_law(discovery))}</pre>',
            f"<p>{_verdict(discovery)}</p>",
            *_constants(discovery.best.parameters),
            "</div>",
        ]
    )


def as_text(discovery: Discovery) -> str:
    """The law on one line."""
    return f"{printable(discovery.data.target.name)} = {linear(discovery.best, discovery.data)}"


def as_latex(discovery: Discovery) -> str:
    """The law between dollar signs.

    Constants are rounded by their standard errors.
    """
    left, right = latex(discovery.best, discovery.data, width=10**9)
    return f"${left} = {right}$"


def _law(discovery: Discovery) -> str:
    """Over several lines; on one where that is too large."""
    text = pretty(discovery.best, discovery.data)
    lines = text.splitlines()
    if max(map(len, lines)) <= _WIDEST and len(lines) <= _HIGHEST:
        return text
    return as_text(discovery)


def _verdict(discovery: Discovery) -> str:
    outcome, evidence = discovery.outcome, discovery.evidence
    word, text = (
        (evidence.verdict.trust.value, "; ".join(evidence.verdict.reasons))
        if evidence
        else (outcome.value, outcome.text)
    )
    return f"<strong>{escape(word)}</strong>: {escape(text)}"


def _constants(parameters: Iterable[Parameter]) -> list[str]:
    rows = [
        (p.symbol, number(p.value, p.standard_error), f"{p.standard_error:.2g}", p.exact or "")
        for p in parameters
    ]
    if not rows:
        return []
    head = "".join(f"<th>{name}</th>" for name in ("constant", "value", "standard error", "closed form"))
    cells = ("".join(f"<td>{escape(printable(cell))}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return [f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"]
