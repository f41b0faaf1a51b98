import numpy as np
import pytest

from symkan.data.dataset import Column, Dataset
from symkan.data.splitting import row_hashes, split
from symkan.options import SplitOptions


def table(rows, *, seed=0, distinct=None):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(distinct or rows, 2))
    x = np.tile(x, (-(-rows // len(x)), 1))[:rows]
    return dataset(x, x.sum(axis=1))


def dataset(x, y):
    columns = tuple(Column(f"x{i}", f"x{i}", None, f"x{i}") for i in (1, 2))
    return Dataset(columns, Column("y", "y", None, "y"), x, y, (), "memory", "")


def test_appended_rows_move_no_other():
    long = table(2000)
    before = split(dataset(long.x[:1000], long.y[:1000]), SplitOptions(), seed=1)
    after = split(long, SplitOptions(), seed=1)
    for part in ("train", "validation", "test"):
        rows = getattr(after, part)
        assert rows[rows < 1000].tolist() == getattr(before, part).tolist()


def test_parts_have_the_sizes_asked_for_and_share_no_row():
    parts = split(table(5000), SplitOptions(validation=0.2, test=0.1), seed=0)
    rows = np.concatenate([parts.train, parts.validation, parts.test])
    assert sorted(rows) == list(range(5000))
    assert len(parts.validation) / 5000 == pytest.approx(0.2, abs=0.02)
    assert len(parts.test) / 5000 == pytest.approx(0.1, abs=0.02)
    assert parts.folds == ()


def test_order_of_the_rows_does_not_matter():
    data = table(500)
    order = np.random.default_rng(1).permutation(500)
    one = split(data, SplitOptions(), seed=0)
    two = split(dataset(data.x[order], data.y[order]), SplitOptions(), seed=0)
    assert sorted(order[two.test]) == one.test.tolist()


@pytest.mark.parametrize("rows", [60, 400])
def test_equal_rows_stay_together(rows):
    data = table(rows, distinct=20)
    parts = split(data, SplitOptions(), seed=0)
    pairs = [
        (parts.train, parts.test),
        (parts.validation, parts.test),
        (parts.train, parts.validation),
        *parts.folds,
    ]
    for one, two in pairs:
        assert not {tuple(row) for row in data.x[one]} & {tuple(row) for row in data.x[two]}


def test_minus_zero_is_zero():
    y = np.array([1.0])
    assert row_hashes(np.array([[0.0]]), y, seed=0) == row_hashes(np.array([[-0.0]]), y, seed=0)


def test_hashes_are_the_same_everywhere_and_evenly_spread():
    data = table(20_000)
    hashes = row_hashes(data.x, data.y, seed=0)
    assert np.histogram(hashes, 10, (0, 1))[0] == pytest.approx(np.full(10, 2000), rel=0.1)
    fixed = row_hashes(np.array([[1.0, 2.0]]), np.array([3.0]), seed=0)
    assert fixed[0] == 0.8147952491087433


def test_the_seed_changes_the_split():
    data = table(500)
    assert (
        split(data, SplitOptions(), seed=0).test.tolist() != split(data, SplitOptions(), seed=1).test.tolist()
    )
    assert (
        split(data, SplitOptions(), seed=1).test.tolist() == split(data, SplitOptions(), seed=1).test.tolist()
    )


@pytest.mark.parametrize("rows", [8, 29, 30, 99])
def test_small_tables_use_folds(rows):
    options = SplitOptions()
    parts = split(table(rows), options, seed=3)
    assert len(parts.validation) == 0
    assert (len(parts.test) > 0) == (rows >= options.test_from)
    assert len(parts.folds) == options.folds
    held = np.concatenate([validation for _, validation in parts.folds])
    assert sorted(held) == parts.train.tolist()
    sizes = [len(validation) for _, validation in parts.folds]
    assert max(sizes) - min(sizes) <= 1
    for train, validation in parts.folds:
        assert sorted([*train, *validation]) == parts.train.tolist()


@pytest.mark.parametrize("rows", [30, 31, 100, 101])
@pytest.mark.parametrize("distinct", [10, None])
def test_no_part_is_ever_empty(rows, distinct):
    for seed in range(30):
        parts = split(table(rows, distinct=distinct), SplitOptions(), seed=seed)
        assert len(parts.train)
        assert len(parts.test)
        assert len(parts.validation) or parts.folds
        assert all(len(train) and len(validation) for train, validation in parts.folds)


def test_two_distinct_rows_train_and_validate():
    parts = split(table(200, distinct=2), SplitOptions(), seed=0)
    assert len(parts.train) == len(parts.validation) == 100
    assert len(parts.test) == 0
