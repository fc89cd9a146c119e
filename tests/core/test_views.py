"""Views become JSON by their fields, and show ids by their types."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from ecom_rlve.core.dialogue import Action, Observation, ToolResult, dumps
from ecom_rlve.core.ids import LineId, OrderId, ProductId, VariantId
from ecom_rlve.core.views import shown_ids, to_json


@dataclass(frozen=True, slots=True)
class Leaf:
    variant_id: VariantId | None
    looks_like_an_id: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    product_id: ProductId
    leaves: tuple[Leaf, ...]
    orders: list[OrderId]
    best: Leaf | None
    values: Mapping[str, str]
    line: LineId | None = None
    note: str | None = None
    ids: tuple[ProductId, ...] = field(default=())


PAGE = Page(
    ProductId("P000001"),
    (Leaf(VariantId("V000001"), "V000009"), Leaf(None, "P000009")),
    [OrderId("O000001"), OrderId("O000002")],
    Leaf(VariantId("V000002"), "x"),
    {"product_id": "P000008"},
    ids=(ProductId("P000002"),),
)


def test_json_follows_the_fields_and_leaves_out_what_is_none():
    assert to_json(PAGE) == {
        "product_id": "P000001",
        "leaves": [
            {"variant_id": "V000001", "looks_like_an_id": "V000009", "count": 1},
            {"looks_like_an_id": "P000009", "count": 1},
        ],
        "orders": ["O000001", "O000002"],
        "best": {"variant_id": "V000002", "looks_like_an_id": "x", "count": 1},
        "values": {"product_id": "P000008"},
        "ids": ["P000002"],
    }


def test_ids_are_found_by_type_and_never_by_their_looks_or_by_a_key():
    assert list(shown_ids(PAGE)) == ["P000001", "V000001", "O000001", "O000002", "V000002", "P000002"]


def test_nothing_shows_nothing():
    assert list(shown_ids(None)) == []


@pytest.mark.parametrize("value", [None, 0, False, 1.5, "x", {}, [], {"a": [1, None]}])
def test_json_values_are_json_already(value):
    assert to_json(value) == value


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x"])
def test_what_is_no_view_is_an_error(value):
    with pytest.raises(TypeError, match="as JSON"):
        to_json(value)


def test_a_refusal_reads_as_code_and_sentence():
    result = ToolResult("cart.add", error="out_of_stock", message="This is sold out.")
    assert not result.ok
    assert result.text() == '{"error":"out_of_stock","message":"This is sold out."}'


def test_an_observation_leaves_out_what_did_not_happen():
    assert Observation("", turns_left=3).text() == '{"turns_left":3}'
    seen = Observation("hi", (ToolResult("datetime.now", {"date": "2025-01-01"}),), 2, "over")
    assert list(seen.json()) == ["tool_results", "customer", "notice", "turns_left"]


def test_json_has_no_nan_and_writes_any_text():
    with pytest.raises(ValueError, match="JSON"):
        dumps(float("nan"))
    assert dumps({"ü": "日本"}) == '{"ü":"日本"}'
    dumps({"text": "\ud800"}).encode()


def test_an_action_says_nothing_unless_told():
    assert Action() == Action("", (), None)
