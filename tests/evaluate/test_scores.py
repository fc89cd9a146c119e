"""Scores and comparisons: what counts, what does not, and what turned."""

import math

import pytest

from ecom_rlve.agents.model.endpoint import Prices
from ecom_rlve.agents.model.usage import Usage
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.episode import Reward
from ecom_rlve.evaluate.compare import compare
from ecom_rlve.evaluate.runs import Outcome
from ecom_rlve.evaluate.scores import by_cell, score

TOKENS = Usage(requests=3, prompt_tokens=1000, completion_tokens=100)


def one(seed, correct, trial=0, *, valid=True, d=0, env="cart_building", cause="wrong_variant", flags=()):
    reward = None if not valid else 0.9 if correct else -0.4
    worth = Reward(reward, r_task=1.0 if correct else -0.5, r_eff=0.5, parts={"f1": float(correct)})
    spec = EpisodeSpec(env, d, seed)
    cause = "" if correct else cause if valid else "invalid"
    end = "answered" if valid else "invalid"
    return Outcome(spec, "a", correct, reward, cause, flags, end, 5, 3, trial=trial, worth=worth, usage=TOKENS)


def test_scores_of_a_small_run_by_hand():
    outcomes = [
        *(one(1, c, t) for t, c in enumerate([True, True, True, True])),
        *(one(2, c, t, flags=("denied_seen_variant",)) for t, c in enumerate([True, True, False, False])),
        one(3, False, 0),
        one(3, False, 1, valid=False),
    ]
    found = score(outcomes, Prices(1.0, 10.0))
    assert (found.tasks, found.n, found.invalid, found.correct) == (3, 9, 1, 6)
    assert found.passed.value == pytest.approx(6 / 9)
    assert found.pass_hat == pytest.approx([0.5, (1 + 1 / 6) / 2, 0.5, 0.5])
    assert found.pass_at == pytest.approx([0.5, (1 + 5 / 6) / 2, 1.0, 1.0])
    assert found.flips == pytest.approx((0 + 2 * 2 * 2 / 12) / 2)
    assert found.means["reward"].value == pytest.approx((6 * 0.9 - 3 * 0.4) / 9)
    assert found.means["turns"].value == 5
    assert found.subscores == {"cart_building.f1": pytest.approx(6 / 9)}
    assert found.usage.requests == 30, "invalid ones were paid for too"
    assert found.cost == pytest.approx(10 * 0.002)
    assert found.cost_per_success == pytest.approx(0.02 / 6)
    assert (found.causes, found.flags) == ({"wrong_variant": 3}, {"denied_seen_variant": 4})


def test_nothing_but_invalid_episodes():
    found = score([one(1, False, valid=False)], Prices(1, 1))
    assert (found.n, found.invalid, found.passed.value, found.pass_hat) == (0, 1, 0.0, ())
    assert found.cost_per_success is None
    assert score([]).n == 0


def test_cells_by_environment_and_difficulty():
    cells = by_cell([one(1, True, d=3), one(1, True), one(2, True, d=3, env="policy_qa")])
    assert list(cells) == [("cart_building-v0", 3), ("cart_building-v0", 0), ("policy_qa-v0", 3)]


def test_a_comparison_by_hand():
    first = [one(s, s > 2) for s in range(12)] + [one(s, True, d=3) for s in range(4)]
    second = [one(s, s > 5) for s in range(12)] + [one(s, True, d=3, valid=s > 0) for s in range(4)]
    whole, env, easy, hard = compare(first, second)
    assert (whole.env, whole.difficulty, env.env, easy.difficulty, hard.difficulty) == (
        "",
        -1,
        "cart_building-v0",
        0,
        3,
    )
    assert (easy.first, easy.second, easy.passed.difference.value) == (9 / 12, 6 / 12, pytest.approx(0.25))
    assert easy.passed.p == pytest.approx(2 / 2**3)
    assert easy.flips == pytest.approx(3 / 12)
    assert (easy.gained, easy.lost) == (tuple(f"cart_building-v0/d0/s{s}" for s in (3, 4, 5)), ())
    assert (hard.passed.tasks, hard.passed.p) == (3, 1.0), "what is invalid in one is compared in neither"
    assert whole.passed.tasks == 15
    turned = compare(second, first)[2]
    assert (turned.lost, turned.passed.difference.value) == (easy.gained, pytest.approx(-0.25))


def test_trials_enter_a_comparison_as_shares():
    first = [one(1, c, t) for t, c in enumerate([True, True, False, True])]
    second = [one(1, c, t) for t, c in enumerate([False, False])]
    found = compare(first, second)[0]
    assert found.passed.difference.value == 0.75
    assert math.isclose(found.flips, 0.75)


def test_runs_with_nothing_in_common_cannot_be_compared():
    with pytest.raises(SpecError, match="in common"):
        compare([one(1, True)], [one(2, True)])
