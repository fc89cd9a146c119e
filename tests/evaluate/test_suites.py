"""Suites: which episodes, in which order, and how a climb ends."""

import pytest

from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.seeds import is_eval_seed
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.evaluate.runs import Outcome
from ecom_rlve.evaluate.suites import Suite, Trial, frontiers, suite_named, suites
from ecom_rlve.tasks.registry import all_tasks

CLIMB = Suite("climb", "", (0, 1, 2, 5), seeds=60, envs=("cart_building-v0",), bar=0.9, chunk=20)


def outcome(trial, correct, valid=True):
    reward = (0.9 if correct else -0.9) if valid else None
    return Outcome(trial.spec, "a", correct and valid, reward, "", (), "answered", 1, 1)


def climbed(decide, suite=CLIMB):
    done = {}
    for _ in range(100):
        todo = [t for t in suite.wanted(done.values()) if t not in done]
        if not todo:
            return list(done.values())
        for trial in todo:
            done[trial] = decide(trial)
    raise AssertionError("a climb must end")


def test_the_standard_suite_is_what_the_specification_says():
    suite = suite_named("standard")
    wanted = suite.wanted(())
    assert suite.difficulties == (0, 3, 6, 9, 12)
    assert len(wanted) == len(set(wanted)) == len(all_tasks()) * 5 * 50 * 4 == suite.at_most
    assert {t.spec.env.rpartition("-")[0] for t in wanted} == set(all_tasks())
    assert all(is_eval_seed(t.spec.seed) for t in wanted), "training never draws these"


def test_every_shipped_suite_plays_something_else():
    assert {len(s.wanted(())) for s in suites().values()} == {len(all_tasks()) * n for n in (30, 1000, 25)}


def test_a_climb_goes_on_while_it_passes_and_reports_how_far():
    done = climbed(lambda t: outcome(t, t.spec.difficulty < 2 or t.spec.seed % 2 == 0))
    (found,) = frontiers(CLIMB, done)
    assert (found.d90, found.top) == (1, False)
    assert [(d, n) for d, _, n, _, _ in found.levels] == [(0, 60), (1, 60), (2, 20)], "it stops once it cannot pass"
    assert found.levels[0][3] == pytest.approx(60 / (60 + 1.959964**2))


def test_a_climb_to_the_top_says_that_there_is_no_harder_level():
    (found,) = frontiers(CLIMB, climbed(lambda t: outcome(t, True)))
    assert (found.d90, found.top) == (5, True)


def test_a_climb_that_fails_at_once_has_no_frontier():
    (found,) = frontiers(CLIMB, climbed(lambda t: outcome(t, False)))
    assert (found.d90, found.top, [n for _, _, n, _, _ in found.levels]) == (None, False, [20])


def test_invalid_episodes_neither_help_nor_hurt_a_climb_and_it_ends():
    valid_half = climbed(lambda t: outcome(t, True, valid=t.spec.seed % 2 == 0))
    (found,) = frontiers(CLIMB, valid_half)
    (_, passed, n, low, _) = found.levels[0]
    assert passed == n == sum(o.reward is not None for o in valid_half if o.spec.difficulty == 0) < 60
    assert (found.d90 is not None) == (low >= 0.9)
    assert frontiers(suite_named("smoke"), []) == []


def test_what_is_next_follows_from_what_is_done_alone():
    done = climbed(lambda t: outcome(t, t.spec.difficulty < 2))
    assert CLIMB.wanted(done) == CLIMB.wanted(list(reversed(done)))
    assert {str(o.spec) for o in done} == {t.name for t in CLIMB.wanted(done)}


@pytest.mark.parametrize(
    "bad",
    [
        {"seeds": 0},
        {"difficulties": ()},
        {"trials": 0},
        {"bar": 1.0},
        {"bar": 0.9, "seeds": 20},
        {"bar": 0.5, "trials": 2},
    ],
)
def test_suites_that_make_no_sense_are_refused(bad):
    with pytest.raises(SpecError):
        Suite(**{"name": "x", "about": "", "difficulties": (0,), "seeds": 40, **bad})


def test_a_suite_of_ones_own(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        '[a]\nabout="x"\ndifficulties=[1]\nseeds=2\n[b]\nabout="y"\ndifficulties=[2]\nseeds=1\nenvs=["policy_qa-v0"]\n'
    )
    assert suite_named(str(file)).name == "a"
    own = suite_named(f"{file}:b")
    assert [t.spec.env for t in own.wanted(())] == ["policy_qa-v0"]
    for name, said in (("vast", "known are smoke, standard, frontier"), (f"{file}:c", "known are a, b")):
        with pytest.raises(SpecError, match=said):
            suite_named(name)
    with pytest.raises(SpecError, match="nowhere"):
        suite_named("/nowhere.toml")
    file.write_text('[a]\nabout="x"\ndifficulties=[1]\nseeds=2\nseedz=3\n')
    with pytest.raises(SpecError, match="seedz"):
        suite_named(str(file))


def test_a_trial_is_named_by_its_episode():
    assert Trial("cart_building-v0/d0/s7?eps_rank=0.3").spec == EpisodeSpec("cart_building-v0", 0, 7, {"eps_rank": 0.3})
