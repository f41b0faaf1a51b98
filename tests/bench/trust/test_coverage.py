import numpy as np
import pytest

from symkan.bench.trust.coverage import FORMS, coverage, simulate


def test_few_tables_of_each_form():
    records = [record for form in coverage(3) for record in form]
    assert {record.form for record in records} == {form.name for form in FORMS}
    assert all(0 <= share <= 1 for r in records for share in (r.wald, r.profile, r.profiled))
    assert np.mean([record.profile for record in records]) > 0.8


def test_errors_are_as_stated():
    form = next(form for form in FORMS if form.name == "power, proportional")
    x, y = simulate(form, [0])
    relative = y / (3.1 * x[:, 0] ** 2.2) - 1
    assert np.std(relative) == pytest.approx(form.noise, rel=0.3)
