"""What is asked of each table."""

import pytest

from symkan.batch.config import Config, read_config
from symkan.batch.records import Job
from symkan.errors import OptionError
from symkan.options import Options

TEXT = """
target = "last"
[options]
time_budget = 20
[options.search]
rounds = 2

[[tables]]
pattern = "run_*.csv"
target = "E"
features = ["m", "v"]
units = {m = "kg"}
options = {seed = 3, search = {networks = false}}

[[tables]]
pattern = "old/*"
features = ["m"]
"""


@pytest.fixture
def config(tmp_path):
    def read(text) -> Config:
        path = tmp_path / "batch.toml"
        path.write_text(text, "utf-8")
        return read_config(path)

    return read


def test_later_rules_count(config):
    rules = config(TEXT)
    base = Job("first", options=Options(seed=1))
    assert rules.job("other.csv", base).target == "last"
    assert rules.job("other.csv", base).options.seed == 1
    job = rules.job("old/run_1.csv", base)
    assert (job.target, job.features, job.units) == ("E", ("m",), {"m": "kg"})
    assert (job.options.seed, job.options.time_budget) == (3, 20.0)
    assert (job.options.search.rounds, job.options.search.networks) == (2, False)
    assert job.options.search.rows == Options().search.rows
    assert Config().job("a.csv", base) == base


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("target = ", "is no TOML"),
        ("a = " + "[" * 5000, "is no TOML"),
        ("targte = 'y'", "unknown targte; it knows target"),
        ("target = 3", "target: str expected"),
        ("features = 'm'", "features: list expected"),
        ("units = {m = 1}", r"units\.m: str expected"),
        ("options = 3", "write a table such as"),
        ("[options]\ntime = 3", "unknown 'time'"),
        ("[options]\ntime_budget = nan", "time_budget is nan; give seconds above 0"),
        ("[options.search]\nrounds = 'two'", r"options\.search\.rounds: int expected"),
        ("[[tables]]\ntarget = 'y'", "number 1 has no pattern"),
        ("tables = 3", "tables is no list"),
    ],
)
def test_what_cannot_be_meant(config, text, said):
    with pytest.raises(OptionError, match=said):
        config(text)


def test_no_file(tmp_path):
    with pytest.raises(OptionError, match="cannot be read"):
        read_config(tmp_path / "none.toml")
