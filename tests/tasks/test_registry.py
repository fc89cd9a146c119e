"""The registry: what is trained together."""

from itertools import pairwise

from ecom_rlve.tasks.registry import COLLECTIONS, TASKS


def test_collections_grow_into_each_other_up_to_all_environments():
    assert [len(names) for names in COLLECTIONS.values()] == [1, 2, 4, 8]
    for smaller, larger in pairwise(COLLECTIONS.values()):
        assert set(smaller) < set(larger)
    assert set(COLLECTIONS["C8"]) == set(TASKS)
