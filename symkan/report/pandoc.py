"""The report's LaTeX read by pandoc, in its sandbox, and written as typst, HTML and DOCX.

Three things in its tree are ours: figures, whose captions and alternative texts come from the records; the
environments law, badge and units, which the pages know as boxes; and characters that LaTeX has no letter for.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symkan.errors import ResultError
from symkan.report.notation import LETTERS

if TYPE_CHECKING:
    from symkan.report.figures import Picture

    Block = dict[str, Any]

READER = "latex-latex_macros-raw_tex"
BOXES = {"law", "badge", "units"}
_PLAIN = {r"\textless{}": "<", r"\textgreater{}": ">", r"\textbar{}": "|", r"\textasciigrave{}": "`"}
_PRIVATE = {command: chr(0xE000 + i) for i, command in enumerate(_PLAIN)}
"""Characters that stand for commands which pandoc does not know everywhere; no name can hold them."""


@dataclass(frozen=True)
class Format:
    """How a format of pandoc takes what is ours.

    Attributes
    ----------
    figures
        Blocks for pictures that stand side by side.
    box
        Blocks for one of our environments, from its name and its blocks.
    table
        A table with what the format wants to know of it.
    """

    figures: Callable[[list[Picture]], list[Block]]
    box: Callable[[str, list[Block]], list[Block]]
    table: Callable[[Block], Block] = lambda block: block


def read(tex: str) -> Block:
    """The document of a LaTeX text, as pandoc's tree."""
    text = re.sub(r"\[U\+([0-9A-F]{4,6})\]", _character, tex)
    text = re.sub(r"\$\\([A-Za-z]+)\$", lambda m: LETTERS.get(m[1], m[0]), text)
    for command, private in _PRIVATE.items():
        text = text.replace(command, private)
    tree = run("-f", READER, "-t", "json", "--sandbox", text=text).decode()
    for command, private in _PRIVATE.items():
        tree = tree.replace(private, _PLAIN[command])
    return dict(json.loads(tree))


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code <= 0x10FFFF and chr(code).isprintable() else match[0]


def adapt(tree: Block, pictures: Iterable[Picture], style: Format) -> str:
    """The tree as JSON, with figures and boxes in the way of one format."""
    by_name = {picture.name: picture for picture in pictures}

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [after for item in node for after in blocks(item)]
        if isinstance(node, dict):
            if node.get("t") == "Math":
                kind, formula = node["c"]
                return {"t": "Math", "c": [kind, _spoken(formula)]}
            return {key: walk(value) for key, value in node.items()}
        return node

    def blocks(node: Any) -> list[Any]:
        if isinstance(node, dict) and node.get("t") == "Figure":
            return style.figures([by_name[name] for name in _images(node)])
        if isinstance(node, dict) and node.get("t") == "Div":
            (_, classes, _), inner = node["c"]
            if BOXES.intersection(classes):
                return style.box(classes[0], walk(_displayed(inner) if classes[0] == "law" else inner))
        if isinstance(node, dict) and node.get("t") == "Table":
            return [style.table(walk(node))]
        return [walk(node)]

    return json.dumps(walk(tree))


def _spoken(formula: str) -> str:
    """A formula with its words as words, not as products of letters, and hyphens without a gap."""
    return re.sub(r"\\mathrm\{([A-Za-z]{2,})\}", r"\\text{\1}", formula).replace("-{}", "-")


def _images(node: Any) -> list[str]:
    """The names of the images in a part of the tree."""
    if isinstance(node, list):
        return [name for item in node for name in _images(item)]
    if isinstance(node, dict):
        return [Path(node["c"][2][0]).stem] if node.get("t") == "Image" else _images(list(node.values()))
    return []


def _displayed(node: Any) -> Any:
    """The same with its formulas set as displays."""
    if isinstance(node, list):
        return [_displayed(item) for item in node]
    if isinstance(node, dict):
        return (
            {"t": "DisplayMath"}
            if node.get("t") == "InlineMath"
            else {k: _displayed(v) for k, v in node.items()}
        )
    return node


def raw(kind: str, text: str) -> Block:
    """A block that is written to the format `kind` as it is."""
    return {"t": "RawBlock", "c": [kind, text]}


