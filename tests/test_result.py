import dataclasses
import json
import math
import pickle

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symkan.errors import ColumnError, ResultError
from symkan.result import Discovery
from symkan.symbolic.expressions import symbol

ROWS = np.array([[0.1, 1.0], [-1.2, 3.5], [1.4, 0.5]])


def same(a, b):
    """Equality that knows nan and arrays."""
    if dataclasses.is_dataclass(a):
        return type(a) is type(b) and all(
            same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a)
        )
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=True)
    if isinstance(a, tuple) and not isinstance(b, str):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and a == b


def round_trip(record, path):
    record.save(path)
    return Discovery.load(path)


def test_expression_has_the_users_names(discovery):
    theta, v = sympy.Symbol("theta1"), sympy.Symbol("v")
    assert discovery.expression.free_symbols == {theta, v}
    assert discovery.expression.coeff(sympy.sin(theta)) == sympy.Float(2.5012345678901234)


def test_predict(discovery):
    expected = 2.5012345678901234 * np.sin(ROWS[:, 0]) + ROWS[:, 1] ** 1.5 - 0.12512345678901234
    np.testing.assert_allclose(discovery.predict(ROWS), expected, rtol=1e-14)
    assert np.isnan(discovery.predict([[0.0, -1.0], [np.nan, 1.0]])).all()


def test_predict_names_the_columns_it_needs(discovery):
    with pytest.raises(ColumnError, match=r"shape \[3, 1\]; give \[rows, 2\]: theta1, v"):
        discovery.predict(ROWS[:, :1])


def test_outside(discovery):
    rows = [[0.0, 1.0], [1.6, 1.0], [0.0, 0.4], [np.nan, 1.0], [-1.5, 4.0]]
    assert discovery.outside(rows).tolist() == [False, True, True, True, False]


def test_columns_of_frames_are_found_by_header_or_name(discovery):
    import pandas as pd

    for names in (["theta1", "v"], ["theta1", "v [m/s]"]):
        frame = pd.DataFrame(ROWS, columns=names).assign(note="none")
        for rows in (frame, frame[frame.columns[::-1]]):
            np.testing.assert_array_equal(discovery.predict(rows), discovery.predict(ROWS))
            np.testing.assert_array_equal(discovery.outside(rows), discovery.outside(ROWS))
    with pytest.raises(ColumnError, match="x: there is no column 'theta1'"):
        discovery.predict(frame[["v [m/s]"]])
    simple = dataclasses.replace(discovery, best=discovery.front[0])
    np.testing.assert_allclose(simple.predict(frame[["v [m/s]"]]), 1.7 * ROWS[:, 1])
    assert simple.outside([[9, 1.0], [np.nan, 1.0], [0, 9.0]]).tolist() == [False, False, True]


def test_round_trip_is_exact(discovery, tmp_path):
    again = round_trip(discovery, tmp_path / "result.json")
    assert same(again, discovery)
    assert again.to_json() == discovery.to_json()


def test_round_trip_with_splines(spline_discovery, tmp_path):
    again = round_trip(spline_discovery, tmp_path / "result.json")
    assert same(again, spline_discovery)
    np.testing.assert_array_equal(again.predict(ROWS), spline_discovery.predict(ROWS))


x1, x2 = symbol("x1"), symbol("x2")
floats = st.floats(-1e50, 1e50, allow_subnormal=False).filter(lambda v: abs(v) > 1e-50).map(sympy.Float)
leaves = st.one_of(st.sampled_from([x1, x2, sympy.pi, sympy.Rational(3, 7), sympy.Integer(-2)]), floats)
laws = st.recursive(
    leaves,
    lambda parts: st.one_of(
        st.builds(lambda a, b: a + b, parts, parts),
        st.builds(lambda a, b: a * b, parts, parts),
        st.builds(lambda a: sympy.sin(a + x1), parts),
        st.builds(lambda a: sympy.sqrt(x2 + a**2), parts),
        st.builds(lambda a: sympy.Abs(x1 - a), parts),
    ),
    max_leaves=6,
).filter(lambda e: e.is_finite is not False and not e.has(sympy.nan, sympy.zoo, sympy.I))


@settings(max_examples=60, deadline=None)
@given(law=laws, numbers=st.lists(st.floats(), max_size=4).map(tuple))
def test_round_trip_of_any_law(discovery, tmp_path_factory, law, numbers):
    best = dataclasses.replace(discovery.best, expression=law)
    history = dataclasses.replace(discovery.portrait.history, train_rmse=numbers)
    portrait = dataclasses.replace(discovery.portrait, history=history)
    record = dataclasses.replace(discovery, best=best, front=(best,), portrait=portrait)
    assert same(round_trip(record, tmp_path_factory.getbasetemp() / "any.json"), record)


def test_names_survive(renamed, tmp_path):
    record = renamed('a"\\\n', "[red]θ", target="ü")
    assert same(round_trip(record, tmp_path / "result.json"), record)


def test_pickle(spline_discovery):
    assert same(pickle.loads(pickle.dumps(spline_discovery)), spline_discovery)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("best", "expression"), "__import__('os').system('x')"),
        (("best", "expression"), 3),
        (("portrait", "matches", 0, "function"), None),
        (("data", "features", 0), "x1"),
        (("outcome",), "splendid"),
        (("front",), None),
        (("data", "feature_ranges", 0), [2.0, 1.0]),
    ],
)
def test_damaged_file(discovery, tmp_path, place, value):
    document = json.loads(discovery.to_json())
    spot = document
    for key in place[:-1]:
        spot = spot[key]
    spot[place[-1]] = value
    path = tmp_path / "result.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ResultError, match=r"result\.json is damaged at .*" + str(place[0])):
        Discovery.load(path)
