"""The terse register of examples/reproduce: what it writes reads back, and a demonstration solves the real episode."""

import tomllib
from pathlib import Path

import pytest
from examples.reproduce.showing import READS, WRITES, shown
from examples.reproduce.terse import Register, Terseness, UnreadableError

from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env

OPTIONS = tomllib.loads(Path("examples/reproduce/options.toml").read_text(encoding="utf-8"))["terse"]
TERSE = Terseness(OPTIONS["cards"], tuple(OPTIONS["visits"]), tuple(OPTIONS["card"]), OPTIONS["title_words"])


@pytest.mark.parametrize("difficulty", [0, 3, 6])
def test_a_demonstration_played_from_its_text_reads_the_same_and_solves_the_episode(catalog, difficulty):
    demos = [shown(catalog, EpisodeSpec("cart_building", difficulty, seed), TERSE, 0.5) for seed in range(30)]
    kept = [demo for demo in demos if demo is not None]
    assert len(kept) >= 24
    for demo in kept:
        env, register = Env(catalog), Register(TERSE, catalog.taxonomy)
        opening, _ = env.reset(demo.spec)
        read = [(READS, f"u {opening.message}")]
        for text in (text for kind, text in demo.pieces if kind == WRITES):
            assert demo.pieces[: len(read)] == tuple(read)
            calls = register.read(text)
            assert register.write(calls) == text
            read.append((WRITES, text))
            results, words = register.heard([step.observation for step in env.play(calls)])
            read += [(READS, f"r {results}")] * bool(results) + [(READS, f"u {words}")] * bool(words)
        assert env.episode.verdict.is_correct
        assert env.episode.verdict.reward.total == demo.reward


def test_a_search_is_for_nothing_that_the_customer_has_not_said(catalog):
    # Without typos every value stands in the customer's words; what a thing is called is learnt, not copied.
    searched = 0
    for seed in range(60):
        demo = shown(catalog, EpisodeSpec("cart_building", 2, seed, {"p_noise": 0.0}), TERSE, 0.5)
        heard = ""
        for kind, text in demo.pieces if demo is not None else ():
            if kind == READS:
                heard += text.casefold()
            for command in text.split(" | ") if kind == WRITES and text.startswith("find") else ():
                for condition in command.split(" + ")[1:]:
                    value = condition.replace("<", "=").replace(">", "=").partition("=")[2]
                    assert value.casefold() in heard, (demo.spec, condition)
                    searched += 1
    assert searched > 100


@pytest.mark.parametrize("text", ["", "buy p1", "add p1", "add p1 2", "find mugs + colour", "gone unicorns", "ask me"])
def test_what_is_no_command_is_unreadable(catalog, text):
    with pytest.raises(UnreadableError):
        Register(TERSE, catalog.taxonomy).read(text)


def test_a_name_that_nothing_has_goes_to_the_shop_as_it_is(catalog):
    env = Env(catalog)
    env.reset("cart_building-v0/d0/s7")
    (step,) = env.play(Register(TERSE, catalog.taxonomy).read("add p9 x1"))
    assert step.observation.results[0].error is not None
    assert env.episode.unseen == ("p9",)
