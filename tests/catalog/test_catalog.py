"""The catalogue's promises: filters exact against brute force, sorting, near misses, similarity, lookups."""

import pickle
import threading
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecom_rlve.catalog.catalog import Catalog, Offer, open_catalog
from ecom_rlve.core.attributes import attributes
from ecom_rlve.core.errors import CatalogError
from ecom_rlve.core.product import Constraint, Product
from ecom_rlve.core.rng import stream

OFFER = Offer(7)


def passes(catalog: Catalog, row: int, constraints: Iterable[Constraint]) -> bool:
    """The meaning of a filter, spelled out: some form of the product meets all conditions."""
    product: Product = catalog.product(row)

    def value(attribute, options):
        return options.get(attribute, product.value(attribute))

    varied = catalog.variant_attribute(row)
    fixed = [c for c in constraints if c.attribute != varied]
    loose = [c for c in constraints if c.attribute == varied]
    return all(c.holds(product) for c in fixed) and any(
        all(c.admits(value(c.attribute, v.options)) for c in loose) for v in catalog.variants(row, OFFER)
    )


def drawn_constraints(catalog: Catalog, seed: int, *, anchored: bool) -> list[Constraint]:
    rng = stream(seed, "test")
    row = rng.below(len(catalog))
    product = catalog.product(row)
    known = {
        "category": product.category, "brand": product.brand, "price": product.price, "rating": product.rating,
        "delivery_days": product.delivery_days, "in_stock": product.value("in_stock"), **product.attributes,
    }  # fmt: skip
    names = rng.sample([name for name in known if name != "category"], 1 + rng.below(3))
    constraints = [Constraint("category", "eq", product.category)] if anchored else []
    for name in names:
        value = known[name]
        others = catalog.values_of(product.category, name)
        if isinstance(value, int):
            constraints.append(Constraint(name, rng.choice(("min", "max", "eq")), value))
            if rng.chance(0.3):
                constraints.append(Constraint(name, "max", value + rng.below(50)))
        elif len(others) and rng.chance(0.4):
            constraints.append(Constraint(name, "in", (value, rng.choice(others))))
        else:
            constraints.append(Constraint(name, "eq", value))
    return constraints


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.booleans())
def test_filters_are_exact(small, seed, anchored):
    constraints = drawn_constraints(small, seed, anchored=anchored)
    expected = [row for row in range(len(small)) if passes(small, row, constraints)]
    assert small.matching(constraints, OFFER).tolist() == expected
    assert np.flatnonzero(small.mask(range(len(small)), constraints, OFFER)).tolist() == expected
    some = np.asarray(sorted(stream(seed, "rows").sample(range(len(small)), 50)))
    assert small.mask(some, constraints, OFFER).tolist() == [int(row) in set(expected) for row in some]
    hits = small.search("", constraints, sort="price", limit=10, offer=OFFER)
    assert hits.total == len(expected)
    assert list(hits.rows) == sorted(expected, key=lambda row: (small.product(row).price, row))[:10]


@pytest.mark.parametrize("op", ["eq", "in", "min", "max"])
@pytest.mark.parametrize("attribute", [name for name in attributes() if name != "title"])
def test_every_attribute_takes_every_operator_without_complaint(small, attribute, op):
    for value in ("blue", 3, ("blue", "red"), (3, 4), -1, 10**12, ""):
        constraints = [Constraint(attribute, op, value)]
        rows = small.matching(constraints, OFFER)
        for row in rows[:3].tolist():
            assert passes(small, row, constraints)


def test_a_title_filter_finds_its_product(small):
    for row in range(0, len(small), 53):
        assert small.matching([Constraint("title", "eq", small.title(row))], OFFER).tolist() == [row]
    assert len(small.matching([Constraint("title", "eq", "No Such Thing")], OFFER)) == 0


def test_contradictions_and_strangers_match_nothing(small):
    both = [Constraint("category", "eq", key) for key in ("pet/cat_food", "home/rugs")]
    assert len(small.matching(both, OFFER)) == 0
    assert len(small.matching([Constraint("brand", "eq", "Nobody")], OFFER)) == 0
    assert len(small.matching([Constraint("category", "eq", "no/such")], OFFER)) == 0
    assert small.search("lamp", [Constraint("brand", "eq", "Nobody")], sort="rating", limit=5, offer=OFFER).total == 0


@pytest.mark.parametrize("sort", ["price", "rating", "delivery", "relevance"])
def test_sorting_is_total_and_holds(small, sort):
    key = {
        "price": lambda p: p.price, "rating": lambda p: -p.rating, "delivery": lambda p: p.delivery_days,
        "relevance": lambda p: 0,
    }[sort]  # fmt: skip
    hits = small.search("cotton shirt", [], sort=sort, limit=500, offer=OFFER)
    keys = [key(small.product(row)) for row in hits.rows]
    assert keys == sorted(keys)
    assert len(set(hits.rows)) == len(hits.rows) == min(hits.total, 500)
    for limit in (0, 1, 7, 100):
        assert small.search("cotton shirt", [], sort=sort, limit=limit, offer=OFFER).rows == hits.rows[:limit]


