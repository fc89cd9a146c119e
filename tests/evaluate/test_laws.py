"""Every law of the card can break: environments that break it are found out, and sound ones are not."""

from dataclasses import replace

import pytest
from tests.evaluate.lawless import LAWLESS

from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.reward import BEST
from ecom_rlve.evaluate.card.examined import LawCell, examine, law_checks
from ecom_rlve.evaluate.card.laws import LAWS, told
from ecom_rlve.evaluate.card.laws.attained import adds_up
from ecom_rlve.evaluate.card.positions import ALPHA, chi_square_tail, evenness
from ecom_rlve.evaluate.card.redraws import count_redraws
from ecom_rlve.evaluate.card.scans import SCANS, Place, carts
from ecom_rlve.evaluate.card.splits import split_check
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.tasks.registry import all_tasks

SHOP = Shop(2_000)
BY_NAME = {law.name: law for law in LAWS}


@pytest.fixture
def lawless(tmp_path, monkeypatch):
    info = tmp_path / "lawless-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lawless\nVersion: 1.0\n")
    points = "\n".join(f"{task.name} = tests.evaluate.lawless:{task.__name__}" for task in LAWLESS)
    (info / "entry_points.txt").write_text(f"[ecom_rlve.tasks]\n{points}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(told, "SCANS", {**SCANS, "ambiguous": carts.scan})
    all_tasks.cache_clear()
    yield
    all_tasks.cache_clear()


def broken(catalog, law, env, episodes):
    task = all_tasks()[env]
    trials = [BY_NAME[law].holds(task, catalog, EpisodeSpec(env, d, seed)) for d, seed in episodes]
    return [case for trial in trials for case in trial.broken]


@pytest.mark.parametrize(
    ("law", "env", "sound"),
    [
        ("no_leak", "leaking", "cart_building"),
        ("told", "ambiguous", "cart_building"),
        ("one_wrong_thing", "forgiving", "cart_building"),
        ("foreign_writes", "forgiving", "cart_building"),
        ("renamed", "superstitious", "cart_building"),
        ("write_order", "orderly", "cart_building"),
        ("attained", "unattainable", "cart_building"),
        ("isolated", "forgetful", "cart_building"),
        ("spelling", "pedantic", "policy_qa"),
    ],
)
def test_a_law_finds_out_who_breaks_it_and_nobody_else(lawless, catalog, law, env, sound):
    episodes = [(d, seed) for d in (6, 9) for seed in range(5)]
    assert broken(catalog, law, env, episodes)
    assert broken(catalog, law, sound, episodes) == []


def test_a_sum_that_is_no_sum_is_found_out(catalog):
    env = Env(catalog)
    env.reset("cart_building-v0/d3/s1")
    solve(env)
    reward = env.episode.verdict.reward
    assert adds_up(reward, is_correct=True)
    for spoilt in (
        replace(reward, total=None),
        replace(reward, total=BEST - 0.01),
        replace(reward, r_eff=0.5),
        replace(reward, unseen_ids=1),
        replace(reward, raw=1.5),
    ):
        assert not adds_up(spoilt, is_correct=True)
    assert not adds_up(reward, is_correct=False)


def places(positions, length, name="cards"):
    return [Place(name, position, length, f"{i}") for i, position in enumerate(positions)]


def test_a_list_that_tells_where_to_look_is_uneven():
    (top,) = evenness(places([0] * 40, 6))
    assert top.p < ALPHA
    (fair,) = evenness(places([i % 6 for i in range(60)], 6))
    assert fair.p > 0.9
    assert sum(fair.observed) == fair.n == 60
    assert sum(fair.expected) == pytest.approx(60, abs=0.05)


def test_what_was_met_before_and_lists_of_one_say_nothing():
    (once,) = evenness([Place("cards", 0, 6, "same")] * 50)
    assert (once.n, once.p) == (1, None)
    assert evenness(places([0] * 50, 1)) == []


@pytest.mark.parametrize(
    ("statistic", "df", "p"),
    [(3.841, 1, 0.05), (5.991, 2, 0.05), (13.816, 2, 0.001), (9.488, 4, 0.05), (11.070, 5, 0.05), (0.0, 3, 1.0)],
)
def test_the_tail_of_chi_square_has_its_textbook_values(statistic, df, p):
    assert chi_square_tail(statistic, df) == pytest.approx(p, rel=2e-3)


def law_cell(law, n, failed, broken=()):
    return LawCell(law, "cart_building-v0", 0, 2, n, failed, tuple(broken), {}, ())


def test_a_law_that_met_no_case_is_never_a_pass():
    cells = [law_cell("extra_reads", 4, 0), law_cell("renamed", 4, 1, ["here"]), law_cell("write_order", 0, 0)]
    checks = {c.law: c for c in law_checks(cells, ["cart_building-v0"])}
    assert checks[BY_NAME["extra_reads"].says].passed is True
    assert checks[BY_NAME["renamed"].says].passed is False
    assert checks[BY_NAME["renamed"].says].broken == ("here",)
    assert checks[BY_NAME["write_order"].says].passed is None
    assert checks[BY_NAME["attained"].says].measured == "not measured"


def test_no_two_difficulties_share_a_seed():
    one, other = (examine("attained", "policy_qa-v0", d, 2, SHOP) for d in (0, 1))
    assert (one.n > 0, one.failed, other.failed) == (True, 0, 0)
    assert one.noted["raw"] == (1.0, 1.0)


def test_redraws_are_counted():
    found = count_redraws("cart_building-v0", 9, 10, SHOP)
    assert found.thrown > 0
    assert found.most <= found.thrown
    assert 0 < found.rate < 1


def test_seeds_that_overlap_break_the_card(monkeypatch):
    from itertools import count

    from ecom_rlve.evaluate.card import splits

    assert split_check().passed is True
    monkeypatch.setattr(splits, "training_seeds", count)
    assert split_check().passed is False
