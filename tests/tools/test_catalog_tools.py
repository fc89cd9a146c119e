"""Search, look closer, compare: exact filters, bounded pages, coded refusals."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecom_rlve.core.attributes import attribute, attributes
from ecom_rlve.core.product import Constraint
from ecom_rlve.world.records import Ranking

FILTERABLE = [a.name for a in attributes().values() if a.filterable]
NUMBERS = [name for name in FILTERABLE if attribute(name).kind == "number"]
WORDS = [name for name in FILTERABLE if attribute(name).kind == "word"]


def values_of(world, product, name):
    """All values of an attribute that a product can be bought with."""
    forms = [v.options[name] for v in world.variants(product.id) if name in v.options]
    own = product.value(name)
    return [v for v in (own, *forms) if v is not None]


def some_value(world, name):
    """The middle one of all values that occur in the shop."""
    catalog = world.catalog
    seen = [v for row in range(0, len(catalog), 3) if (v := catalog.product(row).value(name)) is not None]
    return sorted(seen)[len(seen) // 2] if seen else None


def brute(world, constraints):
    catalog = world.catalog
    products = (catalog.product(row) for row in range(len(catalog)))
    return {p.id for p in products if all(any(map(c.admits, values_of(world, p, c.attribute))) for c in constraints)}


def everything(world, use, **args):
    found, page = [], None
    for offset in range(0, 200, 50):
        page = use(world, "catalog.search", top_k=50, offset=offset, **args)[1].view
        found += [card.product_id for card in page.results]
    return found, page.total


@pytest.mark.parametrize("name", FILTERABLE)
def test_every_attribute_filters_exactly_by_eq_and_in(world, use, name):
    value = some_value(world, name)
    if value is None:
        pytest.skip(f"this shop has nothing with {name}")
    outside = attribute(name).outside(value)
    wanted = brute(world, [Constraint(name, "eq", value)])
    assert wanted
    for condition in (outside, {"eq": outside}, {"in": [outside]}):
        found, total = everything(world, use, filters={name: condition})
        assert total == len(wanted)
        assert set(found) <= wanted
        assert len(found) == min(total, 200) == len(set(found))


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("op", ["min", "max"])
def test_every_number_filters_exactly_by_min_and_max(world, use, name, op):
    value = some_value(world, name)
    if value is None:
        pytest.skip(f"this shop has nothing with {name}")
    wanted = brute(world, [Constraint(name, op, value)])
    found, total = everything(world, use, filters={name: {op: attribute(name).outside(value)}})
    assert total == len(wanted)
    assert set(found) <= wanted


@pytest.mark.parametrize("name", [n for n in WORDS if n != "in_stock"])
def test_words_have_no_min(world, use, name):
    _, result = use(world, "catalog.search", filters={name: {"min": "a"}})
    assert result.error == "invalid_argument"
    assert name in result.message


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("wrong", ["cheap", "", "nan", "1e999999999", float("nan"), float("inf"), 10**13])
def test_numbers_refuse_what_is_no_number(world, use, name, wrong):
    _, result = use(world, "catalog.search", filters={name: {"max": wrong}})
    assert result.error == "invalid_argument"
    assert name in result.message
    assert len(result.message) < 250


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("wrong", ["no such thing", "", 5, 1.5, "日本" * 3000])
def test_words_refuse_what_no_product_has(world, use, name, wrong):
    _, result = use(world, "catalog.search", filters={name: wrong})
    assert result.error == "invalid_argument"
    assert name in result.message
    assert len(result.message) < 250


@pytest.mark.parametrize("name", [name for name in FILTERABLE if name != "in_stock"])
def test_yes_and_no_are_refused_where_they_make_no_sense(world, use, name):
    assert use(world, "catalog.search", filters={name: True})[1].error == "invalid_argument"


@pytest.mark.parametrize(("yes", "no"), [(True, False), ("yes", "no"), ("YES", "No")])
def test_availability_is_what_cards_say_of_this_very_episode(world, use, yes, no):
    category = world.catalog.product(0).category
    rows = world.catalog.category_rows(category)
    gone = [p.id for p in map(world.catalog.product, rows) if p.stock][:3]
    sold_out = world.with_stock(dict.fromkeys(gone, 0))
    for there, wanted in ((yes, True), (no, False)):
        filters = {"category": category, "in_stock": there}
        right = {p.id for p in (sold_out.product(world.catalog.id_of(r)) for r in rows) if (p.stock > 0) is wanted}
        for query in ("", world.catalog.taxonomy.leaf(category).noun):
            page = use(sold_out, "catalog.search", query=query, filters=filters, top_k=50)[1].view
            assert page.total == len(right)
            assert {c.product_id for c in page.results} <= right
            assert len(page.results) == min(50, len(right))
            assert {c.in_stock for c in page.results} <= {wanted}


@pytest.mark.parametrize("name", ["title", "quantity", "colour", "stock", "", "x" * 5000, "naïve"])
def test_an_unknown_filter_is_an_error_that_names_the_known_ones(world, use, name):
    _, result = use(world, "catalog.search", query="lamp", filters={name: "x"})
    assert result.error == "invalid_argument"
    assert all(known in result.message for known in FILTERABLE)


def test_an_empty_condition_is_an_error(world, use):
    _, result = use(world, "catalog.search", filters={"price": {}})
    assert (result.error, "needs one of eq, in, min, max" in result.message) == ("invalid_argument", True)


def test_nothing_to_search_for_is_an_error(world, use):
    for query in ("", "   ", "\n\t"):
        assert use(world, "catalog.search", query=query)[1].error == "invalid_argument"


def test_an_empty_list_of_values_matches_nothing(world, use):
    assert use(world, "catalog.search", filters={"brand": {"in": []}})[1].view.total == 0


def test_capitals_do_not_matter_in_filter_values(world, use):
    product = world.catalog.product(0)
    pages = [
        use(world, "catalog.search", filters={"category": spelled})[1].view
        for spelled in (product.category, product.category.upper(), product.category.title())
    ]
    assert pages[0].total > 0
    assert pages[0] == pages[1] == pages[2]


def test_several_filters_must_all_hold(world, use):
    catalog = world.catalog
    product = catalog.product(len(catalog) // 2)
    asked = [
        Constraint("category", "eq", product.category),
        Constraint("price", "max", product.price + 500),
        Constraint("price", "min", product.price - 500),
        Constraint("rating", "min", 30),
    ]
    filters = {
        "category": product.category,
        "price": {"max": (product.price + 500) / 100, "min": (product.price - 500) / 100},
        "rating": {"min": 3},
    }
    found, total = everything(world, use, filters=filters)
    assert set(found) == brute(world, asked)
    assert total == len(found)


def tokens(text):
    """The larger of two cautious counts: short tokens, and every word, digit and run of signs on its own."""
    return max(len(text) / 3.2, len(re.findall(r"[A-Za-z]+|\d|[^\sA-Za-z\d]+", text)))


def test_a_page_of_ten_cards_stays_under_800_tokens(world, use):
    titles = (world.catalog.product(row).title[:500] for row in range(0, len(world.catalog), 4))
    assert max(tokens(use(world, "catalog.search", query=title)[1].text()) for title in titles) < 800


@pytest.mark.parametrize("sort", ["price", "rating", "delivery"])
def test_sorting_is_by_what_it_says(world, use, sort):
    category = world.catalog.product(0).category
    cards = [
        card
        for offset in (0, 50)
        for card in use(world, "catalog.search", filters={"category": category}, sort=sort, top_k=50, offset=offset)[
            1
        ].view.results
    ]
    keys = {"price": lambda c: float(c.price), "rating": lambda c: -c.rating, "delivery": lambda c: c.delivery_days}
    assert cards == sorted(cards, key=keys[sort])


def test_pages_join_to_one_list(world, use):
    args = {"filters": {"price": {"max": 60}}, "query": "black"}
    whole = use(world, "catalog.search", top_k=50, **args)[1].view.results
    parts = [c for o in range(0, 50, 10) for c in use(world, "catalog.search", offset=o, **args)[1].view.results]
    assert list(whole) == parts


def test_no_query_yields_more_than_the_axis_allows(world, use):
    narrow = replace(world, ranking=Ranking(top_k=25))
    args = {"filters": {"price": {"min": 0}}}
    assert len(use(narrow, "catalog.search", top_k=50, **args)[1].view.results) == 25
    page = use(narrow, "catalog.search", offset=20, **args)[1].view
    assert len(page.results) == 5
    assert "25" in page.note
    assert use(narrow, "catalog.search", offset=25, **args)[1].view.results == ()
    assert use(narrow, "catalog.search", offset=10_000, **args)[1].view.results == ()
    assert use(narrow, "catalog.search", **args)[1].view.note is None


@settings(max_examples=30)
@given(st.integers(0, 40), st.sampled_from([0.1, 0.4, 1.0]), st.integers(0, 99))
def test_near_misses_are_inserted_and_nothing_is_dropped(world, use, row, eps, seed):
    product = world.catalog.product(row * 49)
    filters = {"category": product.category, "price": {"max": product.price / 100 + 20}}
    args = {"query": product.title[:200], "filters": filters}
    noisy = replace(world, ranking=Ranking(200, eps, seed))

    def results(world, top_k, offset=0):
        page = use(world, "catalog.search", top_k=top_k, offset=offset, **args)[1].view
        return [card.product_id for card in page.results]

    plain, found = ([p for o in range(0, 200, 50) for p in results(w, 50, o)] for w in (world, noisy))
    assert len(set(found)) == len(found)
    assert set(found) <= brute(
        world,
        [Constraint("category", "eq", product.category), Constraint("price", "max", product.price + 2000)],
    )
    assert set(plain) <= set(found), "nothing is dropped"
    left, before = list(plain), ""
    for shown in found:
        due = next(iter(left), shown)
        assert not before or shown == before, "a near miss stands right before the result whose turn it is"
        before = "" if shown == due else due
        left = [p for p in left if p != shown]
    assert results(noisy, 50) == found[:50] == results(noisy, 25) + results(noisy, 25, 25)
    assert results(noisy, 10) == found[:10]


def test_near_misses_do_appear(world, use):
    noisy = replace(world, ranking=Ranking(200, 1.0, 5))
    category = world.catalog.product(0).category
    args = {"query": world.catalog.taxonomy.leaf(category).noun, "filters": {"category": category, "price": {"min": 1}}}
    assert use(noisy, "catalog.search", **args)[1].view != use(world, "catalog.search", **args)[1].view


def test_cards_show_the_stock_of_this_episode(world, use):
    title = world.catalog.product(3).title
    top = use(world, "catalog.search", query=title)[1].view.results[0]
    gone = world.with_stock({top.product_id: 0})
    card = use(gone, "catalog.search", query=title)[1].view.results[0]
    assert card == replace(top, in_stock=False)
    assert use(gone, "catalog.get_product", product_id=top.product_id)[1].view.stock == 0


def test_rerank_takes_exactly_one_of_query_and_like(world, use):
    ids = [world.catalog.id_of(row) for row in (5, 6, 7)]
    for args in ({}, {"query": "lamp", "like": ids[0]}):
        assert use(world, "catalog.rerank", product_ids=ids, **args)[1].error == "invalid_argument"
    for args in ({"query": "lamp"}, {"like": ids[0]}, {"query": ""}):
        assert use(world, "catalog.rerank", product_ids=ids, **args)[1].ok


def test_rerank_is_exact_whatever_the_order_of_ids(world, use):
    catalog, rows = world.catalog, [(37 * i) % len(world.catalog) for i in range(200)]
    ids = [catalog.id_of(row) for row in rows]
    alike = dict(zip(rows, catalog.similarity(rows[7], rows), strict=True))
    expected = [(catalog.id_of(row), alike[row] / 1000) for row in sorted(rows, key=lambda row: (-alike[row], row))]
    for named in (ids, ids[::-1]):
        ranked = use(world, "catalog.rerank", product_ids=named, like=ids[7])[1].view.results
        assert [(r.product_id, r.score) for r in ranked] == expected


def test_rerank_puts_the_product_itself_first_and_names_each_once(world, use):
    ids = [world.catalog.id_of(row) for row in (100, 900, 5, 900)]
    ranked = use(world, "catalog.rerank", product_ids=ids, like=ids[1])[1].view.results
    assert ranked[0].product_id == ids[1]
    assert ranked[0].score == 1.0
    assert sorted(r.product_id for r in ranked) == sorted(set(ids))
    scores = [r.score for r in ranked]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= s <= 1 for s in scores)


UNKNOWN = ["", "P", "P000000", "p1a2b3c", "V000000", "LN1", "日本語", "'; drop table products", "x" * 90_000, "\x00"]


@pytest.mark.parametrize("unknown", UNKNOWN)
def test_ids_that_do_not_exist_are_not_found(world, use, unknown):
    if world.catalog.row_of(unknown) is not None:
        pytest.skip("this shop happens to have it")
    known = world.catalog.id_of(0)
    calls = [
        ("catalog.get_product", {"product_id": unknown}),
        ("catalog.get_variants", {"product_id": unknown}),
        ("catalog.rerank", {"product_ids": [known, unknown], "query": "x"}),
        ("catalog.rerank", {"product_ids": [known], "like": unknown}),
        ("cart.add", {"product_id": unknown}),
        ("cart.add", {"product_id": known, "variant_id": unknown}),
        ("cart.remove", {"line_id": unknown}),
        ("cart.set_quantity", {"line_id": unknown, "quantity": 1}),
    ]
    for name, args in calls:
        after, result = use(world, name, **args)
        assert result.error == "not_found", name
        assert after is world
        assert len(result.message) < 250


@given(st.text(max_size=500))
def test_any_query_gives_a_page_or_a_coded_refusal(world, use, query):
    _, result = use(world, "catalog.search", query=query)
    assert result.ok or result.error == "invalid_argument"
    result.text().encode()


def test_reading_never_changes_the_world(world, use):
    known = world.catalog.id_of(0)
    reads = [
        ("catalog.search", {"query": "lamp"}),
        ("catalog.rerank", {"product_ids": [known], "query": "lamp"}),
        ("catalog.get_product", {"product_id": known}),
        ("catalog.get_variants", {"product_id": known}),
        ("cart.view", {}),
        ("user.get_visit_history", {}),
        ("datetime.now", {}),
    ]
    for name, args in reads:
        after, result = use(world, name, **args)
        assert result.ok, name
        assert after is world, name


def test_a_product_page_tells_all_and_agrees_with_the_catalogue(world, use):
    for row in range(0, len(world.catalog), 97):
        product = world.catalog.product(row)
        page = use(world, "catalog.get_product", product_id=product.id)[1].view
        assert (page.title, page.brand, page.category) == (product.title, product.brand, product.category)
        assert page.rating * 10 == pytest.approx(product.rating)
        assert set(page.attributes) == set(product.attributes)
        entries = use(world, "catalog.get_variants", product_id=product.id)[1].view.variants
        assert len(entries) == 3
        assert {name for e in entries for name in e.options} == {page.variants_differ_in}
        assert len({e.variant_id for e in entries}) == len({tuple(e.options.items()) for e in entries}) == 3
