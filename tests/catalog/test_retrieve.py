"""The pruned search finds exactly what a look at every row finds."""

import numpy as np
import pytest

from ecom_rlve.catalog import retrieve
from ecom_rlve.catalog.catalog import Catalog, Offer
from ecom_rlve.catalog.filters import mask
from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream, stream

OFFER = Offer(3)
SORTS = ("relevance", "price", "rating", "delivery")


@pytest.fixture(params=["as it is", "always pruned"])
def pruning(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "always pruned":
        monkeypatch.setattr(retrieve, "_NARROW", -1)
        monkeypatch.setattr(retrieve, "_FEW", 0)


def expected(shop: Catalog, query, constraints, sort, limit, moved=frozenset()):
    """The definition: score every row, ask every condition, sort everything."""
    scored = shop.index.score(shop.index.terms(query), range(len(shop)))
    keep = mask(shop, scored.rows, constraints, OFFER, moved)
    rows, scores = scored.rows[keep].tolist(), scored.scores[keep].tolist()
    key = {
        "relevance": lambda row: 0,
        "price": lambda row: int(shop.column("price")[row]),
        "rating": lambda row: -int(shop.column("rating")[row]),
        "delivery": lambda row: int(shop.column("delivery_days")[row]),
    }[sort]
    ordered = sorted(zip(rows, scores, strict=True), key=lambda one: (key(one[0]), -one[1], one[0]))
    return len(rows), tuple(row for row, _ in ordered[:limit])


def a_query(shop: Catalog, rng: Stream) -> str:
    row = rng.below(len(shop))
    product = shop.product(row)
    leaf = shop.taxonomy.leaf(product.category)
    name = rng.choice(list(product.attributes))
    said = attribute(name).show(product.attributes[name])
    noun = leaf.noun
    return rng.choice((product.title, f"{product.brand} {noun} {said}", f"{noun} {said}", said, "black steel"))


def some_conditions(shop: Catalog, rng: Stream) -> list[Constraint]:
    product = shop.product(rng.below(len(shop)))
    every = [
        Constraint("category", "eq", product.category),
        Constraint("brand", "in", (product.brand, shop.product(rng.below(len(shop))).brand)),
        Constraint("price", "max", product.price),
        Constraint("rating", "min", product.rating),
        Constraint("in_stock", "eq", "yes"),
        *(Constraint(name, "eq", value) for name, value in list(product.attributes.items())[:2]),
    ]
    return rng.sample(every, rng.below(4))


@pytest.mark.usefixtures("pruning")
def test_every_search_equals_a_look_at_every_row(shop):
    rng = stream(7, "searches")
    for _ in range(60):
        query, constraints = a_query(shop, rng), some_conditions(shop, rng)
        sort, limit = rng.choice(SORTS), rng.choice((1, 10, 50, 5000))
        hits = shop.search(query, constraints, sort=sort, limit=limit, offer=OFFER)
        assert (hits.total, hits.rows) == expected(shop, query, constraints, sort, limit), (query, constraints, sort)


@pytest.mark.usefixtures("pruning")
def test_what_is_sold_out_here_is_not_found_in_stock(shop):
    rng = stream(8, "moved")
    shelf = [Constraint("in_stock", "eq", "yes")]
    for _ in range(10):
        query = a_query(shop, rng)
        first = shop.search(query, (), sort="relevance", limit=20, offer=OFFER).rows
        moved = frozenset(rng.sample(first, min(5, len(first))))
        hits = shop.search(query, shelf, sort="relevance", limit=20, offer=OFFER, moved=moved)
        assert (hits.total, hits.rows) == expected(shop, query, shelf, "relevance", 20, moved)
        units = shop.column("stock")
        assert all((units[row] > 0) != (row in moved) for row in hits.rows)


def test_few_blocks_are_read_for_a_rare_word(shop, monkeypatch):
    """Pruning prunes: a brand's products stand together, and nothing else is scored for its name."""
    monkeypatch.setattr(retrieve, "_NARROW", -1)
    index = shop.index
    product = shop.product(11_111)
    terms = index.terms(f"{product.brand} {shop.taxonomy.leaf(product.category).noun}")
    read: list[range] = []
    true_score = index.score
    monkeypatch.setattr(index, "score", lambda terms, span: (read.append(span), true_score(terms, span))[1])
    retrieve.relevant(index, terms, [range(len(shop))], None, 10)
    assert 0 < sum(map(len, read)) < len(shop)


def test_nothing_asked_by_popularity_is_the_order_of_everything(shop):
    constraints = [Constraint("price", "max", 5000)]
    keep = np.flatnonzero(mask(shop, range(len(shop)), constraints, OFFER))
    count = shop.column("rating_count")
    wanted = sorted(keep.tolist(), key=lambda row: (-int(count[row]), row))[:50]
    hits = shop.search("", constraints, sort="relevance", limit=50, offer=OFFER)
    assert (hits.total, list(hits.rows)) == (len(keep), wanted)


def test_words_nobody_sells_find_nothing(shop):
    hits = shop.search("qqqqzzzz xxyyxx", (), sort="relevance", limit=10, offer=OFFER)
    assert (hits.total, hits.rows) == (0, ())
