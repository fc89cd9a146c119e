"""Numbered tasks: disjoint splits, and every cell of the grid."""

import pytest

from ecom_rlve.adapters.openenv import splits
from ecom_rlve.core.seeds import is_eval_seed


def test_splits_share_no_seed_and_cover_every_cell():
    train = [splits.task_spec("train", i) for i in range(splits.size("train"))]
    test = [splits.task_spec("test", i) for i in range(splits.size("test"))]
    assert not {s.seed for s in train} & {s.seed for s in test}
    assert all(is_eval_seed(s.seed) for s in test)
    assert len(set(train)) == len(train)
    assert {(s.env, s.difficulty) for s in test} == {(s.env, s.difficulty) for s in train}
    assert len({(s.env, s.difficulty) for s in test}) == 8 * splits.DIFFICULTIES


@pytest.mark.parametrize(("split", "index"), [("train", -1), ("test", 10**9), ("nothing", 0)])
def test_what_is_not_there_is_an_index_error(split, index):
    with pytest.raises(IndexError):
        splits.descriptor(split, index)


def test_slices_are_bounded():
    assert len(splits.descriptors("train")) == splits.PAGE
    assert [d["index"] for d in splits.descriptors("test", 3, 6)] == [3, 4, 5]
