"""One test per cause of failure that cart building can have, and their precedence (SPEC §12)."""

from typing import get_args

import pytest
from tests.env.play import DONE, ROOMY, add, call, fill, first, idle, inspect, look_up, turn, verdict
from tests.env.scripted import Broken, Says, Script, Teller

from ecom_rlve.core.attributes import attribute
from ecom_rlve.env.diagnosis import CAUSES, DENIED_SEEN_VARIANT
from ecom_rlve.tasks.task import FaultCause
from ecom_rlve.users.user import Reply

CALM = f"{ROOMY}&p_missing=0&p_oos=0&p_switch=0"
SHY = f"{ROOMY}&p_missing=1&p_oos=0&p_switch=0"


def in_variants(episode):
    return all(w.first.variant_id is not None for w in episode.goal.wants)


def calm(catalog, fits=in_variants, d=3, user=Teller, more=CALM):
    return first(catalog, fits, d, user, more)


def forms(env):
    return [w.in_force for w in env.episode.goal.wants]


def look(env):
    """Show every wanted product, and nothing of its variants."""
    return env.step(turn(*(look_up(w.in_force, w.noun) for w in env.episode.goal.wants)))


def wrong_variant(env, form):
    return next(v.id for v in env.episode.world.variants(form.product_id) if v.id != form.variant_id and v.stock)


def stranger(env):
    """A product of another type than any wanted, shown by a search."""
    kinds = {env.episode.world.product(f.product_id).category for f in forms(env)}
    page = env.step(turn(call("catalog.search", query="black", top_k=50))).observation.results[0].view
    products = (env.episode.world.product(card.product_id) for card in page.results)
    return next(p.id for p in products if p.category not in kinds and p.stock)


def buy(env, *calls):
    step = env.step(turn(*calls))
    assert all(r.ok for r in step.observation.results), step.observation.text()


def cause(env):
    if not env.episode.is_over:
        env.step(DONE)
    assert not verdict(env).is_correct
    return verdict(env).cause


def test_format(catalog):
    env = calm(catalog)
    env.step("I will look for it.")
    assert cause(env) == "format"


def test_invalid_tool(catalog):
    env = calm(catalog)
    env.step(turn(call("cart.clear")))
    assert cause(env) == "invalid_tool"


def test_policy_misread(catalog):
    denied = next(leaf.key for leaf in catalog.taxonomy.leaves.values() if leaf.denied)
    env = calm(catalog)
    env.step(turn(call("cart.add", product_id=catalog.id_of(catalog.category_rows(denied)[0]))))
    assert cause(env) == "policy_misread"


def test_invalid(catalog):
    env = calm(catalog, user=Broken)
    env.step(turn(say="a"))
    env.step(turn(say="b"))
    assert cause(env) == "invalid"


def test_hallucinated_id(catalog):
    env = calm(catalog)
    look(env)
    env.step(turn(say="I found V00000Z for you."))
    assert cause(env) == "hallucinated_id"


def test_customer_left(catalog):
    env = calm(catalog, user=lambda: Script([Reply("ragequit", "bye")]))
    env.step(turn(say="hm"))
    assert cause(env) == "customer_left"


def test_gave_up(catalog):
    env = calm(catalog)
    look(env)
    assert cause(env) == "gave_up"


def test_a_refused_write_does_not_hide_that_it_gave_up(catalog):
    env = calm(catalog)
    look(env)
    step = env.step(turn(inspect(forms(env)[0]), add(forms(env)[0], quantity=1000)))
    assert step.observation.results[1].error == "quantity_exceeded"
    assert cause(env) == "gave_up"


def test_out_of_turns(catalog):
    env = calm(catalog)
    look(env)
    idle(env)
    assert cause(env) == "out_of_turns"


def test_search_miss(catalog):
    env = calm(catalog)
    buy(env, call("cart.add", product_id=stranger(env)))
    assert cause(env) == "search_miss"


