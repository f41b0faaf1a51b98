"""What every figure must pass: nothing clipped, no two labels over one another, units where there are any."""

from itertools import combinations

from matplotlib.text import Text


def visible_texts(figure):
    """Texts that are drawn, with where they are in pixels."""
    figure.draw_without_rendering()
    found = []
    for text in figure.findobj(Text):
        shown = text.get_visible() and text.get_text().strip() and _shown(text, figure)
        box = text.get_window_extent() if shown else None
        if box is not None and box.width > 0 and box.height > 0:
            found.append((text, box))
    return found


def _shown(text, figure):
    """Whether all that holds the text is visible, and a tick's label within its axis."""
    for ax in figure.findobj(lambda artist: hasattr(artist, "get_xticks")):
        for axis in (ax.xaxis, ax.yaxis):
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if text in (tick.label1, tick.label2):
                    low, high = sorted(axis.get_view_interval())
                    slack = 1e-9 * (high - low)
                    visible = axis.get_visible() and ax.axison and tick.get_visible()
                    return visible and low - slack <= tick.get_loc() <= high + slack
        if text in (ax.xaxis.label, ax.yaxis.label, ax.xaxis.offsetText, ax.yaxis.offsetText):
            return ax.axison
    return True


def check(figure):
    """Assert that no text is clipped by the figure's edge and no two overlap."""
    edge = figure.bbox
    texts = visible_texts(figure)
    assert texts
    for text, box in texts:
        inside = box.x0 >= edge.x0 and box.x1 <= edge.x1 and box.y0 >= edge.y0 and box.y1 <= edge.y1
        assert inside, f"{text.get_text()!r} is clipped: {box}"
    for (one, first), (other, second) in combinations(texts, 2):
        # what touches by less than a third of a point is apart to the eye
        slack = figure.dpi / 72 / 3
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        along = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across <= slack or along <= slack, f"{one.get_text()!r} lies over {other.get_text()!r}"
