"""The terse register of examples/reproduce: what it writes reads back, and a demonstration solves the real episode."""

import re

import pytest
from examples.reproduce.dialogue import Dialogue
from examples.reproduce.showing import READS, WRITES, shown
from examples.reproduce.terse import Register, Terseness, UnreadableError, spaced

from ecom_rlve.core.spec import EpisodeSpec

TERSE = Terseness(cards=3)


@pytest.mark.parametrize("difficulty", [0, 3, 6])
def test_a_demonstration_played_from_its_text_reads_the_same_and_solves_the_episode(catalog, difficulty):
    demos = [shown(catalog, EpisodeSpec("cart_building", difficulty, seed), TERSE) for seed in range(20)]
    kept = [demo for demo in demos if demo is not None]
    assert len(kept) >= 18
    for demo in kept:
        dialogue = Dialogue(catalog, TERSE)
        read = [(READS, dialogue.begin(demo.spec))]
        for command in (text for kind, text in demo.pieces if kind == WRITES):
            assert demo.pieces[: len(read)] == tuple(read)
            _, text = dialogue.play(command)
            read += [(WRITES, command), (READS, text)]
        assert dialogue.verdict.is_correct
        assert dialogue.verdict.reward.total == demo.reward


@pytest.mark.parametrize("difficulty", [0, 3])
def test_a_search_is_for_nothing_that_the_customer_has_not_said(catalog, difficulty):
    searched = 0
    for seed in range(40):
        demo = shown(catalog, EpisodeSpec("cart_building", difficulty, seed), TERSE)
        heard = ""
        for kind, text in demo.pieces if demo is not None else ():
            heard += f" {text} " if kind == READS else ""
            for value in re.split(r" ?[a-z_]+ [=<>] ", text)[1:] if kind == WRITES else ():
                assert f" {value} " in heard, (demo.spec, value)
                searched += 1
    assert searched > 50


@pytest.mark.parametrize("text", ["", "buy p1", "add p1", "add p1 x", "gone unicorns", "ask me", "seen mugs", "find"])
def test_what_is_no_command_is_a_hard_failure(catalog, text):
    with pytest.raises(UnreadableError):
        Register(TERSE, catalog).read(text)
    dialogue = Dialogue(catalog, TERSE)
    dialogue.begin(EpisodeSpec("cart_building", 0, 7))
    dialogue.play(text)
    assert (dialogue.verdict.cause, dialogue.verdict.reward.total) == ("format", -1.0)


def test_a_name_that_nothing_has_goes_to_the_shop_as_it_is(catalog):
    dialogue = Dialogue(catalog, TERSE)
    dialogue.begin(EpisodeSpec("cart_building", 0, 7))
    (step,), text = dialogue.play("add p9 1")
    assert step.observation.results[0].error is not None
    assert text.startswith("<r> no ")
    assert dialogue.env.episode.unseen == ("p9",)


def test_a_value_looks_the_same_wherever_it_stands():
    assert spaced("A USB-C charger, $12.50.") == "a usb - c charger , $ 12.50 ."
