import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from symkan.report.figures.scales import Decades, Plain, at_least, error_scale, spans_decades
from symkan.report.figures.smoothing import local_lines
from symkan.report.figures.style import style
from symkan.report.figures.words import (
    letters_without_font,
    plain,
    shortened,
    target_of,
    typeset,
    width_of,
    with_unit,
)


@given(st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_drawn(text):
    """The fonts have a glyph for each letter, or matplotlib would warn."""
    with style():
        figure = Figure()
        artist = figure.text(0, 0, plain(text))
        figure.draw_without_rendering()
    assert "\n" not in artist.get_text()


@given(st.text(alphabet="abcdefWi .", min_size=1, max_size=80), st.floats(8, 60))
@settings(max_examples=60, deadline=None)
def test_shortened_fits(text, room):
    short = shortened(text, room, 8)
    assert width_of(short, 8) <= room
    assert short == text or "…" in short


def test_shortened_keeps_the_end():
    assert shortened("temperature of the inlet no. 17", 30, 8).endswith("17")


def test_units_stay():
    text = with_unit("a very long name of some column", "m/s", room=30, size=8)
    assert text.endswith(" (m/s)")
    assert "…" in text
    assert with_unit("c", None, room=30, size=8) == "c"


@pytest.mark.parametrize(
    ("network", "text"),
    [("[2, 1]", "F"), ("[2, 1] for 1/y", "1/F"), ("[1, 1] for log a factor of y", "log a factor of F")],
)
def test_target(network, text):
    assert target_of(network, "F") == text


def test_target_is_no_pattern():
    assert target_of("[1] for log y", r"\1 y") == r"log \1 y"


def test_quoted_names_are_not_typeset():
    assert typeset("`a**2`**2*b") == "`a**2`²·b"


def test_log_labels():
    label = Decades()
    label.create_dummy_axis()
    label.axis.set_view_interval(1e-40, 1e9)
    assert [label(10.0**k) for k in (-34, -3, 0, 3, 5)] == ["10⁻³⁴", "0.001", "1", "1000", "10⁵"]


def test_offset_of_a_linear_axis():
    figure = Figure()
    ax = figure.add_subplot()
    ax.xaxis.set_major_formatter(Plain())
    ax.plot([0, 3e-34], [0, 1])
    figure.draw_without_rendering()
    assert ax.xaxis.get_offset_text().get_text() == "×10⁻³⁴"


@pytest.mark.parametrize("values", [[0.0], [0.0, 1e-3], [1e-300, 1e5], [2.0, 2.1], [np.inf, np.nan, 1.0], []])
def test_scale_of_errors_shows_all(values):
    figure = Figure()
    ax = figure.add_subplot()
    zero = error_scale(ax, "y", values)
    low, high = ax.get_ylim()
    shown = at_least(values, zero)
    assert 0 < low < zero < high
    assert np.all(np.isnan(shown) | ((shown > low) & (shown < high)))
    figure.draw_without_rendering()
    ticks = [t for t in ax.yaxis.get_ticklocs() if low <= t <= high]
    assert len(ticks) >= 2


def test_spans_decades():
    assert spans_decades([1, 101])
    assert not spans_decades([1, 99])
    assert not spans_decades([-1, 1000])
    assert not spans_decades([0, 1000])
    assert not spans_decades([])


def test_local_lines_against_polyfit():
    generator = np.random.default_rng(0)
    x = np.sort(generator.uniform(0, 1, 60))
    y = np.sin(5 * x) + generator.normal(0, 0.1, 60)
    at = np.array([0.0, 0.3, 0.77, 1.0])
    expected = []
    for place in at:
        distance = np.abs(x - place)
        reach = np.sort(distance)[30]
        weight = np.where(distance < reach, (1 - (distance / reach) ** 3) ** 3, 0)
        expected.append(np.polyval(np.polyfit(x, y, 1, w=np.sqrt(weight)), place))
    np.testing.assert_allclose(local_lines(x, y, at, share=0.5), expected, rtol=1e-6)


def test_local_lines_of_few_values():
    x, y = np.array([1.0, 1, 1, 2, 2, 2]), np.array([0.0, 1, 2, 4, 5, 6])
    assert np.isfinite(local_lines(x, y, np.array([1.0, 1.5, 2.0]))).all()


def test_letters_that_no_font_has(renamed):
    assert letters_without_font(renamed("α b", "Größe [µm]")) == ""
    found = renamed("\U00013000\U00013001 x", "v\U00013001\x07")  # hieroglyphs
    assert letters_without_font(found) == "\U00013000\U00013001"
    assert plain("\U00013000") == "\N{WHITE SQUARE}"
