"""The floor under the branches that the tests take; that it is reached shows `make coverage` alone."""

from __future__ import annotations

import pytest
from tests.branches import PACKAGES, Taken, by_package, faults


def report(taken: int) -> dict:
    summary = {"num_branches": 100, "covered_branches": taken, "num_statements": 10, "covered_lines": 9}
    return {"files": {f"src/ecom_rlve/{name}/{half}.py": {"summary": summary} for name in PACKAGES for half in "ab"}}


def test_files_of_a_package_are_counted_together():
    assert by_package(report(97)) == dict.fromkeys(PACKAGES, Taken(200, 194, 20, 18))


@pytest.mark.parametrize(("taken", "wrong"), [(100, []), (95, []), (94, ["94.00% of branches, 95% are asked for"])])
def test_ninety_five_of_a_hundred_branches_are_enough(taken, wrong):
    assert list(faults(by_package(report(taken)))) == wrong


def test_a_package_that_nobody_measured_is_no_good_news():
    found = by_package(report(100))
    del found["world"]
    assert list(faults(found)) == ["world was not measured"]
