"""Rules that a shop brings along: in force everywhere, part of the fingerprint, refused where nobody could ask."""

import shutil
from pathlib import Path

import pytest

from ecom_rlve.agents.oracle import solve
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.catalog.generate import generate
from ecom_rlve.catalog.rules import FILE, read_rules, save_rules
from ecom_rlve.core.errors import CatalogError
from ecom_rlve.env.env import Env
from ecom_rlve.tools.policy import search
from ecom_rlve.world.own_rules import changed, read_folder
from ecom_rlve.world.policy import policy

RIDGEWAY = Path(__file__).parents[2] / "examples" / "own_shop" / "policy"
WINDOW = """
[return_window]
title = "Return window"
keywords = "days long send back"
kind = "number"
unit = "days"
says = "an item can be sent back within {v} of delivery"
"""
ACCEPTED = """
[return_accepted]
title = "Whether a return is accepted"
keywords = "return accept"
kind = "yesno"
says = "the return is {v}"
words = { yes = "accepted", no = "refused" }
"""
DEADLINE = """
[return_deadline]
title = "Deadline"
keywords = "date"
kind = "date"
says = "the last day is {v} after delivery"
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("shop") / "plain"
    generate(2_000, 0, folder)
    return folder


@pytest.fixture
def shop(plain, tmp_path) -> Path:
    return Path(shutil.copytree(plain, tmp_path / "shop"))


def test_own_rules_are_in_force_for_tool_generator_and_verdict_at_once(plain, shop):
    save_rules(shop, dict(read_folder(RIDGEWAY)))
    theirs, ours = Catalog(plain), Catalog(shop)
    told = {}
    for catalog in (theirs, ours):
        env = Env(catalog)
        env.reset("policy_qa-v0/d0/s0")
        page = search.run(env.episode.world, "return window", 10)
        told[catalog] = next(p.text for p in page.passages if p.section == "Return window" and "Unless" in p.text)
    assert "within 30 days" in told[theirs]
    assert "within 14 days" in told[ours]
    answers = set()
    for seed in range(200):
        env = Env(ours)
        env.reset(f"policy_qa-v0/d3/s{seed}")
        if env.episode.goal.section == "return_window":
            end = solve(env)
            assert end.info["verdict"].is_correct
            answers.add(env.episode.turns[-1].action.answer.value)
    assert answers <= {14, 28, 50, 100}
    assert len(answers) > 1


@pytest.mark.parametrize("env", ["policy_qa", "returns", "journey"])
def test_the_oracle_passes_under_own_rules(shop, env):
    save_rules(shop, dict(read_folder(RIDGEWAY)))
    live = Env(Catalog(shop))
    for seed in range(12):
        live.reset(f"{env}-v0/d{seed % 5 * 3}/s{seed}")
        assert solve(live).info["verdict"].is_correct


def test_the_fingerprint_tells_shops_with_other_rules_apart(plain, shop):
    before = Catalog(shop).fingerprint
    assert before == Catalog(plain).fingerprint
    save_rules(shop, dict(read_folder(RIDGEWAY)))
    assert Catalog(shop).fingerprint not in (before, "")
    assert Catalog(shop).content_fingerprint == Catalog(plain).content_fingerprint
    save_rules(shop, {})
    assert Catalog(shop).fingerprint == before
    assert not (shop / FILE).exists()


def test_what_a_chapter_leaves_out_stays_as_shipped(tmp_path):
    (tmp_path / "returns.toml").write_text(WINDOW + "rules = [{ value = 9 }]", encoding="utf-8")
    own = read_folder(tmp_path)
    assert changed(own) == {"return_window"}
    assert set(policy(own).sections) == set(policy().sections)
    assert [rule.value for rule in policy(own).sections["return_window"].rules] == [9]
    assert changed(()) == set()


def test_numbers_alone_make_no_other_rule(tmp_path):
    """Passages are numbered over the whole policy: a rule more in one section moves all that come behind it."""
    (tmp_path / "returns.toml").write_text(
        WINDOW + 'rules = [{ value = 9 }, { value = 8, when = "member = yes" }]', encoding="utf-8"
    )
    own = policy(read_folder(tmp_path)).sections["gift_return"]
    shipped = policy().sections["gift_return"]
    assert {rule.id for rule in own.rules} != {rule.id for rule in shipped.rules}
    assert [(rule.value, rule.when) for rule in own.rules] == [(rule.value, rule.when) for rule in shipped.rules]


def test_a_damaged_file_of_rules_is_found(shop):
    save_rules(shop, dict(read_folder(RIDGEWAY)))
    file = shop / FILE
    file.write_text(file.read_text(encoding="utf-8").replace("value = 14", "value = 15"), encoding="utf-8")
    with pytest.raises(CatalogError, match=r"rules\.json is damaged"):
        Catalog(shop)
    file.write_text("{", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"rules\.json cannot be read"):
        read_rules(shop)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("refunds", WINDOW, r"chapters are returns\.toml.*found refunds\.toml"),
        ("returns", "[return_window\n", r"returns\.toml: .*"),
        ("returns", WINDOW, r"a section has no 'rules'"),
        ("returns", WINDOW + "rules = []", r"return_window: has 0 rules; 1 to 10"),
        ("returns", WINDOW + f"rules = [{'{ value = 1 },' * 11}]", r"has 11 rules; 1 to 10"),
        ("returns", WINDOW + 'rules = [{ value = "soon" }]', r"whole number from 0 on, not 'soon'"),
        ("returns", WINDOW + "rules = [{ value = true }]", r"whole number from 0 on, not True"),
        ("returns", WINDOW + "rules = [{ value = -1 }]", r"whole number from 0 on, not -1"),
        ("returns", WINDOW + 'rules = [{ value = 1, when = "moon = full" }]', r"no condition on a known circumstance"),
        ("returns", WINDOW + 'rules = [{ value = 1, when = "opened = maybe" }]', r"opened is one of yes, no"),
        ("returns", WINDOW + 'rules = [{ value = 1, when = "member = yes" }]', r"no rule decides the case .*'no'"),
        ("returns", WINDOW + 'rules = [{ value = 1, when = "member = yes" }, { value = 2 }]', r"rule 1 .* decides no"),
        (
            "returns",
            WINDOW.replace("return_window", "return_moon") + "rules = [{ value = 1 }]",
            r"no section is called",
        ),
        ("shipping", WINDOW + "rules = [{ value = 1 }]", r"in chapter 'returns', not 'number' in 'shipping'"),
        ("returns", WINDOW.replace("number", "yesno") + 'rules = [{ value = "yes" }]', r"of kind 'number'"),
        ("returns", DEADLINE + "rules = [{ value = 1 }]", r"needs an anchor that counts days, not ''"),
        ("returns", DEADLINE + 'anchor = "member"\nrules = [{ value = 1 }]', r"counts days, not 'member'"),
        ("returns", ACCEPTED + 'rules = [{ value = "maybe" }]', r"one of yes, no, not 'maybe'"),
        ("returns", ACCEPTED + 'rules = [{ value = "no" }]', r"has a code out of window_passed.*'no' has ''"),
        ("returns", ACCEPTED + 'rules = [{ value = "yes", code = "used" }]', r"'yes' has 'used'"),
        (
            "returns",
            ACCEPTED + 'rules = [{ value = "yes" }, { value = "no", code = "used", when = "receipt = no" }]',
            r"turns on days_since_delivery, .* not on receipt",
        ),
    ],
)
def test_rules_that_nobody_could_be_asked_about_are_refused(tmp_path, name, text, message):
    (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=message):
        read_folder(tmp_path)


def test_a_folder_without_chapters_is_refused(tmp_path):
    with pytest.raises(CatalogError, match="found none of them"):
        read_folder(tmp_path)
