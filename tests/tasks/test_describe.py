"""How one product is singled out, and what the customer looked at lately."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.rng import stream
from ecom_rlve.tasks.describe import MAX_FEATURES, MIN_RIVALS, VISITED, by_features, by_visit, visit_history
from ecom_rlve.world.blank import blank


def brands_of(catalog):
    for leaf in catalog.taxonomy.leaves.values():
        for brand in catalog.brands(leaf.key):
            yield catalog.brand_rows(leaf.key, brand)


def test_few_rivals_are_not_described(catalog):
    small = [rows for rows in brands_of(catalog) if 0 < len(rows) < MIN_RIVALS]
    assert small
    assert all(by_features(catalog, rows, stream(1)) is None for rows in small)


def test_what_is_said_fits_one_product_of_the_brand(catalog):
    described = 0
    for i, rows in enumerate(rows for rows in brands_of(catalog) if len(rows) >= MIN_RIVALS):
        found = by_features(catalog, rows, stream(i))
        if found is None:
            continue
        described += 1
        row, facts = found
        fits = [r for r in rows if all(f.constraint.holds(catalog.product(r)) for f in facts)]
        assert fits == [row]
        assert [f.topic for f in facts[:2]] == ["category", "brand"]
        assert 1 <= len(facts) - 2 <= MAX_FEATURES
        assert "rating" not in {f.topic for f in facts}
        exact = [f for f in facts[2:] if f.constraint.value == catalog.product(row).value(f.topic)]
        assert len(exact) <= 1, "at most one very value: more would put it on top of any search"
    assert described > 50


def test_limits_are_round_where_they_can_be(catalog):
    prices = [
        f.constraint.value
        for i, rows in enumerate(brands_of(catalog))
        for found in [by_features(catalog, rows, stream(i, "round"))]
        if found
        for f in found[1]
        if f.topic == "price"
    ]
    assert len(prices) > 10
    assert sum(p % 100 == 0 for p in prices) > 0.7 * len(prices)


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.data())
def test_a_visit_history_keeps_what_is_pointed_at_alone_on_its_day(catalog, seed, data):
    world = blank(catalog, Difficulty.at(0), stream(seed, "world"))
    rows = st.integers(0, len(catalog) - 1)
    wanted = data.draw(st.lists(st.tuples(rows, st.integers(1, 7)), max_size=3, unique_by=lambda w: w[0]))
    kinds = [catalog.product(r).category for r, _ in wanted]
    if len(set(kinds)) < len(kinds):
        return
    decoys = data.draw(st.lists(rows, max_size=8)) + [r for r, _ in wanted]
    visits = visit_history(world, wanted, decoys, stream(seed))
    ids = [v.product_id for v in visits]
    assert len(set(ids)) == len(ids)
    for row, days in wanted:
        product = catalog.product(row)
        alike = [
            v.product_id
            for v in visits
            if (world.today - v.day).days == days
            and catalog.product(world.row(v.product_id)).category == product.category
        ]
        assert alike == [product.id]
    assert set(ids) <= {catalog.id_of(r) for r in decoys}


def test_a_visit_is_told_by_type_and_day(catalog):
    product = catalog.product(7)
    kind, visited = by_visit(catalog.leaf(7), product.title, 3)
    assert kind.constraint.value == product.category
    assert (visited.slot, visited.detail, visited.constraint.value) == (VISITED, 3, product.title)
