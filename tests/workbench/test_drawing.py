import numpy as np
import pytest

from symkan import KAN
from tests.workbench.conftest import article


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_network(mixed):
    shown = texts(mixed.plot())
    assert {"x1", "x2", "y", "sin", "x²", "Σ"} <= set(shown)


def test_names_and_outputs():
    import pandas as pd

    x, y = article(60)
    frame = pd.DataFrame(x, columns=["$a_1$", "<b>"])
    kan = KAN([2, (1, 1), 2]).fit(frame, np.stack([y, y], 1), steps=2)
    assert {"$a_1$", "<b>", "y1", "y2", "Π"} <= set(texts(kan.plot()))


def test_rows_may_be_given():
    kan = KAN.from_expression("q*(E + B*v*sin(theta))")
    ax = kan.plot(X=np.random.default_rng(0).uniform(1, 2, (50, 5)))
    assert {"q", "E", "theta", "sin"} <= set(texts(ax))


def test_edge(mixed):
    ax = mixed.plot_edge((0, 0, 0))
    assert ax.get_title() == "x1 → h1: sin"
    x, y = ax.lines[0].get_data()
    (edge,) = [a for a in mixed.activations() if a.edge == (0, 0, 0)]
    assert np.allclose(np.interp(edge.x, x, y), edge.y, atol=0.02)


def test_training_and_axes_given(fitted):
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert fitted.plot_training(ax) is ax
    assert np.allclose(ax.lines[0].get_ydata(), fitted.history.train_rmse)


@pytest.mark.parametrize("draw", [lambda kan, ax: kan.plot(ax), lambda kan, ax: kan.plot_edge((1, 0, 0), ax)])
def test_draws_into_axes(mixed, draw):
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert draw(mixed, ax) is ax
