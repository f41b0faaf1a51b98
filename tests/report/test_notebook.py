from dataclasses import replace
from html.parser import HTMLParser

from symkan.report.notebook import as_html


class Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


def read(html):
    parser = Text()
    parser.feed(html)
    parser.close()
    return parser


def test_html_shows_law_verdict_and_constants(discovery):
    page = read(discovery._repr_html_())
    assert page.tags.count("table") == 1
    assert "2.5012" in page.text
    assert discovery.outcome.text in page.text
    assert "3/2" in page.text


def test_verdict_of_the_evidence(examined):
    verdict = examined.evidence.verdict
    assert f"{verdict.trust.value}: {'; '.join(verdict.reasons)}" in read(examined._repr_html_()).text


def test_names_are_text(renamed):
    name = "<script>alert('$x$')</script>"
    page = read(as_html(renamed(name, "b & c")))
    assert "script" not in page.tags
    assert name in page.text


def test_no_constants_no_table(discovery):
    bare = replace(discovery, best=replace(discovery.best, parameters=()))
    assert "table" not in read(as_html(bare)).tags


def test_text_is_one_line(discovery, renamed):
    assert str(discovery).startswith("F = ")
    assert "2.5012" in str(discovery)
    assert repr(discovery) == f"<Discovery: {discovery}>"
    assert "\n" not in str(renamed("a\nb", "c"))


def test_latex(discovery, renamed):
    assert discovery._repr_latex_().startswith("$F = ")
    assert discovery._repr_latex_().endswith("$")
    assert "$" not in renamed("a$b", "c")._repr_latex_().strip("$").replace(r"\$", "")
