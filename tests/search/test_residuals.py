import numpy as np
import pytest

from symkan.search.residuals import structure


@pytest.mark.parametrize("columns", [1, 2, 4, 7])
@pytest.mark.parametrize("rows", [40, 300])
def test_noise_has_no_structure_as_often_as_it_should(columns, rows):
    found = 0
    for seed in range(40):
        generator = np.random.default_rng(seed)
        x = generator.uniform(1, 5, (rows, columns))
        found += structure(x, generator.normal(size=rows)) < 0.05
    assert found <= 7  # 2 are expected; more than 7 come once in a thousand


@pytest.mark.parametrize(
    "signal",
    [
        lambda x: x[:, 0],
        lambda x: (x[:, 0] - 3) * (x[:, 1] - 3),
        lambda x: (
            np.hypot(x[:, 0] - x[:, 1], x[:, 2] - x[:, 3])
            - ((x[:, 0] - x[:, 1]) ** 2 + (x[:, 2] - x[:, 3]) ** 2) / 5
        ),
        lambda x: np.sin(2 * x[:, 2]),
    ],
)
def test_structure_below_the_noise_is_seen(signal):
    generator = np.random.default_rng(3)
    x = generator.uniform(1, 5, (900, 4))
    y = signal(x)
    y = (y - y.mean()) / y.std()
    assert structure(x, 0.7 * y + generator.normal(size=900)) < 1e-3


def test_an_exact_fit_by_a_polynomial_is_structure():
    x = np.random.default_rng(0).uniform(0, 1, (200, 2))
    assert structure(x, x[:, 0] - x[:, 1] ** 2) == 0
