"""The site has all that the code has, and its own parts fit together."""

import re
import sys
from pathlib import Path

import pytest
from typer.main import get_command

import symkan
from symkan.cli import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT / "scripts/docs"))
import hooks  # noqa: E402
import pictures  # noqa: E402


def objects(page):
    """What mkdocstrings is asked for on a page."""
    return re.findall(r"^::: ([\w.]+)", (DOCS / page).read_text("utf-8"), re.MULTILINE)


def test_all_public_names_are_in_the_reference():
    elsewhere = {"symkan.options.Options", "symkan.errors.SymkanError"}
    known = {f"{module}.{name}" for name, module in symkan._MODULES.items()}
    assert known == {*objects("reference/python.md"), *elsewhere}


def test_all_commands_and_options_are_on_their_page():
    text = hooks.commands()

    def walk(command, name):
        assert f"## {name}\n" in text
        for parameter in command.params:
            for option in parameter.opts if parameter.param_type_name == "option" else ():
                assert option == "--help" or option in text
        for inner in getattr(command, "commands", {}).values():
            walk(inner, f"{name} {inner.name}")

    walk(get_command(app), "symkan")


def test_records_of_a_result():
    names = [record.__name__ for record in hooks.record_types()]
    assert names[:3] == ["Discovery", "Outcome", "Candidate"]
    assert {"Evidence", "Verdict", "Portrait", "Column", "Snap", "Custody"} <= {*names}
    assert "::: symkan.evidence.records.Evidence" in hooks.records()
    assert "symkan.result.Discovery" not in hooks.records()


def test_benchmarks():
    text = hooks.benchmarks() + hooks.ablations()
    for path in (ROOT / "reports/benchmarks").rglob("*.md"):
        assert f"({path.relative_to(ROOT / 'reports/benchmarks').as_posix()})" in text


def test_formulas_are_mathml():
    page = '<p><span class="arithmatex">\\(a &lt; b\\)</span></p><div class="arithmatex">\\[x^2\\]</div>'
    html = hooks.typeset(page)
    assert re.findall(r'<math display="(\w+)"', html) == ["inline", "block"]
    assert "arithmatex" not in html
    assert "&lt;" in html


@pytest.mark.parametrize("picture", pictures.PICTURES, ids=lambda picture: picture.__name__)
def test_picture(picture, tmp_path):
    pictures.draw(picture, tmp_path)
    light, dark = ((tmp_path / f"{picture.__name__}{end}.svg").read_text("utf-8") for end in ("", "-dark"))
    assert "<svg" in light
    assert light != dark
    used = [page for page in DOCS.rglob("*.md") if f"/{picture.__name__}-dark.svg" in page.read_text("utf-8")]
    assert [page.stem for page in used] == [picture.__name__]


def test_no_page_fetches_anything():
    for page in [ROOT / "mkdocs.yml", *DOCS.rglob("*.md"), *DOCS.rglob("*.css"), *DOCS.rglob("*.js")]:
        assert not re.search(r"https?://(?!127)", page.read_text("utf-8")), page


def test_all_pages_are_in_the_navigation():
    listed = set(re.findall(r": ([\w/]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE))
    assert listed == {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