def run(*arguments: str, text: str, folder: Path | None = None) -> bytes:
    """What pandoc makes of a text.

    Raises
    ------
    ResultError
        When there is no pandoc, or it fails.
    """
    import pypandoc

    try:
        command = [pypandoc.get_pandoc_path(), *arguments]
        done = subprocess.run(
            command, input=text.encode(), capture_output=True, check=True, cwd=folder, timeout=120
        )
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip()[:300]
        raise ResultError(
            f"pandoc could not convert the report: {reason}; report.tex is there, compile it yourself"
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ResultError(
            f"pandoc cannot be run ({error}); install pypandoc-binary, or use --format tex and compile that yourself"
        ) from error
    return done.stdout


# typst


def typst_text(text: str) -> str:
    """`text` as a string of typst's code."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _typst_figures(pictures: list[Picture]) -> list[Block]:
    texts = (
        f"figure(image({typst_text(f'figures/{p.name}.pdf')}, alt: {typst_text(p.alt)}), "
        f"caption: {typst_text(p.caption)})"
        for p in pictures
    )
    return [raw("typst", f"#figures({', '.join(texts)})")]


def _typst_box(name: str, blocks: list[Block]) -> list[Block]:
    return [raw("typst", f"#{name}-box["), *blocks, raw("typst", "]")]


TYPST = Format(_typst_figures, _typst_box)


# HTML


def html_format(folder: Path) -> Format:
    """HTML with the figures of a folder drawn in the page."""

    def figures(pictures: list[Picture]) -> list[Block]:
        drawn = "\n".join(
            f"<figure>{inline_svg((folder / f'{p.name}.svg').read_text('utf-8'), p)}"
            f"<figcaption>{html.escape(p.caption)}</figcaption></figure>"
            for p in pictures
        )
        return [raw("html", f'<div class="figures">{drawn}</div>')]

    def box(name: str, blocks: list[Block]) -> list[Block]:
        return [{"t": "Div", "c": [["", [name], []], blocks]}]

    return Format(figures, box)


def inline_svg(svg: str, picture: Picture) -> str:
    """A figure of matplotlib as an element of a page, its ids its own."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<title>.*?</title>", "", svg, count=2, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|xlink:href="#|\bhref="#|url\(#)', rf"\g<1>{picture.name}-", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(picture.alt)}" ', 1)


# DOCX


def docx_format(folder: Path) -> Format:
    """Figures as PNG, one below the other."""

    def figure(picture: Picture) -> Block:
        image = {
            "t": "Image",
            "c": [["", [], []], _words(picture.alt), [str(folder / f"{picture.name}.png"), ""]],
        }
        caption = [None, [{"t": "Plain", "c": _words(picture.caption)}]]
        return {"t": "Figure", "c": [["", [], []], caption, [{"t": "Plain", "c": [image]}]]}

    return Format(lambda pictures: [figure(p) for p in pictures], _docx_box, _docx_table)


def _docx_box(name: str, blocks: list[Block]) -> list[Block]:
    """The verdict and the line of units as the subtitle's and the date's style, which are centred."""
    style = {"badge": "Subtitle", "units": "Date"}.get(name)
    return [{"t": "Div", "c": [["", [], [["custom-style", style]]], blocks]}] if style else blocks


_LINE = 74
"""Characters of a line of a DOCX in a wide letter."""
_MARGIN = 4
"""The margins of a cell, in characters."""


def _docx_table(block: Block) -> Block:
    """The table with a width for each column, by what stands in it: Word guesses them well, others do not."""
    attributes, caption, columns, head, bodies, foot = block["c"]
    rows = [row for _, part in (head, foot) for row in part]
    rows += [row for body in bodies for part in body[2:] for row in part]
    cells = [[_lengths(cell[4]) for cell in row[1]] for row in rows]
    grid = np.array([row for row in cells if len(row) == len(columns)])  # [rows, columns, 2]
    if not grid.size:
        return block
    least, wanted = grid.max(0).T + _MARGIN  # a word is not broken, a text may be
    wanted = np.maximum(least, np.minimum(wanted, 40))
    spare = max(0, _LINE - least.sum()) / max(1, (wanted - least).sum())
    widths = least + min(1.0, spare) * (wanted - least)
    widths = widths / max(_LINE, widths.sum())
    sized = [
        [align, {"t": "ColWidth", "c": width}]
        for (align, _), width in zip(columns, widths.tolist(), strict=True)
    ]
    return {**block, "c": [attributes, caption, sized, head, bodies, foot]}


def _lengths(node: Any) -> tuple[int, int]:
    """Characters of the longest word of a part of the tree, and of all of it."""
    words = _text(node).split()
    return max(map(len, words), default=0), sum(map(len, words)) + len(words) - 1


def _text(node: Any) -> str:
    """The text of a part of the tree; formulas without their commands."""
    if isinstance(node, list):
        return "".join(map(_text, node))
    if not isinstance(node, dict):
        return ""
    match node["t"]:
        case "Str":
            return str(node["c"])
        case "Math":
            return re.sub(r"\\frac|\\[,;!]|[{}^_ ]", "", re.sub(r"\\[A-Za-z]{3,}", "m", node["c"][1]))
        case "Space" | "SoftBreak" | "LineBreak":
            return " "
        case _:
            return _text(node.get("c"))


def _words(text: str) -> list[Block]:
    return [{"t": "Str", "c": text}]
