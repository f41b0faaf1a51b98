"""One look for all figures: sizes, colours, fonts, and how they are saved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from symkan.report.figures.words import families

P = ParamSpec("P")
T = TypeVar("T")

MM = 1 / 25.4
COLUMN, PAGE = 86.0, 178.0
"""Widths in mm: of one column of a journal, and of its page."""

BLUE, ORANGE, GREEN, RED = "#0072b2", "#e69f00", "#009e73", "#d55e00"
"""Of Okabe and Ito (2008): told apart by colour-blind readers, too."""
WINE = "#882255"
DARK, GREY, FAINT = "#222222", "#777777", "#c4c4c4"

SIZE, SMALL = 8.0, 7.0
"""Font sizes in points: of text, and of tick labels and legends."""

PARTS = (("training", BLUE, "o"), ("validation", ORANGE, "s"), ("locked test", WINE, "^"))
"""Name, colour and marker of the rows, as `RowSample.part` numbers them."""

MOST_MARKERS = 3000
"""More of them than this in a figure are drawn as an image, also in vector formats."""

_STYLE: Any = {
    "font.size": SIZE,
    "axes.titlesize": SIZE,
    "axes.labelsize": SIZE,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "text.parse_math": False,  # names are no formulas
    "axes.formatter.use_mathtext": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": DARK,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "axes.titlepad": 3.0,
    "axes.labelpad": 2.0,
    "axes.xmargin": 0.04,
    "axes.ymargin": 0.06,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.0,
    "text.color": DARK,
    "axes.labelcolor": DARK,
    "xtick.color": DARK,
    "ytick.color": DARK,
    **{f"{axis}tick.{which}.width": 0.6 for axis in "xy" for which in ("major", "minor")},
    **{f"{axis}tick.major.size": 2.5 for axis in "xy"},
    **{f"{axis}tick.minor.size": 1.5 for axis in "xy"},
    "figure.dpi": 200.0,
    "savefig.dpi": 200.0,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "symkan",
}
_LOCK = threading.RLock()


@contextmanager
def style() -> Iterator[None]:
    """The look, whatever the user's own settings are; they come back afterwards.

    Settings of matplotlib are global: one thread draws at a time.
    """
    with _LOCK, mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        mpl.rcParams["font.family"] = list(families())
        yield


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """`draw`, in the look."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> T:
        with style():
            return draw(*args, **kwargs)

    return drawn


def new_axes(ax: Axes | None, width: float = COLUMN, height: float = 60.0) -> Axes:
    """The axes given, or those of a new figure of so many mm; no global state of matplotlib knows of it."""
    return ax if ax is not None else new_figure(width, height).add_subplot()


def new_figure(width: float, height: float, *, constrained: bool = True) -> Figure:
    """An empty figure of so many mm."""
    return Figure(figsize=(width * MM, height * MM), layout="constrained" if constrained else None)


def new_panels(n: int, figure: Figure | SubFigure | None, *, height: float = 36.0) -> NDArray[Any]:
    """So many axes [n], of `height` mm each, in the figure given or in a new one of one column or a page."""
    columns = n if n <= 3 else 2 if n == 4 else 3 if n <= 6 else 4
    rows = -(-n // columns)
    if figure is None:
        height = 56.0 if n == 1 else height
        figure = new_figure(COLUMN if columns <= 2 else PAGE, rows * height + 4)
    elif isinstance(figure, Figure) and figure.get_layout_engine() is None:
        figure.set_layout_engine("constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for empty in axes[n:]:
        empty.remove()
    return np.asarray(axes[:n])


def legend_above(ax: Axes) -> None:
    """The legend in one line above the axes, where it hides nothing."""
    place: dict[str, Any] = {
        "loc": "lower right",
        "bbox_to_anchor": (1.0, 1.0),
        "ncols": 3,
        "borderaxespad": 0.2,
    }
    ax.legend(**place, handletextpad=0.3, columnspacing=1.2)


def legend_below(ax: Axes) -> None:
    """The legend in two columns below the axes, where it hides nothing; a figure of its own makes room for it."""
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, columnspacing=1.2)


def size_mm(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes in mm."""
    per_inch = ax.figure.dpi
    return float(ax.bbox.width / per_inch / MM), float(ax.bbox.height / per_inch / MM)


def root(ax: Axes) -> Figure:
    """The figure that holds the axes, at whatever depth."""
    figure: Figure | SubFigure = ax.figure
    while isinstance(figure, SubFigure):
        figure = figure.figure
    return figure


def settle(figure: Figure) -> None:
    """Lay the figure out once and for all, so that all formats show the same."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


def save_all(figure: Figure, stem: Path, formats: Iterable[str], *, title: str) -> tuple[Path, ...]:
    """Write the figure as stem.FORMAT for each format, all alike; within `style`."""
    settle(figure)
    paths = tuple(stem.with_name(f"{stem.name}.{suffix}") for suffix in formats)
    for path in paths:
        save(figure, path, title=title)
    return paths


def save(figure: Figure, path: Path, *, title: str) -> None:
    """Write the figure in the format of the path's suffix: the same bytes for the same figure."""
    suffix = path.suffix[1:]
    undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}[suffix]
    figure.savefig(path, format=suffix, metadata={"Title": title, **undated})
