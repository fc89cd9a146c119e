"""Tools over the cart, the account and the calendar."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ecom_rlve.core.attributes import money
from ecom_rlve.tools.context import WEEKDAYS
from ecom_rlve.world.records import Visit


@pytest.fixture
def stocked(world):
    return world.with_stock({world.catalog.id_of(row): 9 for row in (10, 20)})


def test_the_cart_shows_what_was_added_and_what_it_costs(stocked, use):
    a, b = stocked.catalog.product(10), stocked.catalog.product(20)
    form = next(v for v in stocked.variants(a.id) if v.stock)
    world, _ = use(stocked, "cart.add", product_id=a.id, variant_id=form.id, quantity=2)
    world, added = use(world, "cart.add", product_id=b.id)
    page = use(world, "cart.view")[1].view
    assert added.view == page
    first, second = page.lines
    assert (first.product_id, first.variant_id, first.quantity) == (a.id, form.id, 2)
    assert first.options
    assert first.line_total == money(2 * form.price)
    assert (second.variant_id, second.options, second.quantity) == (None, {}, 1)
    assert page.subtotal == money(2 * form.price + b.price)


def test_add_always_adds_and_the_others_may_be_repeated(stocked, use):
    a = stocked.catalog.id_of(10)
    world, _ = use(stocked, "cart.add", product_id=a)
    world, page = use(world, "cart.add", product_id=a)
    assert [line.quantity for line in page.view.lines] == [2]
    world, once = use(world, "cart.set_quantity", line_id="LN1", quantity=5)
    same, twice = use(world, "cart.set_quantity", line_id="LN1", quantity=5)
    assert same is world
    assert once == twice
    world, once = use(world, "cart.remove", line_id="LN1")
    same, twice = use(world, "cart.remove", line_id="LN1")
    assert same is world
    assert once == twice


@pytest.mark.parametrize(
    ("stock", "quantity", "code"),
    [
        (0, 1, "out_of_stock"),
        (9, 10, "quantity_exceeded"),
        (9, 10_000, "quantity_exceeded"),
        (500, 100, "quantity_exceeded"),
    ],
)
def test_what_the_shop_cannot_send_is_refused_with_its_code(stocked, use, stock, quantity, code):
    a = stocked.catalog.id_of(10)
    world = stocked.with_stock({a: stock})
    after, result = use(world, "cart.add", product_id=a, quantity=quantity)
    assert (result.error, after) == (code, world)
    assert result.message.endswith(".")


def test_an_empty_cart_is_a_page_too(world, use):
    page = use(world, "cart.view")[1]
    assert page.text() == '{"lines":[],"subtotal":"0.00"}'


def test_visits_are_told_with_their_day(world, use):
    visits = (
        Visit(world.today, world.catalog.id_of(5)),
        Visit(world.today - timedelta(days=3), world.catalog.id_of(6)),
    )
    page = use(replace(world, visits=visits), "user.get_visit_history")[1].view
    assert [v.days_ago for v in page.visits] == [0, 3]
    assert page.visits[1].title == world.catalog.product(6).title
    assert page.visits[0].date == world.today.isoformat()


def test_today_is_the_day_of_the_world(world, use):
    page = use(world, "datetime.now")[1].view
    assert page.date == world.today.isoformat()
    assert page.weekday == WEEKDAYS[world.today.weekday()]
