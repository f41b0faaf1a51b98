import dataclasses
import html
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest
import sympy

from symkan.report.explorer import explorer
from symkan.symbolic.expressions import symbol

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
x1, x2 = symbol("x1"), symbol("x2")
HOSTILE = [
    "</script><script>fail()</script>",
    "<!--",
    "]]>",
    "\\input{/etc/passwd}",
    "質量 θ 🙂",
    "_%&#$~^\\{}<>\"'`",
]


def data_of(fragment):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', fragment, re.DOTALL)[1])


class Tree(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


@pytest.fixture
def browse(tmp_path):
    """The page after `script` has run in a browser, as text of HTML."""

    def run(fragment, script):
        if CHROMIUM is None:
            pytest.skip("chromium is not installed")
        page = tmp_path / "page.html"
        head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>'
        guard = "<script>onerror = (m) => { document.title = `failed: ${m}`; };</script>"
        page.write_text(f"{head}{guard}<body>{fragment}<script>{script}</script>", "utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
        done = subprocess.run(
            [CHROMIUM, *options, "--virtual-time-budget=2000", "--dump-dom", page.as_uri()],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        assert "<title>t</title>" in done.stdout, html.unescape(done.stdout)[:300]
        return done.stdout

    return run


def move(*values):
    """A script that types the values into the fields."""
    return "".join(
        f"{{const f = document.querySelectorAll('input[type=number]')[{i}]; f.value = {value!r};"
        "f.dispatchEvent(new Event('input', {bubbles: true}));}"
        for i, value in enumerate(values)
    )


SLIDE = """{const r = document.querySelectorAll('input[type=range]')[%d]; r.value = %d;
r.dispatchEvent(new Event('input', {bubbles: true}));}"""


def shown(page):
    return float(re.search(r'<output[^>]*data-value="([^"]*)"', page)[1])


def text_of(page):
    return html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(script|style).*?</\1>", "", page)))


def test_value_follows_the_fields(discovery, browse):
    page = browse(explorer(discovery), move(0.7, 3.25))
    assert shown(page) == pytest.approx(discovery.predict([[0.7, 3.25]])[0], rel=1e-12)
    assert "⚠" not in text_of(page)
    assert "fitted from −1.5 to 1.5" in text_of(page)


def test_value_follows_the_sliders(discovery, browse):
    page = browse(
        explorer(discovery),
        SLIDE % (0, 400) + SLIDE % (1, 0) + "document.body.append(JSON.stringify("
        "['VALUES', ...[...document.querySelectorAll('input[type=number]')].map((f) => f.value)]))",
    )
    row = [float(value) for value in json.loads(re.search(r'\["VALUES".*?\]', page)[0])[1:]]
    low, high = data_of(explorer(discovery))["columns"][0]["slider"]
    assert row[0] == pytest.approx(low + 0.8 * (high - low), abs=0.01)
    assert shown(page) == pytest.approx(discovery.predict([row])[0], rel=1e-12)
    assert "⚠ extrapolated" in text_of(page)
    assert "⚠ fitted only from 0.5 to 4" in text_of(page)


def test_undefined_values_are_told(discovery, browse):
    page = browse(explorer(discovery), move(0.0, -1.0))
    assert "undefined at these inputs" in " ".join(text_of(page).split())
    assert np.isnan(shown(page))


def test_splines(spline_discovery, browse):
    page = browse(explorer(spline_discovery), move(-0.3, 2.0))
    assert shown(page) == pytest.approx(spline_discovery.predict([[-0.3, 2.0]])[0], rel=1e-12)


def test_examined_law_has_band_and_data(examined, browse):
    fragment = explorer(examined)
    data = data_of(fragment)
    assert data["band"]["size"] == pytest.approx(2 * examined.test.rmse)
    assert [c["name"] for c in data["columns"]] == ["angle", "r"]
    assert len(fragment) - len(json.dumps(data)) < 40_000
    page = browse(fragment, move(2.0, 2.5))
    assert page.count("<circle") > 20
    assert page.count("<polygon") == 1
    assert 'aria-label="torque against angle, the other inputs as on the sliders"' in page


def test_plot_against_another_column(discovery, browse):
    choose = (
        "{const s = document.querySelector('select'); s.value = 1; s.dispatchEvent(new Event('change'));}"
    )
    page = browse(explorer(discovery), choose)
    assert re.search(r'class="axis x">v \[m/s\]<', page)


@pytest.mark.parametrize("name", [HOSTILE[0], HOSTILE[1]])
def test_hostile_names_in_a_browser(renamed, browse, name):
    record = renamed(name, "".join(HOSTILE), target=name)
    page = browse(explorer(record), "")
    assert text_of(page).count(name) >= 3


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_make_no_elements(renamed, name):
    plain, hostile = Tree(), Tree()
    plain.feed(explorer(renamed("a", "b")))
    hostile.feed(explorer(renamed(name, f"{name} 2", target=name)))
    assert hostile.tags == plain.tags
    assert data_of(explorer(renamed(name, "b")))["columns"][0]["name"] == name


def test_needs_nothing_from_elsewhere(examined):
    fragment = explorer(examined).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|\bsrc=|\bhref=|@import|\burl\((?!#)", fragment)


def test_nothing_to_move(discovery):
    def with_law(law):
        return dataclasses.replace(discovery, best=dataclasses.replace(discovery.best, expression=law))

    assert explorer(with_law(sympy.Float(2.5))) == ""
    assert explorer(with_law(sympy.besselj(sympy.Rational(1, 3), x2))) == ""


def test_axes_with_powers_of_ten(examined):
    x = np.geomspace(1e-3, 1e3, 50)
    sample = dataclasses.replace(examined.evidence.sample, x=np.column_stack([x, x, x]), y=x, part=(0,) * 50)
    record = dataclasses.replace(
        examined,
        data=dataclasses.replace(
            examined.data, feature_ranges=((1e-3, 1e3), (-1.0, 1.0), (0.0, 1.0)), target_range=(1e-3, 1e3)
        ),
        evidence=dataclasses.replace(examined.evidence, sample=sample),
    )
    data = data_of(explorer(record))
    assert data["log"]
    assert [c["log"] for c in data["columns"]] == [True, False]
    low, high = data["columns"][0]["slider"]
    assert low == pytest.approx(1e-3 * 10**-0.6)
    assert high == pytest.approx(1e3 * 10**0.6)
