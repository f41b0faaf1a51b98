"""What the site has from elsewhere: the command line, the records, the benchmarks, the gallery; formulas as MathML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from html import unescape
from pathlib import Path
from typing import Any, get_args

ROOT = Path(__file__).parents[2]
BENCHMARKS, GALLERY = ROOT / "reports/benchmarks", ROOT / "reports/gallery"
_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)


# mkdocs calls these three


def on_files(files: Any, config: Any) -> Any:
    """Add the benchmarks' pages and the finished reports."""
    from mkdocs.structure.files import File

    pages = [
        (BENCHMARKS, "benchmarks", path)
        for path in sorted(BENCHMARKS.rglob("*"))
        if path.suffix in (".md", ".svg")
    ]
    reports = [
        (GALLERY, "gallery", path)
        for path in sorted(GALLERY.rglob("report.*"))
        if path.suffix in (".html", ".pdf", ".png")
    ]
    for folder, name, path in (*pages, *reports):
        uri = f"{name}/{path.relative_to(folder).as_posix()}"
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put in what is made from the code; the benchmarks' tables have the width of the table of contents as well."""
    if page.url.startswith("benchmarks/"):
        page.meta["hide"] = ["toc"]
    for name, make in MADE.items():
        if (mark := f"{{{{ {name} }}}}") in markdown:
            markdown = markdown.replace(mark, make())
    return markdown


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Formulas as MathML, the class that the stylesheet knows a benchmark's page by."""
    html = typeset(html)
    return f'<div class="benchmark">{html}</div>' if page.url.startswith("benchmarks/") else html


# formulas


def typeset(html: str) -> str:
    """Formulas as MathML, which browsers typeset themselves; the colons that introduce a drawing in a docstring."""
    html = html.replace("<p>::</p>", "").replace("::</p>", ":</p>")
    found = [(match[1], unescape(match[2])) for match in _FORMULA.finditer(html)]
    if not found:
        return html
    formulas = iter(mathml(found))
    return _FORMULA.sub(lambda _: next(formulas), html)


def mathml(formulas: list[tuple[str, str]]) -> list[str]:
    """MathML of pairs: "div" for a display, and TeX."""
    from symkan.report.pandoc import run

    marks = {"div": "$$", "span": "$"}
    text = "\n\n".join(f"{marks[kind]}{tex.strip()}{marks[kind]}" for kind, tex in formulas)
    found = re.findall(
        r"<math.*?</math>", run("-f", "markdown", "-t", "html", "--mathml", text=text).decode(), re.S
    )
    assert len(found) == len(formulas), "a formula that pandoc cannot read"
    return found


# the command line


def commands() -> str:
    """All commands with their arguments and options."""
    from typer.main import get_command

    from symkan.cli import app

    return "\n".join(_command(get_command(app), "symkan"))


def _command(command: Any, name: str) -> Iterator[str]:
    context = command.context_class(command, info_name=name)
    yield f"## {name}\n" if " " in name else "## symkan\n"
    usage = " ".join(piece.strip("{}") for piece in command.collect_usage_pieces(context))
    yield f"```text\n{name} {usage}\n```\n"
    yield from (f"{' '.join(part.split())}\n" for part in (command.help or "").split("\n\n"))
    shown = [record for p in command.params if p.name != "help" and (record := p.get_help_record(context))]
    if shown:
        yield "| option | meaning | default |\n| --- | --- | --- |"
        yield from (
            f"| `{names}` | {_cell(_meaning(text))} | {_cell(_default(text))} |" for names, text in shown
        )
        yield ""
    inner = getattr(command, "commands", {})
    for of in sorted(inner, key=lambda one: FIRST.index(one) if one in FIRST else len(FIRST)):
        yield from _command(inner[of], f"{name} {of}")


FIRST = ("discover", "report", "predict", "verify", "falsify", "batch", "compare", "doctor", "bench")
"""The commands in the order in which a reader meets them."""

_EXTRA = re.compile(r"\s*\[([^][]*)\]$")
"""What typer adds to a help text: the default, the range, or that a value is required."""


def _meaning(text: str) -> str:
    return _EXTRA.sub("", text)


def _default(text: str) -> str:
    extra = _EXTRA.search(text)
    return extra[1].removeprefix("default: ").removeprefix("(").removesuffix(")") if extra else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# result.json


def records() -> str:
    """A section for each record that a result.json holds, from the outside in, but for those with public names."""
    import symkan

    inner = [record for record in record_types() if record.__name__ not in symkan.__all__]
    return "\n".join(f"::: {record.__module__}.{record.__qualname__}" for record in inner)


def record_types() -> list[type]:
    """`Discovery` and what it is made of, without the options, which have a page of their own."""
    from symkan.result import Discovery, _codec

    found: list[type] = []
    waiting: list[Any] = [Discovery]
    while waiting:
        kind = waiting.pop(0)
        waiting += get_args(kind)
        if not isinstance(kind, type) or kind in found or kind.__module__ == "symkan.options":
            continue
        if is_dataclass(kind):
            hints = _codec()._hints(kind)
            waiting += [hints[field.name] for field in fields(kind)]
        elif hasattr(kind, "_fields"):
            waiting += _codec()._hints(kind).values()
        elif not issubclass(kind, Enum):
            continue
        found.append(kind)
    return found


# benchmarks


def benchmarks() -> str:
    """A line for each page of reports/benchmarks: its title and what it says in bold."""
    return _listed(sorted(BENCHMARKS.glob("*.md")))


def ablations() -> str:
    """The same for its folders."""
    return _listed(sorted(BENCHMARKS.glob("*/*.md")))


def _listed(pages: list[Path]) -> str:
    lines = ["| page | what was found |", "| --- | --- |"]
    texts = {path: path.read_text("utf-8") for path in pages}
    for path, text in sorted(texts.items(), key=lambda one: one[1].partition("\n")[0]):
        title = text.partition("\n")[0].removeprefix("# ")
        said = " ".join(re.findall(r"\*\*(.+?)\*\*", text)[:2]) if "trust" in path.stem else _said(text)
        lines.append(f"| [{title}]({path.relative_to(BENCHMARKS).as_posix()}) | {_cell(said)} |")
    return "\n".join(lines)


def _said(text: str) -> str:
    bold = re.search(r"\*\*(.+?)\*\*", text)
    return bold[1] if bold else ""


MADE = {"commands": commands, "records": records, "benchmarks": benchmarks, "ablations": ablations}