def test_without_words_the_most_rated_come_first(small):
    hits = small.search("  ", [], sort="relevance", limit=20, offer=OFFER)
    counts = [small.product(row).rating_count for row in hits.rows]
    assert hits.total == len(small)
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == small.column("rating_count").max()


def test_words_nobody_sells_find_nothing(small):
    assert small.search("zzzzqqqq", [], sort="relevance", limit=5, offer=OFFER).total == 0
    assert small.search("the of and", [], sort="relevance", limit=5, offer=OFFER).rows == ()


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=300))
def test_any_query_is_answered(small, query):
    hits = small.search(query, [], sort="relevance", limit=5, offer=OFFER)
    assert 0 <= len(hits.rows) <= 5
    assert hits.total >= len(hits.rows)
    assert all(0 <= score <= 1000 for score in small.query_similarity(query, range(5)))


def test_filtered_search_is_search_then_filter(small):
    constraints = [Constraint("category", "eq", "clothing/t_shirts"), Constraint("price", "max", 3000)]
    everything = small.search("cotton navy blue", [], sort="relevance", limit=len(small), offer=OFFER)
    filtered = small.search("cotton navy blue", constraints, sort="relevance", limit=len(small), offer=OFFER)
    assert list(filtered.rows) == [row for row in everything.rows if passes(small, row, constraints)]


def test_lookups_refuse_strangers(small):
    for text in ("", "P", "P00000", "P0000000", "p123456", "PIIIIII", "V123456", "P" + "9" * 100, "Pé23456", "PABCDEF"):
        assert small.row_of(text) is None
    for row in range(0, len(small), 13):
        assert small.row_of(small.id_of(row)) == row
        assert small.product(row).id == small.id_of(row)
    for row in (-1, len(small), 10**9):
        with pytest.raises(IndexError):
            small.product(row)
        with pytest.raises(IndexError):
            small.id_of(row)


def test_codes_and_values_go_both_ways(small):
    for key, leaf in small.taxonomy.leaves.items():
        assert small.value("category", small.code("category", key)) == key
        for name, values in leaf.attributes.items():
            assert small.values_of(key, name) == values
            assert [small.value(name, small.code(name, value)) for value in values] == list(values)
    assert small.code("color", "ultraviolet") == -2
    assert small.code("color", 5) == -2
    assert small.code("wattage", "65") == -2
    assert small.values_of("home/rugs", "spf") == ()
    with pytest.raises(CatalogError, match="smell"):
        small.column("smell")
    with pytest.raises(CatalogError, match="smell"):
        small.code("smell", "good")


def test_a_near_miss_is_near_and_misses(small):
    found = 0
    for row in range(0, len(small), 17):
        product = small.product(row)
        names = ("brand", *small.taxonomy.leaf(product.category).attributes)
        constraints = [Constraint("price", "max", product.price * 2)]
        other = small.near_miss(row, constraints, OFFER, {row}, stream(row, "near"))
        if other is None:
            continue
        found += 1
        gap = [small.column(n)[row] != small.column(n)[other] for n in names]
        assert small.product(other).category == product.category
        assert passes(small, other, constraints)
        assert sum(gap) >= 1
        again = small.near_miss(row, constraints, OFFER, {row, other}, stream(row, "near"))
        assert again != other
        assert small.near_miss(row, constraints, OFFER, {row}, stream(row, "near")) == other
    assert found > 90
    everything = set(range(len(small)))
    assert small.near_miss(0, [], OFFER, everything, stream(0, "near")) is None


def test_similarity_knows_siblings_from_strangers(shop):
    rng = stream(3, "similar")
    closer = 0
    for _ in range(200):
        row = rng.below(len(shop))
        same = shop.near_miss(row, [], OFFER, {row}, rng)
        stranger = rng.below(len(shop))
        own, near, far = shop.similarity(row, [row, row if same is None else same, stranger])
        assert own == 1000
        assert 0 <= far <= 1000
        closer += near > far
        assert shop.similarity(row, [stranger]) == shop.similarity(stranger, [row])
    assert closer >= 195


def test_a_query_is_most_like_what_it_names(shop):
    rows = [shop.category_rows(key)[5] for key in ("home/candles", "computers/laptops", "pet/dog_beds")]
    scores = shop.query_similarity("dog bed", rows)
    assert scores.index(max(scores)) == 2
    assert shop.query_similarity("", rows) == [0, 0, 0]
    assert shop.similarity(0, []) == []


def test_it_is_pickled_by_its_path_and_shared(small):
    assert pickle.loads(pickle.dumps(small)) is small
    assert open_catalog(small.path) is small


def test_threads_see_the_same(small):
    rows = list(range(0, len(small), 5))
    expected = [
        (small.product(r), small.search(small.title(r), [], sort="relevance", limit=3, offer=OFFER)) for r in rows
    ]
    fresh = Catalog(small.path)
    results: list[list[object]] = [[] for _ in range(4)]

    def work(out):
        out += [
            (fresh.product(r), fresh.search(fresh.title(r), [], sort="relevance", limit=3, offer=OFFER)) for r in rows
        ]

    threads = [threading.Thread(target=work, args=(out,)) for out in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(out == expected for out in results)
