"""The cart's arithmetic, and the world as a value."""

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.errors import ToolError
from ecom_rlve.core.rng import stream
from ecom_rlve.world import cart
from ecom_rlve.world.blank import DAYS, FIRST_DAY, blank
from ecom_rlve.world.cart import MAX_UNITS


@pytest.fixture(scope="module")
def world(catalog):
    """A fresh shop with twenty products well stocked, in every form."""
    empty = blank(catalog, Difficulty.at(3), stream(1, "world"))
    rows = range(0, len(catalog), len(catalog) // 20)
    return empty.with_stock({catalog.id_of(row): 9 for row in rows})


@pytest.fixture(scope="module")
def products(world):
    return [world.product(pid) for pid in world.stock]


def forms(world, product):
    return [v.id for v in world.variants(product.id) if v.stock > 0]


def lines(world):
    return [(line.id, line.product_id, line.variant_id, line.quantity) for line in world.cart]


def test_equal_product_and_variant_share_a_line(world, products):
    a, b = products[:2]
    form, *_ = forms(world, a)
    world = cart.add(world, a.id, form, 2)
    world = cart.add(world, b.id, None, 1)
    world = cart.add(world, a.id, form, 3)
    assert lines(world) == [("LN1", a.id, form, 5), ("LN2", b.id, None, 1)]


def test_another_variant_or_none_is_another_line(world, products):
    a = products[0]
    one, other, *_ = forms(world, a)
    for form in (one, other, None):
        world = cart.add(world, a.id, form, 1)
    assert [line.variant_id for line in world.cart] == [one, other, None]


def test_set_quantity_repeated_is_the_very_same_world(world, products):
    once = cart.set_quantity(cart.add(world, products[0].id, None, 1), "LN1", 4)
    assert [line.quantity for line in once.cart] == [4]
    assert cart.set_quantity(once, "LN1", 4) is once


def test_removing_twice_changes_nothing_and_line_ids_are_never_used_again(world, products):
    a, b = products[:2]
    world = cart.remove(cart.add(world, a.id, None, 1), "LN1")
    assert world.cart == ()
    assert cart.remove(world, "LN1") is world
    world = cart.add(world, b.id, None, 1)
    assert lines(world) == [("LN2", b.id, None, 1)]
    assert cart.remove(world, "LN1") is world


@pytest.mark.parametrize("line", ["LN2", "", "LN0", "P000000", "ln1", "x" * 10_000])
def test_a_line_that_never_was_is_not_found(world, products, line):
    world = cart.add(world, products[0].id, None, 1)
    for act in (lambda: cart.remove(world, line), lambda: cart.set_quantity(world, line, 1)):
        with pytest.raises(ToolError) as refusal:
            act()
        assert refusal.value.code == "not_found"
        assert len(str(refusal.value)) < 120


def test_a_removed_line_has_no_quantity_to_set(world, products):
    world = cart.remove(cart.add(world, products[0].id, None, 1), "LN1")
    with pytest.raises(ToolError, match="no line"):
        cart.set_quantity(world, "LN1", 1)


def test_the_shelf_limits_what_is_added_on_top(world, products):
    a = products[0]
    full = cart.add(world, a.id, None, 9)
    for act in (
        lambda: cart.add(full, a.id, None, 1),
        lambda: cart.add(world, a.id, None, 10),
        lambda: cart.set_quantity(full, "LN1", 10),
    ):
        with pytest.raises(ToolError, match="At most 9") as refusal:
            act()
        assert refusal.value.code == "quantity_exceeded"


def test_no_line_holds_more_than_the_shop_sells_at_once(world, products):
    a = products[0]
    plenty = world.with_stock({a.id: 10_000})
    assert cart.add(plenty, a.id, None, MAX_UNITS).cart[0].quantity == MAX_UNITS
    with pytest.raises(ToolError, match=f"At most {MAX_UNITS}"):
        cart.add(plenty, a.id, None, MAX_UNITS + 1)


def test_a_sold_out_product_is_sold_out_in_every_form(world, products):
    a = products[0]
    gone = world.with_stock({a.id: 0})
    assert {v.stock for v in gone.variants(a.id)} == {0}
    for form in (None, *(v.id for v in world.variants(a.id))):
        with pytest.raises(ToolError) as refusal:
            cart.add(gone, a.id, form, 1)
        assert refusal.value.code == "out_of_stock"


def test_a_sold_out_variant_leaves_the_others(world, products):
    a = products[0]
    one, other, *_ = forms(world, a)
    gone = world.with_stock({one: 0})
    with pytest.raises(ToolError, match="sold out"):
        cart.add(gone, a.id, one, 1)
    assert len(cart.add(gone, a.id, other, 1).cart) == 1
    assert len(cart.add(gone, a.id, None, 1).cart) == 1


def test_what_the_catalogue_has_none_of_can_be_on_this_shelf(world, catalog):
    row = next(row for row in range(len(catalog)) if catalog.product(row).stock == 0)
    back = world.with_stock({catalog.id_of(row): 4})
    assert back.product(catalog.id_of(row)).stock == 4
    assert {v.stock for v in back.variants(catalog.id_of(row))} == {4}
    assert len(cart.add(back, catalog.id_of(row), None, 4).cart) == 1


def test_a_variant_of_another_product_is_not_found(world, products):
    a, b = products[:2]
    with pytest.raises(ToolError, match="has no variant"):
        cart.add(world, a.id, forms(world, b)[0], 1)


def test_a_product_that_does_not_exist_is_not_found(world):
    with pytest.raises(ToolError) as refusal:
        cart.add(world, "P000000X" * 2000, None, 1)
    assert refusal.value.code == "not_found"
    assert len(str(refusal.value)) < 100


def test_what_was_in_the_cart_stays_when_the_shelf_empties(world, products):
    world = cart.add(world, products[0].id, None, 2).with_stock({products[0].id: 0})
    assert world.cart[0].quantity == 2
    assert cart.set_quantity(world, "LN1", 2) is world
    with pytest.raises(ToolError, match="sold out"):
        cart.set_quantity(world, "LN1", 1)


moves = st.lists(
    st.tuples(
        st.sampled_from(["add", "set", "remove"]), st.integers(0, 3), st.sampled_from([None, 0, 1]), st.integers(1, 12)
    ),
    max_size=14,
)


@given(moves)
def test_any_sequence_keeps_the_cart_in_order_and_never_touches_earlier_worlds(world, products, moves):
    past = [(world, world.digest())]
    for kind, which, form, quantity in moves:
        a = products[which]
        variant = None if form is None else forms(world, a)[form]
        try:
            if kind == "add":
                world = cart.add(world, a.id, variant, quantity)
            elif kind == "set":
                world = cart.set_quantity(world, f"LN{which + 1}", quantity)
            else:
                world = cart.remove(world, f"LN{which + 1}")
        except ToolError:
            continue
        past.append((world, world.digest()))
    ids = [line.id for line in world.cart]
    keys = [(line.product_id, line.variant_id) for line in world.cart]
    assert len(set(ids)) == len(ids)
    assert len(set(keys)) == len(keys)
    assert all(1 <= line.quantity <= 9 for line in world.cart)
    assert not set(ids) & set(world.removed)
    assert [w.digest() for w, _ in past] == [d for _, d in past]
    state = [(w.cart, w.removed, w.lines_made) for w, _ in past]
    for (w, d), one in zip(past, state, strict=True):
        for (other, other_d), two in zip(past, state, strict=True):
            assert (d == other_d) == (one == two), (w.cart, other.cart)


def test_the_digest_tells_stock_apart_and_not_the_order_it_was_set_in(world, products):
    a, b = products[0].id, products[1].id
    assert world.with_stock({a: 5}).digest() != world.with_stock({a: 6}).digest() != world.digest()
    assert world.with_stock({a: 5}).with_stock({b: 6}).digest() == world.with_stock({b: 6}).with_stock({a: 5}).digest()


def test_a_world_cannot_be_changed(world, products):
    with pytest.raises(FrozenInstanceError):
        world.cart = ()
    with pytest.raises(TypeError):
        world.stock[products[0].id] = 1
    with pytest.raises(FrozenInstanceError):
        cart.add(world, products[0].id, None, 1).cart[0].quantity = 3


def test_setting_stock_leaves_the_world_it_came_from(world, products):
    before = dict(world.stock)
    world.with_stock({products[0].id: 77})
    assert dict(world.stock) == before


def test_a_blank_world_is_a_function_of_its_stream(catalog):
    one, same, other = (blank(catalog, Difficulty.at(5), stream(s, "world")) for s in (1, 1, 2))
    assert one == same
    assert (one.today, one.profile, one.ranking.seed) != (other.today, other.profile, other.ranking.seed)
    assert one.ranking.top_k == 150
    assert one.ranking.eps_rank == 0.1


def test_days_and_people_vary(catalog):
    worlds = [blank(catalog, Difficulty.at(0), stream(s, "world")) for s in range(200)]
    assert len({w.today for w in worlds}) > 150
    assert all(0 <= (w.today - FIRST_DAY).days < DAYS for w in worlds)
    assert len({w.profile.name for w in worlds}) > 100
    assert 30 < sum(w.profile.member for w in worlds) < 95


def test_no_stock_of_an_episode_reaches_the_catalogue(catalog, world, products):
    gone = world.with_stock({products[0].id: 0})
    gone.product(products[0].id)
    assert replace(gone, stock={}).product(products[0].id).stock == catalog.product(world.row(products[0].id)).stock
