"""The curriculum's laws, with simulated learners."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.curriculum.learners import Learner, train

from ecom_rlve.core.difficulty import BUDGETS, Difficulty
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.seeds import is_eval_seed
from ecom_rlve.curriculum.curriculum import Curriculum
from ecom_rlve.curriculum.state import from_json, load, save, to_json
from ecom_rlve.curriculum.tally import Count, Tally, effective_ratio, is_effective, merged
from ecom_rlve.curriculum.window import Window

CART = "cart_building"


def results(level: int, correct: int, wrong: int) -> Tally:
    return Tally.of([(CART, level, True)] * correct + [(CART, level, False)] * wrong)


@pytest.mark.parametrize(
    ("rule", "correct", "wrong", "high"),
    [
        ("rlve", 29, 3, 1),  # 0.906
        ("rlve", 28, 4, 0),  # 0.875
        ("rlve", 31, 0, 0),  # too few
        ("wilson", 31, 1, 1),  # lower bound 0.843
        ("wilson", 30, 2, 0),  # lower bound 0.799
        ("static", 32, 0, 0),
    ],
)
def test_the_frontier_moves_exactly_where_its_rule_says(rule, correct, wrong, high):
    after = Curriculum.begin([CART], rule).updated(results(0, correct, wrong))
    assert after.frontier() == {CART: high}


def test_counters_reset_either_way_and_carry_over_before():
    start = Curriculum.begin([CART])
    assert start.updated(results(0, 20, 11)).windows[CART] == Window(0, 0, 31, 20)
    assert start.updated(results(0, 20, 11)).updated(results(0, 1, 0)).windows[CART] == Window()
    assert start.updated(results(0, 32, 0)).windows[CART] == Window(0, 1)


def test_low_follows_four_behind_high():
    curriculum = Curriculum.begin([CART])
    seen = []
    for level in range(7):
        curriculum = curriculum.updated(results(level, 32, 0))
        window = curriculum.windows[CART]
        seen.append((window.low, window.high))
    assert seen == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 5), (2, 6), (3, 7)]


def test_only_valid_episodes_at_the_frontier_count():
    curriculum = Curriculum.begin([CART], window=(0, 3))
    below = curriculum.updated(results(2, 64, 0))
    invalid = curriculum.updated(Tally.of([(CART, 3, None)] * 64))
    assert below == curriculum
    assert invalid == curriculum
    assert Tally.of([(CART, 3, None)]).counts[CART, 3] == Count(0, 0, 1)


def test_wilson_goes_down_after_two_poor_windows_in_a_row_only():
    start = Curriculum.begin([CART], "wilson", (1, 5))
    once = start.updated(results(5, 6, 26))
    assert once.windows[CART] == Window(1, 5, poor=1)
    assert once.updated(results(5, 6, 26)).windows[CART] == Window(0, 4)
    assert once.updated(results(5, 16, 16)).windows[CART] == Window(1, 5)


def test_wilson_never_goes_below_zero():
    curriculum = Curriculum.begin([CART], "wilson")
    for _ in range(4):
        curriculum = curriculum.updated(results(0, 0, 32))
    assert curriculum.windows[CART].high == 0


triples = st.lists(st.tuples(st.just(CART), st.integers(0, 3), st.sampled_from([True, False, None])), max_size=120)


@given(triples, triples, triples)
def test_workers_may_report_in_any_order(a, b, c):
    x, y, z = Tally.of(a), Tally.of(b), Tally.of(c)
    start = Curriculum.begin([CART], window=(0, 2))
    whole = start.updated(Tally.of([*a, *b, *c]))
    assert start.updated(merged([x, y, z])) == start.updated(merged([z, x, y])) == whole


def test_a_draw_depends_on_state_seed_and_group_alone():
    curriculum = Curriculum.begin([CART, "substitution"], window=(0, 4))
    draws = [curriculum.draw(7, group) for group in range(300)]
    assert draws == [curriculum.draw(7, group) for group in range(300)]
    assert draws != [curriculum.draw(8, group) for group in range(300)]
    assert {d.track for d in draws} == {CART, "substitution"}
    assert {d.level for d in draws} == set(range(5))
    assert len({d.spec.seed for d in draws}) == 300
    assert not any(is_eval_seed(d.spec.seed) for d in draws)


def test_every_axis_may_have_a_frontier_of_its_own():
    curriculum = Curriculum.begin([CART], per_axis=True)
    assert f"{CART}/p_oos" in curriculum.windows
    assert not any(f"{CART}/{axis}" in curriculum.windows for axis in BUDGETS)
    track = f"{CART}/p_oos"
    grown = curriculum.updated(Tally.of([(track, 0, True)] * 32))
    assert {t for t, w in grown.windows.items() if w.high} == {track}
    levels = {grown.draw(1, g).spec.axes["p_oos"] for g in range(100)}
    assert levels == {Difficulty.at(0).p_oos, Difficulty.at(1).p_oos}
    for group in range(100):
        drawn = grown.draw(1, group)
        assert drawn.spec.difficulty == 0
        assert drawn.spec.axes["p_noise"] == Difficulty.at(0).p_noise
        if drawn.track == track:
            assert drawn.spec.axes["p_oos"] == Difficulty.at(drawn.level).p_oos


def test_what_is_saved_is_what_is_resumed(tmp_path):
    curriculum = Curriculum.begin([CART], "wilson", (1, 3), per_axis=True).updated(
        Tally.of([(f"{CART}/level", 3, True)] * 5)
    )
    save(curriculum, tmp_path / "run" / "curriculum.json")
    assert load(tmp_path / "run" / "curriculum.json") == curriculum
    assert from_json(to_json(curriculum)).draw(3, 9) == curriculum.draw(3, 9)


@pytest.mark.parametrize("text", ["", "[]", '{"rule": "rlve"}', '{"rule": "x", "per_axis": false, "windows": {}}'])
def test_what_is_no_curriculum_is_refused(text):
    with pytest.raises(SpecError, match="no saved curriculum"):
        from_json(text)


@pytest.mark.parametrize(("envs", "rule", "window"), [([], "rlve", (0, 0)), (["x"], "rlve", (0, 0)),
                                                     ([CART], "x", (0, 0)), ([CART], "rlve", (3, 1))])  # fmt: skip
def test_what_cannot_begin_is_refused(envs, rule, window):
    with pytest.raises(SpecError):
        Curriculum.begin(envs, rule, window)


def test_a_tally_of_another_curriculum_is_refused():
    with pytest.raises(SpecError, match="no such track"):
        Curriculum.begin([CART]).updated(Tally.of([("returns", 0, True)]))


@pytest.mark.parametrize("rule", ["rlve", "wilson"])
def test_it_climbs_for_a_learner_that_improves(rule):
    after, learner, _ = train(Curriculum.begin([CART], rule), Learner(1.0, gain=0.02), steps=150)
    assert after.windows[CART].high >= 4
    assert after.windows[CART].high <= learner.skill + 1  # and never runs ahead of it


@pytest.mark.parametrize("rule", ["rlve", "wilson"])
def test_it_stays_for_a_learner_that_does_not(rule):
    after, _, _ = train(Curriculum.begin([CART], rule), Learner(0.0), steps=150)
    assert after.windows[CART].high == 0


def test_wilson_comes_back_down_to_what_a_learner_can_do():
    after, _, _ = train(Curriculum.begin([CART], "wilson", (4, 8)), Learner(3.0), steps=150)
    assert after.windows[CART].high <= 4


def test_more_of_its_groups_teach_than_at_a_fixed_difficulty():
    learner = Learner(1.0, gain=0.02)
    ratio, skill = {}, {}
    for name, rule, window in (
        ("adaptive", "rlve", (0, 0)),
        ("static-low", "static", (0, 0)),
        ("static-high", "static", (8, 8)),
    ):
        _, grown, ratio[name] = train(Curriculum.begin([CART], rule, window), learner, steps=150)
        skill[name] = grown.skill
    assert ratio["adaptive"] > ratio["static-low"] + 0.1
    assert ratio["adaptive"] > ratio["static-high"] + 0.1
    assert skill["adaptive"] > max(skill["static-low"], skill["static-high"])


def test_a_group_teaches_only_where_valid_outcomes_differ():
    assert is_effective([True, False])
    assert not is_effective([True, True, None])
    assert not is_effective([])
    assert effective_ratio([[True, False], [False, False]]) == 0.5
    assert effective_ratio([]) == 0.0
