"""The forecast of a search: memory against that of a process, and what it says."""

import subprocess
import sys

import numpy as np
import pytest

from symkan.data.tables import dataset_of
from symkan.options import Options, SearchOptions
from symkan.search import forecast as forecasts
from symkan.search.forecast import Forecast, forecast, last_fits

PEAK = """
import sys
import numpy as np
from symkan.bench.speed.growth import peak
from symkan.data.tables import dataset_of
from symkan.discovery import discover
from symkan.options import Options
from symkan.search.forecast import forecast

x = np.random.default_rng(0).uniform(1, 3, (int(sys.argv[1]), int(sys.argv[2])))
table, options = dataset_of(x, x[:, 0] * np.exp(-x[:, 1])), Options(time_budget=4)
expected = forecast(table, options).bytes
discover(table, options)
print(expected / peak())
"""


def table(rows, columns):
    x = np.random.default_rng(0).uniform(1, 3, (rows, columns))
    return dataset_of(x, x[:, 0] * x[:, 1])


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is told by Linux")
@pytest.mark.parametrize(("rows", "columns"), [(100, 2), (1000, 5), (500_000, 8)])
def test_memory_within_a_factor_of_three(rows, columns):
    command = [sys.executable, "-c", PEAK, str(rows), str(columns)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert 1 / 3 < float(ran.stdout) < 3


def test_more_of_everything_takes_more():
    small, wide, long = (forecast(table(*size), Options()) for size in ((500, 2), (500, 6), (20_000, 2)))
    assert wide.training > small.training
    assert long.last_fit > 0 == small.last_fit
    assert long.bytes > small.bytes
    assert small.networks > 20
    assert forecast(table(500, 2), Options(search=SearchOptions(networks=False))).networks == 0


def test_time_for_the_last_fits_is_at_most_half(monkeypatch):
    for one, kept in ((2.0, 8.0), (100.0, 30.0)):
        monkeypatch.setattr(forecasts, "_last_fit", lambda rows, one=one: one)
        assert last_fits(10**6, Options(time_budget=60.0)) == kept


def test_what_it_says():
    said = Forecast(70, 12.4, 3.2, 60.0, 1_234_000_000).text
    assert (
        said == "up to 70 networks, 12 s for all, 3 s for a fit to all rows; 60 s at most, 1.2 GB of memory"
    )
    assert Forecast(6, 0.1, 0.0, 9.5, 5 * 10**8).text.startswith(
        "up to 6 networks, under 1 s for all; 9.5 s at"
    )
    assert Forecast(0, 0.0, 0.0, 60.0, 5 * 10**8).text == "60 s at most, 0.5 GB of memory"
