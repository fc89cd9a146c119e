"""The mutator itself, and a sample of its mutants on every run; `make mutants` runs all of them."""

import ast
from itertools import count

import pytest
from tests.mutation.__main__ import section
from tests.mutation.mutator import _tree, mutants, put_in_place
from tests.mutation.run import Fate, Target, explained, fates, mutants_of, noticed_by, targets

from ecom_rlve.core.metrics import f1
from ecom_rlve.tasks.cart_wants import Want

SAMPLE = 6
"""Mutants of each target in a test run."""


def changes(module, function):
    return [mutant.change for mutant in mutants(module, function)]


def test_every_kind_of_change_is_made():
    f1_changes = changes("ecom_rlve.core.metrics", "f1")
    assert "total == 0 -> total != 0" in f1_changes
    assert "if total == 0 -> if True" in f1_changes
    assert "if total == 0 -> if False" in f1_changes
    assert "return 1.0 -> return 2.0" in f1_changes
    assert "return 2 * hit / total -> return None" in f1_changes
    assert "2 * hit / total -> 2 * hit * total" in f1_changes
    assert "hit = sum((Counter(wanted) & Counter(got)).values()) -> pass" in f1_changes
    assert "Counter(wanted) & Counter(got) -> Counter(wanted) | Counter(got)" in f1_changes
    everywhere = {c for target in targets() for mutant in mutants_of(target) for c in [mutant.change]}
    assert any(" and " in c.split(" -> ")[0] and " or " in c.split(" -> ")[1] for c in everywhere if " -> " in c)
    assert any(c.startswith("not ") for c in everywhere)
    assert any(c.startswith("min(") and "-> max(" in c for c in everywhere)


def test_a_mutant_runs_under_every_name_and_only_in_its_context():
    flipped = next(m for m in mutants("ecom_rlve.core.metrics", "f1") if m.change == "return 1.0 -> return 2.0")
    with put_in_place(flipped):
        assert f1({}, {}) == 2.0
    assert f1({}, {}) == 1.0
    held = next(m for m in mutants("ecom_rlve.tasks.cart_wants", "Want.in_force") if "return None" in m.change)
    before = Want.in_force.fget.__code__
    with put_in_place(held):
        assert Want.in_force.fget.__code__ is not before
    assert Want.in_force.fget.__code__ is before


def test_making_mutants_leaves_the_tree_as_it_is():
    tree, _ = _tree("ecom_rlve.tasks.amounts")
    before = ast.dump(tree)
    first = [m.name for m in mutants("ecom_rlve.tasks.amounts", "agreement")]
    second = [m.name for m in mutants("ecom_rlve.tasks.amounts", "agreement")]
    assert first == second
    assert len(set(first)) == len(first) > 20
    assert ast.dump(tree) == before


def test_a_blunt_killer_lets_mutants_live_and_the_card_says_so():
    target = Target("ecom_rlve.core.metrics", ("f1",), {"tests.core.test_metrics": ["test_no_cut_off_is_an_error"]})
    lived = list(fates(target))
    assert not any(fate.killer for fate in lived)
    data, check = section([(target, lived)])
    assert (data["mutants"], data["noticed"], check.passed) == (len(lived), 0, False)
    assert check.broken


def test_an_explanation_of_a_mutant_that_is_noticed_is_out_of_date():
    target = next(t for t in targets() if t.module.endswith("amounts"))
    noticed = [Fate(mutant, "somebody") for mutant in mutants_of(target)]
    _, check = section([(target, noticed)])
    assert check.passed is False
    assert any("explained, but noticed or gone" in case for case in check.broken)


def test_a_mutant_that_never_ends_is_noticed(monkeypatch):
    from tests.mutation import run
    from tests.mutation.inprocess import Killer

    monkeypatch.setattr(run, "SECONDS", 1)
    assert "TimeoutError" in noticed_by([Killer("loop", lambda: [None for _ in count()])])


def test_every_explanation_names_a_mutant_that_there_is():
    names = {mutant.name for target in targets() for mutant in mutants_of(target)}
    assert set(explained()) <= names
    assert all(len(why) > 20 for why in explained().values())


@pytest.mark.parametrize("target", targets(), ids=lambda t: t.module.removeprefix("ecom_rlve."))
def test_no_mutant_survives_unexplained(target):
    """A sample, spread over the functions; all of them with `make mutants`."""
    everything = [m for m in mutants_of(target) if m.name not in explained()]
    some = everything[:: max(1, len(everything) // SAMPLE)][:SAMPLE]
    assert [fate.mutant.name for fate in fates(target, some) if not fate.killer] == []
