"""Tables of the trust benchmark, and the page that tells what became of them."""

import numpy as np

from symkan.bench.trust import verdicts
from symkan.bench.trust.coverage import Coverage
from symkan.bench.trust.page import page, totals, within
from symkan.bench.trust.verdicts import NOISES, ROWS, Task, Trial, judge, noise_table, tasks


def test_noise_is_of_all_kinds_and_sizes():
    tables = [noise_table(seed) for seed in range(60)]
    assert {len(table.y) for _, table in tables} == set(ROWS)
    assert {name.rpartition(", ")[0] for name, _ in tables} == set(NOISES)


def test_a_table_can_be_made_again():
    first, second = (noise_table(7)[1] for _ in range(2))
    assert np.array_equal(first.y, second.y)
    assert first.sha256 == second.sha256


def test_laws_are_those_of_the_catalogue():
    law = tasks("law", 3)[2]
    assert law.name == "I.6.2b"
    assert law.table.x.shape == (1000, 3)


def test_noise_gets_the_verdict_none(monkeypatch):
    monkeypatch.setitem(verdicts.SECONDS, "noise", 1.0)
    name, _ = noise_table(1)
    trial = judge(Task("noise", name, 1))
    assert trial.trust == "none"
    assert trial.reasons


def test_page_shows_what_went_wrong():
    trials = [
        Trial("noise", "normal, 20 × 1", 0, "none", ("no formula",), "0.1", 1.0, "0.1.0"),
        Trial("law", "I.6.2", 0, "tentative", ("a spline",), "x1*0.123456789", 2.0, "0.1.0"),
    ]
    rows = [Coverage("line", 30, "equal", 2.5, 400, 0.95, 0.945, 0.0)]
    text = page(trials, rows, command="symkan bench trust")
    assert totals(trials, "noise") == "1 tables: none 1"
    assert "| I.6.2 | 0 | tentative | `x1*0.12346` | a spline | 2.0 |" in text
    assert "normal, 20" not in text
    assert within(rows) == "94.5 to 94.5 %, median 94.5 %"
