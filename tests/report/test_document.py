import re
import shutil
import subprocess
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from symkan.errors import OptionError, ResultError
from symkan.report import document, pandoc
from symkan.report.document import write_report
from symkan.report.figures import Picture
from symkan.result import Discovery

HOSTILE = [
    "_%&#$~^\\{}<>\"'`|",
    r"\input{/etc/passwd}",
    "<script>alert(1)</script>",
    "ταχύτητα Δx ħ",
    "质量 🚀",
    "]) #panic[x] $ @a *b* _c_",
    "a very long name of a column, longer than anything one expects " + "x" * 20,
]
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """Elements with their attributes, texts by element, and whether all is nested well."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style", "annotation"} & set(self.open):
            self.texts.append(data)

    @property
    def text(self):
        return "".join(self.texts)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def report(examined, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_report(examined, folder, formats=("pdf", "html", "tex", "docx"))
    return folder


@pytest.fixture(scope="session")
def drawing(tmp_path_factory):
    """A small figure in all formats."""
    from matplotlib.figure import Figure

    folder = tmp_path_factory.mktemp("drawing")
    figure = Figure(figsize=(2, 2))
    figure.subplots().plot([1, 2])
    for kind in ("svg", "png"):
        figure.savefig(folder / f"drawing.{kind}")
    return folder


@pytest.fixture
def sketched(monkeypatch, drawing):
    """Reports have three small figures instead of theirs, their texts full of names."""

    def write_pictures(discovery, folder, formats):
        folder.mkdir(parents=True, exist_ok=True)
        text = " and ".join(c.name for c in discovery.data.features)
        made = [
            Picture(name, "title", f"caption {text}", f"alt {text}") for name in ("parity", "baselines", "x")
        ]
        for picture in made:
            for kind in formats:
                shutil.copy(drawing / f"drawing.{kind}", folder / f"{picture.name}.{kind}")
        return tuple(made)

    monkeypatch.setattr("symkan.report.figures.write_pictures", write_pictures)


def squeezed(text):
    return "".join(text.split())


def pdf_text(path):
    from pypdf import PdfReader

    return squeezed("".join(page.extract_text() for page in PdfReader(path).pages))


def docx_text(path):
    import re

    return re.sub(r"<[^>]*>", "", zipfile.ZipFile(path).read("word/document.xml").decode())


def test_files(report):
    assert sorted(p.name for p in report.iterdir()) == [
        "figures", "report.docx", "report.html", "report.pdf", "report.tex",
    ]  # fmt: skip
    assert {p.suffix for p in (report / "figures").iterdir()} == {".pdf", ".svg", ".png"}


def test_pdf_says_it(report, examined):
    from pypdf import PdfReader

    text = pdf_text(report / "report.pdf")
    for part in ("torqueasafunctionof", "sin", "Nm", "rad", "Law", examined.data.sha256):
        assert part in text
    for reason in examined.evidence.verdict.reasons:
        assert squeezed(reason) in text
    pdf = PdfReader(report / "report.pdf")
    assert pdf.metadata.title.startswith("torque as a function of")
    assert pdf.trailer["/Root"]["/Lang"] == "en"
    assert "/StructTreeRoot" in pdf.trailer["/Root"]  # tagged, with the figures' alternative texts


def test_page_is_accessible(report):
    page = Page((report / "report.html").read_text("utf-8"))
    assert page.open == []
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == 1
    assert len(page.all("h2")) > 6
    assert page.all("math")
    described = [a for a in page.all("svg") if a.get("role") == "img" and a.get("aria-label")]
    assert len(described) >= len(list((report / "figures").glob("*.svg")))
    assert all(a.get("alt") for a in page.all("img"))
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))


def test_page_needs_nothing_else(report):
    page = Page((report / "report.html").read_text("utf-8"))
    assert not page.all("link")
    for tag, attributes in page.elements:
        assert "src" not in attributes, tag
        for name in ("href", "xlink:href"):
            assert attributes.get(name, "#").startswith(("#", "data:image/")), tag


def test_page_says_it(report, examined):
    page = Page((report / "report.html").read_text("utf-8"))
    for part in (
        examined.data.sha256,
        *examined.evidence.verdict.reasons,
        "symkan.discover(dataset",
        "Copy it out",
    ):
        assert part in page.text


def test_docx(report, examined):
    text = docx_text(report / "report.docx")
    assert examined.data.sha256 in text
    pictures = [n for n in zipfile.ZipFile(report / "report.docx").namelist() if n.endswith(".png")]
    assert len(pictures) == len(list((report / "figures").glob("*.png")))


def test_columns_of_docx_hold_their_words(report):
    document = zipfile.ZipFile(report / "report.docx").read("word/document.xml").decode()
    grids = re.findall(r"<w:tblGrid>(.*?)</w:tblGrid>", document)
    widths = [[int(w) for w in re.findall(r'w:w="(\d+)"', grid)] for grid in grids]
    assert len(widths) > 5
    for columns in widths:
        assert min(columns) > 250  # twentieths of a point: four letters
        assert sum(columns) < 8000


def test_from_json_alone(report, examined, tmp_path):
    examined.save(tmp_path / "result.json")
    write_report(Discovery.load(tmp_path / "result.json"), tmp_path)
    for name in ("report.tex", "report.html"):
        assert (tmp_path / name).read_text("utf-8") == (report / name).read_text("utf-8")


@pytest.mark.parametrize("fixture", ["discovery", "spline_discovery"])
def test_without_evidence(request, fixture, sketched, tmp_path):
    write_report(request.getfixturevalue(fixture), tmp_path, formats=("pdf", "html"))
    assert "itwasnotexamined" in pdf_text(tmp_path / "report.pdf")
    assert "Tentative law" in Page((tmp_path / "report.html").read_text("utf-8")).text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(renamed, sketched, name, tmp_path):
    record = renamed(name, f"2 {name}", target=f"y {name}")
    write_report(record, tmp_path, formats=("pdf", "html", "docx"))
    page = Page((tmp_path / "report.html").read_text("utf-8"))
    assert page.open == []
    assert len(page.all("script")) == 3  # of the page, and two of the sliders
    shown = name.replace('"', "''").replace("'", "’")
    texts = {
        "html": page.text, "docx": docx_text(tmp_path / "report.docx"), "pdf": pdf_text(tmp_path / "report.pdf"),
    }  # fmt: skip
    for kind, text in texts.items():
        letters = squeezed(_plain(text))
        wanted = _with_a_font(shown) if kind == "pdf" else shown
        assert squeezed(_plain(wanted)) in letters, kind


def _with_a_font(text):
    """Without 🚀, and without letters for which typst brings no font and the machine has none."""

    def has_font(letter):
        found = subprocess.run(["fc-list", f":charset={ord(letter):x}"], capture_output=True, check=False)
        return bool(found.stdout)

    text = text.replace("🚀", "")
    missing = {c for c in text if ord(c) >= 0x2E80 and shutil.which("fc-list") and not has_font(c)}
    return "".join(c for c in text if c not in missing)


def _plain(text):
    """Without what fonts and typography change: quotes, ligatures, markup characters escaped in DOCX."""
    import html
    import unicodedata

    text = unicodedata.normalize("NFKC", html.unescape(text))
    for quote in "’‘“”''`\"":
        text = text.replace(quote, "")
    return text.replace("−", "-")


@pytest.mark.parametrize("name", HOSTILE)
def test_pdflatex_takes_hostile_names(renamed, sketched, name, tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed: apt-get install texlive-latex-recommended")
    write_report(renamed(name, f"2 {name}", target=f"y {name}"), tmp_path, formats=("tex",))
    compiled(tmp_path)


def test_pdflatex(report, tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed: apt-get install texlive-latex-recommended")
    shutil.copy(report / "report.tex", tmp_path)
    shutil.copytree(report / "figures", tmp_path / "figures")
    log = compiled(tmp_path)
    assert "undefined" not in log
    assert "Overfull" not in log


def compiled(folder):
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "report.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    log = done.stdout.decode(errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert "root:" not in log
    return log


def test_latexmk(discovery, sketched, tmp_path):
    if shutil.which("latexmk") is None:
        with pytest.raises(ResultError, match="latexmk is not installed; use --engine typst"):
            write_report(discovery, tmp_path, formats=("pdf",), engine="latexmk")
        assert (tmp_path / "report.tex").exists()
        return
    write_report(discovery, tmp_path, formats=("pdf",), engine="latexmk")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["figures", "report.pdf", "report.tex"]


def test_everything_is_escaped(report):
    text = (report / "report.tex").read_text("utf-8")
    assert max(text) <= "\u017f"


def test_wrong_wishes(discovery, sketched, tmp_path):
    with pytest.raises(OptionError, match="no format 'ps'; choose of pdf, html, tex, docx"):
        write_report(discovery, tmp_path, formats=("ps",))
    with pytest.raises(OptionError, match="no engine 'word'"):
        write_report(discovery, tmp_path, engine="word")
    assert list(tmp_path.iterdir()) == []


def test_broken_converters_leave_the_tex(discovery, sketched, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("font missing")

    with monkeypatch.context() as broken:
        broken.setattr("typst.compile", fail)
        with pytest.raises(ResultError, match=r"font missing.*latexmk"):
            write_report(discovery, tmp_path)
    monkeypatch.setattr("pypandoc.get_pandoc_path", lambda: str(tmp_path / "none"))
    with pytest.raises(ResultError, match="pandoc cannot be run"):
        write_report(discovery, tmp_path, formats=("html",))
    assert (tmp_path / "report.tex").exists()


def test_pandoc_that_fails(tmp_path):
    with pytest.raises(ResultError, match="could not convert"):
        pandoc.run("-f", "json", "-t", "html", text="{")


def test_folder_that_cannot_be(discovery, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match="cannot be written"):
        write_report(discovery, tmp_path / "file")


def test_text_of_templates_is_escaped_unless_tex():
    environment = document._template("report.tex.j2").environment
    assert environment.from_string("<< a >><< b|raw >>").render(a="50 %", b="$x$") == r"50 \%$x$"


def test_private_characters_cannot_be_injected(renamed):
    text = document.latex_document(document.content(renamed("\ue000", "b"), ()))
    assert "\ue000" not in text
    assert Path(document.__file__).exists()
