"""The report: one LaTeX text, and PDF, HTML and DOCX made from it without a TeX installation."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symkan.errors import OptionError, ResultError
from symkan.report import pandoc
from symkan.report.assets import asset
from symkan.report.content import Content, content
from symkan.report.tex import Tex, tex
from symkan.writing import write_bytes, write_text

if TYPE_CHECKING:
    import jinja2

    from symkan.report.figures import Picture
    from symkan.result import Discovery

FORMATS = ("pdf", "html", "tex", "docx")
ENGINES = ("typst", "latexmk")


def write_report(
    discovery: Discovery,
    folder: str | Path,
    *,
    formats: Iterable[str] = ("pdf", "html", "tex"),
    engine: str = "typst",
) -> tuple[Path, ...]:
    """Write what a reader should know of a result as folder/report.FORMAT, with folder/figures beside.

    Figures are SVG and PDF; PNG only for DOCX. `write_pictures` writes any, its PDF with text that can be selected.

    Parameters
    ----------
    discovery
        From `discover`, better after `examine`.
    folder
        Where to write; is made if it is not there.
    formats
        Of "pdf", "html", "tex", "docx". report.tex is written in any case: the others are made from it.
    engine
        What makes the PDF: "typst", or "latexmk" of an installed TeX.

    Returns
    -------
    tuple of Path
        The files asked for, in the order given.

    Raises
    ------
    OptionError
        When a format or engine is none of those.
    ResultError
        When a file cannot be written, or a converter is missing or fails; report.tex is there then.
    """
    from symkan.report.figures import write_pictures

    folder, formats = Path(folder), tuple(dict.fromkeys(formats))
    check(formats, engine)
    kinds = ("svg", "png") if "docx" in formats else ("svg",)
    try:
        pictures = write_pictures(discovery, folder / "figures", kinds)
    except OSError as error:
        raise ResultError(
            f"{folder} cannot be written to: {error.strerror}; choose another folder"
        ) from error
    text = content(discovery, pictures)
    source = latex_document(text)
    write_text(folder / "report.tex", source)
    _outlined(pictures, folder / "figures")
    tree = pandoc.read(source) if set(formats) - {"tex"} else {}
    for name in formats:
        path = folder / f"report.{name}"
        if name == "pdf":
            latexmk = engine == "latexmk"
            write_bytes(path, _by_latexmk(folder) if latexmk else _by_typst(tree, text, pictures, folder))
        elif name == "html":
            write_text(path, _page(tree, text, pictures, discovery=discovery, folder=folder))
        elif name == "docx":
            write_bytes(path, _docx(tree, text, pictures, folder))
    return tuple(folder / f"report.{name}" for name in formats)


def check(formats: Iterable[str], engine: str) -> None:
    """Refuse formats and engines that there are not.

    Raises
    ------
    OptionError
        Which one, and what there is.
    """
    for name in formats:
        if name not in FORMATS:
            raise OptionError(f"there is no format {name!r}; choose of {', '.join(FORMATS)}")
    if engine not in ENGINES:
        raise OptionError(f"there is no engine {engine!r}; choose {' or '.join(ENGINES)}")


def latex_document(text: Content) -> str:
    """The report as LaTeX; every text that is not `Tex` is escaped where it is put in."""
    fields = {name: getattr(text, name) for name in text.__dataclass_fields__}
    fields["sections"] = fields.pop("figures")
    return _template("report.tex.j2").render(fields)


@cache
def _template(name: str) -> jinja2.Template:
    """A template of the assets; .tex.j2 escapes for LaTeX, .html.j2 for HTML."""
    import jinja2

    if name.endswith(".html.j2"):
        environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    else:
        environment = jinja2.Environment(
            block_start_string="<%", block_end_string="%>",
            variable_start_string="<<", variable_end_string=">>",
            comment_start_string="<#", comment_end_string="#>",
            trim_blocks=True, finalize=tex, undefined=jinja2.ChainableUndefined, autoescape=False,
        )  # fmt: skip
        environment.filters["raw"] = Tex
    return environment.from_string(asset(name))


def _by_typst(tree: dict[str, Any], text: Content, pictures: tuple[Picture, ...], folder: Path) -> bytes:
    """PDF, tagged, by the typst wheel."""
    source = pandoc.adapt(tree, pictures, pandoc.TYPST)
    with tempfile.TemporaryDirectory() as scratch:
        template = Path(scratch, "report.typ")
        template.write_text(asset("report.typ"), "utf-8")
        options = ("--sandbox", f"--template={template}", "-V", f"trust={text.trust}", "-V", "lang=en")
        page = pandoc.run("-f", "json", "-t", "typst", *options, text=source)
    return _set(page, folder)


def _set(page: bytes, folder: Path) -> bytes:
    """PDF of a text of typst beside the files of a folder."""
    import typst

    try:
        # the stubs want the text and the folder to be of one type
        pdf = typst.compile(page, root=str(folder.resolve()))  # type: ignore[type-var]
    except (RuntimeError, OSError) as error:
        raise ResultError(
            f"typst could not set the report: {str(error)[:300]}; use --engine latexmk, or report.tex"
        ) from error
    assert isinstance(pdf, bytes)
    return pdf


def _outlined(pictures: tuple[Picture, ...], folder: Path) -> None:
    """Each NAME.svg as NAME.pdf, by typst; ten times as fast as matplotlib, which embeds fonts in each anew."""
    for picture in pictures:
        page = f'#set page(width: auto, height: auto, margin: 0pt)\n#image("{picture.name}.svg")'
        write_bytes(folder / f"{picture.name}.pdf", _set(page.encode(), folder))


def _by_latexmk(folder: Path) -> bytes:
    """PDF by an installed TeX, in a scratch folder beside copies of the figures."""
    program = shutil.which("latexmk")
    if program is None:
        raise ResultError("latexmk is not installed; use --engine typst, or compile report.tex elsewhere")
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(folder / "report.tex", scratch)
        shutil.copytree(folder / "figures", Path(scratch, "figures"))
        command = [
            program,
            "-pdf",
            "-norc",
            "-interaction=nonstopmode",
            "-halt-on-error",
            "-no-shell-escape",
            "report.tex",
        ]
        try:
            done = subprocess.run(command, cwd=scratch, capture_output=True, timeout=300, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ResultError(
                f"latexmk cannot be run: {error}; use --engine typst, or compile report.tex yourself"
            ) from error
        if done.returncode:
            complaint = next(
                (line for line in done.stdout.decode(errors="replace").splitlines() if line.startswith("!")),
                "",
            )
            raise ResultError(
                f"latexmk failed: {complaint or 'see report.tex'}; use --engine typst, or compile report.tex yourself"
            )
        return Path(scratch, "report.pdf").read_bytes()


def _page(
    tree: dict[str, Any], text: Content, pictures: tuple[Picture, ...], *, discovery: Discovery, folder: Path
) -> str:
    """One HTML file with everything in it."""
    from markupsafe import Markup

    from symkan.report.explorer import explorer
    from symkan.report.languages import exports

    source = pandoc.adapt(tree, pictures, pandoc.html_format(folder / "figures"))
    options = ("--mathml", "--shift-heading-level-by=1", "--sandbox", "--wrap=none")
    body = pandoc.run("-f", "json", "-t", "html5", *options, text=source).decode()
    essence, mark, details = body.partition('<h2 id="fit">')
    return _template("page.html.j2").render(
        title=text.title,
        trust=text.trust,
        style=Markup(asset("page.css")),
        script=Markup(asset("page.js")),
        essence=Markup(essence),
        explorer=Markup(explorer(discovery)),
        details=Markup(mark + details),
        exports=exports(discovery),
    )


def _docx(tree: dict[str, Any], text: Content, pictures: tuple[Picture, ...], folder: Path) -> bytes:
    source = pandoc.adapt(tree, pictures, pandoc.docx_format((folder / "figures").resolve()))
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "report.docx")
        pandoc.run("-f", "json", "-t", "docx", "-M", "lang=en", "-o", str(path), text=source)
        return path.read_bytes()
