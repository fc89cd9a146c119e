"""The customer's figures: that they are good here, and that each of them would notice a bad customer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.product import Constraint
from ecom_rlve.env.env import Env
from ecom_rlve.evaluate.customer import V14, EnvFigures, figures
from ecom_rlve.evaluate.customer import checks as laws_of
from ecom_rlve.evaluate.customer.asking import Asked, ask_all
from ecom_rlve.evaluate.customer.reading_back import read_back
from ecom_rlve.evaluate.customer.recording import Recorder, Utterance
from ecom_rlve.evaluate.customer.sameness import digests, in_new_process
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.tasks.registry import TASKS

ENVS = [f"{task.name}-v{task.version}" for task in TASKS.values()]
SMALL = Shop(size=2_000)


def overheard(catalog: Catalog, name: str, agent: str = "expert") -> list[Utterance]:
    recorder = Recorder()
    env = Env(catalog, user=recorder)
    env.reset(name)
    player_named(agent)(env)
    return [said for said in recorder.utterances if said.reply.text]


@pytest.mark.parametrize("env", ENVS)
def test_words_carry_exactly_the_act_and_nothing_against_the_goal(catalog: Catalog, env: str):
    for difficulty in (0, 6, 20):
        for said in overheard(catalog, f"{env}/d{difficulty}/s3?p_noise=0.0", "only_asks"):
            assert read_back(catalog, said).is_exact, (said.reply.text, read_back(catalog, said))
            assert said.is_true_to_brief()


def changed(said: Utterance, old: str, new: str) -> Utterance:
    assert old in said.reply.text, said.reply.text
    return replace(said, reply=replace(said.reply, text=said.reply.text.replace(old, new)))


def with_number(catalog: Catalog) -> Utterance:
    """Return words that tell a price limit."""
    for seed in range(50):
        for said in overheard(catalog, f"product_discovery-v0/d0/s{seed}?p_noise=0.0"):
            if any(fact.topic == "price" for _, fact in said.told()) and said.reply.text.count("$") == 1:
                return said
    raise AssertionError("nobody tells a price")


def price_in(said: Utterance) -> str:
    return "$" + said.reply.text.split("$")[1].split(" ")[0].rstrip(".,?!)")


def test_another_number_is_a_contradiction(catalog: Catalog):
    said = with_number(catalog)
    back = read_back(catalog, changed(said, price_in(said), "$7777"))
    assert back.contradicting
    assert back.missing


def test_the_other_direction_is_a_contradiction(catalog: Catalog):
    said = with_number(catalog)
    text = said.reply.text
    ways = ("at most", "no more than", "not more than", "up to", "within a budget of", "my limit is", "I can spend")
    said_as = next((way for way in ways if way in text), None)
    turned = text.replace(said_as, "at least") if said_as else text.replace("or less", "or more")
    assert turned != text
    assert not read_back(catalog, replace(said, reply=replace(said.reply, text=turned))).is_exact


def test_a_limit_behind_its_sum_is_read_as_one(catalog: Catalog):
    said = next(
        said
        for seed in range(300)
        for said in overheard(catalog, f"bundle_planning-v0/d6/s{seed}?p_noise=0.0", "oracle")
        if " and not more" in said.reply.text
    )
    assert read_back(catalog, said).is_exact, said.reply.text
    assert not read_back(catalog, changed(said, " and not more", " and not less")).is_exact
    assert read_back(catalog, changed(said, price_in(said), "$7777")).contradicting


def test_an_unsaid_slot_that_slips_out_is_a_leak(catalog: Catalog):
    said = with_number(catalog)
    silent = tuple(slot for slot in said.reply.said if slot[1] != "price")
    back = read_back(catalog, replace(said, reply=replace(said.reply, said=silent)))
    assert back.leaked
    assert not back.contradicting


def test_a_slot_that_was_not_said_is_missing(catalog: Catalog):
    said = with_number(catalog)
    back = read_back(catalog, changed(said, price_in(said), "a fair price"))
    assert any("price" in slot for slot in back.missing)


def test_a_log_that_goes_against_the_brief_is_noticed(catalog: Catalog):
    said = with_number(catalog)
    facts = said.brief.requests[0].facts
    other = tuple(replace(f, constraint=Constraint("price", "max", 1)) if f.topic == "price" else f for f in facts)
    brief = replace(said.brief, requests=(replace(said.brief.requests[0], facts=other),))
    assert said.is_true_to_brief()
    assert not replace(said, brief=brief).is_true_to_brief()


@pytest.mark.parametrize(("old", "new"), [("yes", "no"), ("no", "yes")])
def test_the_opposite_circumstance_is_a_contradiction(catalog: Catalog, old: str, new: str):
    words = {"no": "It is unused.", "yes": "I've used it already."}
    for seed in range(80):
        for said in overheard(catalog, f"returns-v0/d3/s{seed}?p_noise=0.0"):
            told = [fact.constraint.value for _, fact in said.told() if fact.topic == "used"]
            if told == [old]:
                text = f"{said.reply.text} {words[new]}"
                for clause in ("I have used it a few times", "it has been used", "I've used it already",
                               "I have never used it", "it is unused", "I haven't used it"):  # fmt: skip
                    text = text.replace(clause, "so it goes").replace(clause[0].upper() + clause[1:], "So it goes")
                text = f"{text} {words[new]}"
                assert read_back(catalog, replace(said, reply=replace(said.reply, text=text))).contradicting
                return
    raise AssertionError("nobody tells whether it was used")


@pytest.mark.parametrize("env", ENVS)
def test_every_unsaid_slot_is_told_when_asked_for_and_spam_gains_nothing(catalog: Catalog, env: str):
    counts = Asked()
    for seed in range(4):
        recorder = Recorder()
        shell = Env(catalog, user=recorder)
        shell.reset(f"{env}/d6/s{seed}?p_noise=0.0")
        brief, belief = shell.task.brief(shell.episode.goal), shell.episode.belief
        first = (brief.errands[0].brief, belief.minds[0]) if brief.errands else (brief, belief)
        ask_all(*first, seed, counts)
    assert counts.unobtained == []
    assert counts.answered == counts.asked_for
    assert counts.revealed_unasked == 0
    assert all(spam <= honest for spam, honest in zip(counts.spammer, counts.honest, strict=True))


def test_the_same_name_brings_the_same_words_in_a_new_process():
    names = [f"{env}/d6/s5" for env in ENVS]
    here = digests(SMALL, names)
    assert len(set(here)) == len(names)
    assert here == digests(SMALL, names, forked=True) == in_new_process(SMALL, names, hash_seed=99)


def test_figures_of_one_environment_hold_all_laws_and_say_how_much_was_measured():
    found = figures(SMALL, 1, ["policy_qa-v0"], openings=60)
    assert [check.law for check in laws_of(found) if not check.passed] == []
    assert {check.id for check in laws_of(found)} == {"V14"}
    (each,) = found.by_env
    assert each.turns > 20
    assert each.withheld > 20
    assert each.openings == 60
    assert found.json()["overall"]["contradictions_per_1000"] == 0.0


BAD = EnvFigures(
    env="x-v0", turns=1000, contradictions=1, back_parsed=980, withheld=100, obtained=99, asked_for=100, answered=90,
    revealed=100, revealed_unasked=10, honest_per_turn=1.0, spammer_per_turn=1.1, openings=1000,
    distinct_openings=899, same=0.99, p50_us=1.0,
)  # fmt: skip


def test_every_law_can_fail():
    assert [law.law for law in V14 if law.holds(BAD)] == []


def test_rates_of_nothing():
    nothing = replace(BAD, turns=0, withheld=0, asked_for=0, revealed=0, openings=0)
    assert nothing.contradictions_per_1000 == 0.0
    assert nothing.obtainable == nothing.disclosure_recall == nothing.disclosure_precision == 1.0