def test_not_inspected(catalog):
    env = calm(catalog)
    look(env)
    buy(env, *(add(f, variant_id=None) for f in forms(env)))
    assert cause(env) == "not_inspected"


def test_never_asked_which_variant(catalog):
    env = calm(catalog, more=SHY)
    look(env)
    form = forms(env)[0]
    buy(env, inspect(form), add(form, variant_id=wrong_variant(env, form)))
    assert cause(env) == "never_asked"


def test_never_asked_how_many(catalog):
    env = calm(catalog, lambda e: in_variants(e) and e.goal.wants[0].first.quantity > 1, more=SHY)
    fill(env)
    buy(env, call("cart.set_quantity", line_id="LN1", quantity=1))
    assert cause(env) == "never_asked"


def test_asked_and_still_wrong_is_not_never_asked(catalog):
    env = calm(catalog, lambda e: in_variants(e) and e.goal.wants[0].first.quantity > 1, more=SHY)
    env.step(turn(say=f"How many {env.episode.goal.wants[0].plural} do you need?"))
    fill(env)
    buy(env, call("cart.set_quantity", line_id="LN1", quantity=1))
    assert cause(env) == "wrong_quantity"


@pytest.mark.parametrize(
    ("said", "expected"),
    [(((0, "color"),), "ignored_correction"), ((), "ignored_correction"), (((1, "color"),), "wrong_variant")],
)
def test_ignored_correction_of_the_very_request(catalog, said, expected):
    env = calm(catalog, user=lambda: Says([Reply("correct", "not that one", said)]))
    fill(env)
    form = forms(env)[0]
    buy(env, call("cart.remove", line_id="LN1"), add(form, variant_id=wrong_variant(env, form)))
    env.step(turn(say="Is this right?"))
    assert cause(env) == expected


def test_wrong_product(catalog):
    env = calm(catalog)
    fill(env)
    buy(env, call("cart.remove", line_id="LN1"), call("cart.add", product_id=stranger(env)))
    assert cause(env) == "wrong_product"


def test_wrong_variant(catalog):
    env = calm(catalog)
    fill(env)
    form = forms(env)[0]
    buy(env, call("cart.remove", line_id="LN1"), add(form, variant_id=wrong_variant(env, form)))
    assert cause(env) == "wrong_variant"


def test_any_variant_where_one_was_needed_is_a_wrong_variant(catalog):
    env = calm(catalog)
    fill(env)
    buy(env, call("cart.remove", line_id="LN1"), add(forms(env)[0], variant_id=None))
    assert cause(env) == "wrong_variant"


@pytest.mark.parametrize("by", [1, 2])
def test_wrong_quantity(catalog, by):
    env = calm(catalog)
    fill(env)
    buy(env, call("cart.set_quantity", line_id="LN1", quantity=forms(env)[0].quantity + by))
    assert cause(env) == "wrong_quantity"


def test_missing_item(catalog):
    env = calm(catalog)
    fill(env)
    buy(env, call("cart.remove", line_id="LN2"))
    assert cause(env) == "missing_item"


def test_extra_item(catalog):
    env = calm(catalog)
    fill(env)
    buy(env, call("cart.add", product_id=stranger(env)))
    assert cause(env) == "extra_item"


def test_another_variant_beside_the_right_one_is_an_extra_item(catalog):
    env = calm(catalog)
    fill(env)
    form = forms(env)[0]
    buy(env, add(form, variant_id=wrong_variant(env, form)))
    assert cause(env) == "extra_item"


def in_other_variants(episode):
    """In variants, and of the last thing another one is on the shelf."""
    form = episode.goal.wants[-1].in_force
    return in_variants(episode) and any(
        v.id != form.variant_id and v.stock for v in episode.world.variants(form.product_id)
    )


