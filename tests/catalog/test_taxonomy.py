"""The taxonomy is rich, complete and well-formed; broken recipes are refused."""

from collections import Counter
from dataclasses import replace

import pytest

from ecom_rlve.catalog.recipe import Recipe, _check, recipes, slots, taxonomy
from ecom_rlve.catalog.taxonomy import Taxonomy
from ecom_rlve.core.attributes import attributes
from ecom_rlve.core.errors import CatalogError

BY_KEY = {recipe.leaf.key: recipe for recipe in recipes()}
NOT_IN_SCHEMAS = {
    *("category", "brand", "price", "rating", "rating_count", "delivery_days", "in_stock", "title", "quantity"),
    *("budget", "match"),
}


def test_it_is_a_whole_shop():
    tree = taxonomy()
    assert len(tree.leaves) >= 66
    assert len(tree.departments()) >= 11
    assert min(Counter(leaf.department for leaf in tree.leaves.values()).values()) >= 2


def test_every_attribute_occurs():
    used = {name for recipe in recipes() for name in recipe.leaf.attributes}
    assert used == set(attributes()) - NOT_IN_SCHEMAS


@pytest.mark.parametrize("recipe", recipes(), ids=list(BY_KEY))
def test_every_leaf_is_well_formed(recipe: Recipe):
    leaf = recipe.leaf
    assert leaf.key == f"{leaf.department}/{leaf.key.partition('/')[2]}"
    assert 5 <= len(leaf.attributes) <= 9
    assert 1 <= len(leaf.synonyms) <= 4
    assert leaf.noun not in leaf.synonyms
    assert len(leaf.attributes[leaf.variant[0]]) >= 3
    assert recipe.price[0] < recipe.price[3] < recipe.price[-1]
    mentioned = {slot for title in recipe.titles for slot in slots(title)}
    assert len(mentioned & set(leaf.attributes)) >= 2
    for sentence in (*recipe.opening, *recipe.facts, *recipe.department.closing):
        assert sentence.endswith((".", "!", "?"))
        assert "  " not in sentence
    for name, values in leaf.attributes.items():
        for value in values:
            assert attributes()[name].parse(value) == value if isinstance(value, str) else value > 0
            assert not isinstance(value, str) or value == value.strip() != ""


def test_nouns_do_not_collide():
    counts = Counter(leaf.noun for leaf in taxonomy().leaves.values())
    assert max(counts.values()) == 1


def test_house_rules_are_marked():
    tree = taxonomy()
    assert 2 <= sum(leaf.denied for leaf in tree.leaves.values()) <= 3
    assert sum(leaf.hygiene for leaf in tree.leaves.values()) >= 8
    assert any(leaf.final_sale_share > 4 for leaf in tree.leaves.values())
    assert any(leaf.counted_as for leaf in tree.leaves.values())


def test_it_survives_being_written():
    assert Taxonomy.loads(taxonomy().dumps()) == taxonomy()


def test_an_unknown_leaf_is_named():
    with pytest.raises(CatalogError, match="electronics/teleporters"):
        taxonomy().leaf("electronics/teleporters")


@pytest.mark.parametrize(
    "change",
    [
        {"titles": ("{brand} {line} {noun} {flux_capacitor}",)},
        {"titles": ("{line} {brand} {noun}",)},
        {"opening": ("It is {color}.",)},
        {"price": (1, 2, 3)},
        {"rating": (50, 40, 30, 20, 10, 5, 1)},
    ],
)
def test_broken_recipes_are_refused(change):
    with pytest.raises(CatalogError, match="electronics/chargers"):
        _check(replace(BY_KEY["electronics/chargers"], **change), [])