def test_the_earliest_cause_is_told(catalog):
    env = calm(catalog, in_other_variants)
    fill(env)
    one, two = forms(env)
    buy(
        env,
        call("cart.set_quantity", line_id="LN1", quantity=one.quantity + 1),
        call("cart.remove", line_id="LN2"),
        add(two, variant_id=wrong_variant(env, two)),
    )
    assert cause(env) == "wrong_variant"
    assert [f.cause for f in verdict(env).score.faults] == ["wrong_quantity", "wrong_variant"]


def test_a_stale_choice_after_a_change_of_mind_is_told_as_what_was_not_heeded(catalog):
    def fits(episode):
        want = episode.goal.wants[episode.waiting[0].request] if episode.waiting else None
        return want is not None and want.switched is not None and want.first.quantity != want.switched.quantity

    env = first(catalog, fits, 3, Teller, f"{ROOMY}&p_missing=0&p_oos=0")
    olds = [w.first for w in env.episode.goal.wants]
    looks = [look_up(w.first, w.noun) for w in env.episode.goal.wants]
    while env.episode.waiting:
        env.step(turn())
    env.step(turn(*looks, *(inspect(f) for f in olds), *map(add, olds)))
    assert cause(env) == "wrong_quantity"


def test_a_third_choice_where_a_second_was_named_is_a_wrong_product(catalog):
    def fits(episode):
        want = episode.goal.wants[0]
        return want.changed and want.fallback.product_id != want.first.product_id and not episode.waiting

    env = first(catalog, fits, 3, Teller, f"{ROOMY}&p_missing=0&p_switch=0&p_oos=1")
    fill(env)
    env.step(turn(say=f"Sorry, the {env.episode.goal.wants[0].noun} is sold out."))
    second = forms(env)[0].product_id
    same_type = {"category": {"eq": env.episode.world.product(second).category}, "in_stock": True}
    page = env.step(turn(call("catalog.search", filters=same_type, top_k=50))).observation.results[0].view
    third = next(card.product_id for card in page.results if card.product_id != second)
    buy(env, call("cart.remove", line_id="LN1"), call("cart.add", product_id=third))
    assert cause(env) == "wrong_product"


def test_causes_are_listed_once_and_every_fault_has_its_place():
    assert len(set(CAUSES)) == len(CAUSES)
    assert [c for c in CAUSES if c in get_args(FaultCause)] == list(get_args(FaultCause))


def wanted_option(env, i=0):
    form = forms(env)[i]
    (name, value), *_ = env.episode.world.variant(form.product_id, form.variant_id).options.items()
    return attribute(name).show(value)


@pytest.mark.parametrize("denial", ["Sorry, it does not come in {}.", "There is no {} version!", "{} isn't available"])
def test_denying_a_variant_that_was_on_screen_is_flagged(catalog, denial):
    env = calm(catalog)
    look(env)
    env.step(turn(*map(inspect, forms(env))))
    env.step(turn(say=denial.format(wanted_option(env))))
    env.step(DONE)
    assert verdict(env).flags == (DENIED_SEEN_VARIANT,)


@pytest.mark.parametrize("harmless", ["I found it in {}.", "The {} one is there. It is not expensive."])
def test_other_words_about_it_are_not_flagged(catalog, harmless):
    env = calm(catalog)
    look(env)
    env.step(turn(*map(inspect, forms(env))))
    env.step(turn(say=harmless.format(wanted_option(env))))
    env.step(DONE)
    assert verdict(env).flags == ()


def test_denying_before_it_was_seen_is_not_flagged(catalog):
    env = calm(catalog)
    look(env)
    env.step(turn(*map(inspect, forms(env)), say=f"There is no {wanted_option(env)} one."))
    env.step(DONE)
    assert verdict(env).flags == ()


def test_a_success_has_neither_cause_nor_flag(catalog):
    env = calm(catalog)
    fill(env)
    env.step(turn(say=f"There is no {wanted_option(env)} one."))
    env.step(DONE)
    assert verdict(env).is_correct
    assert (verdict(env).cause, verdict(env).flags) == ("", ())
