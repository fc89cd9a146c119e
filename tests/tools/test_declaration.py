"""A tool is declared once: function, types and docstring give schema, checks and id walks."""

import json
import re
from typing import Annotated

import pytest
from annotated_types import Ge
from pydantic import BaseModel

from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.errors import ActionError
from ecom_rlve.core.ids import LineId, ProductId
from ecom_rlve.tools.tool import Change, tool
from ecom_rlve.tools.toolbox import TOOLS, execute, find
from ecom_rlve.world.world import World

KEYWORDS = {
    "$defs", "$ref", "additionalProperties", "anyOf", "default", "description", "enum", "items", "maxItems",
    "maxLength", "maximum", "minItems", "minLength", "minimum", "properties", "required", "type",
}  # fmt: skip
TYPES = {"string", "integer", "number", "boolean", "object", "array", "null"}


def check_schema(schema, defs):
    """A small checker of the JSON Schema that we use: known keywords, types and references only."""
    assert isinstance(schema, dict)
    assert set(schema) <= KEYWORDS, set(schema) - KEYWORDS
    assert schema.get("type", "string") in TYPES
    if "$ref" in schema:
        assert schema["$ref"].removeprefix("#/$defs/") in defs
    children = [*schema.get("anyOf", ()), *schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    children += [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    for child in children:
        check_schema(child, defs)
    assert set(schema.get("required", ())) <= set(schema.get("properties", {}))


@pytest.mark.parametrize("name", TOOLS)
def test_schema_is_json_schema_and_describes_every_argument(name):
    schema = TOOLS[name].schema()
    assert json.loads(json.dumps(schema)) == schema
    check_schema(schema, schema.get("$defs", {}))
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    for argument, described in schema["properties"].items():
        assert len(described["description"]) >= 10, argument
    assert TOOLS[name].description.endswith(".")


@pytest.mark.parametrize("name", TOOLS)
def test_defaults_of_the_schema_pass_the_check(name):
    made = TOOLS[name]
    for argument, described in made.schema()["properties"].items():
        if "default" in described:
            required = {a: "P000000" for a in made.schema().get("required", ()) if a.endswith("_id")}
            required |= {"query": "mug"} if "query" in made.schema().get("required", ()) else {}
            if "product_ids" in made.schema().get("required", ()):
                required = {"product_ids": ["P000000"]}
            made.check({"quantity": 1, **required} if name == "cart.set_quantity" else required)
            made.check({**required, argument: described["default"]})


@pytest.mark.parametrize("name", TOOLS)
def test_names_are_dotted_outside_and_without_dots_on_the_wire(name):
    made = TOOLS[name]
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", made.name)
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", made.openai()["function"]["name"])
    assert find(made.name) is find(made.wire_name) is made
    assert made.openai()["function"]["parameters"] == made.schema()


def test_wire_names_are_distinct():
    assert len({t.wire_name for t in TOOLS.values()}) == len(TOOLS)


def test_what_writes_is_read_off_the_annotation():
    writing = ["cart.add", "cart.set_quantity", "cart.remove", "order.checkout", "return.initiate", "return.exchange"]
    assert [t.name for t in TOOLS.values() if t.writes] == writing
    assert [t.name for t in TOOLS.values() if t.final] == ["return.initiate", "return.exchange"]
    assert [t.name for t in TOOLS.values() if t.recommends] == ["cart.add", "return.exchange"]


@pytest.mark.parametrize("name", ["", "cart", "cart.Add", "cart__add", "message_user", "submit", "x" * 500, "\ud800"])
def test_an_unknown_tool_is_an_invalid_tool_that_lists_the_known_ones(name):
    with pytest.raises(ActionError, match=r"known are catalog\.search") as error:
        find(name)
    assert error.value.cause == "invalid_tool"


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("wrong", [{"unknown": 1}, {"": ""}, {"world": {}}, {"\ud800": 1}])
def test_arguments_that_do_not_exist_break_the_schema(name, wrong):
    required = {"product_id": "P000000", "line_id": "LN1", "quantity": 1, "product_ids": ["P000000"], "query": "mug"}
    required |= dict.fromkeys(("order_id", "address_id", "payment_id", "new_product_id", "new_variant_id"), "X1")
    required |= {"reason": "damage", "method": "mail"}
    args = {a: required[a] for a in TOOLS[name].schema().get("required", ())}
    TOOLS[name].check(args)
    with pytest.raises(ActionError) as error:
        TOOLS[name].check({**args, **wrong})
    assert error.value.cause == "invalid_tool"


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("catalog.search", {"query": 5}),
        ("catalog.search", {"query": None}),
        ("catalog.search", {"query": "x" * 501}),
        ("catalog.search", {"query": "\ud800"}),
        ("catalog.search", {"query": "x", "sort": "cheapest"}),
        ("catalog.search", {"query": "x", "top_k": 0}),
        ("catalog.search", {"query": "x", "top_k": 51}),
        ("catalog.search", {"query": "x", "top_k": 10**30}),
        ("catalog.search", {"query": "x", "top_k": 1.5}),
        ("catalog.search", {"query": "x", "top_k": None}),
        ("catalog.search", {"query": "x", "offset": -1}),
        ("catalog.search", {"query": "x", "offset": 10_001}),
        ("catalog.search", {"query": "x", "filters": []}),
        ("catalog.search", {"query": "x", "filters": "price<5"}),
        ("catalog.search", {"query": "x", "filters": {"price": None}}),
        ("catalog.search", {"query": "x", "filters": {"price": [5]}}),
        ("catalog.search", {"query": "x", "filters": {"price": {"below": 5}}}),
        ("catalog.search", {"query": "x", "filters": {"color": {"any_of": ["black"]}}}),
        ("catalog.search", {"query": "x", "filters": {"color": {"in": "black"}}}),
        ("catalog.search", {"query": "x", "filters": {"color": {"in": ["black"] * 51}}}),
        ("catalog.search", {"query": "x", "filters": {"color": {"eq": {"eq": "black"}}}}),
        ("catalog.rerank", {}),
        ("catalog.rerank", {"product_ids": [], "query": "x"}),
        ("catalog.rerank", {"product_ids": ["P000000"] * 201, "query": "x"}),
        ("catalog.rerank", {"product_ids": "P000000", "query": "x"}),
        ("catalog.rerank", {"product_ids": [1], "query": "x"}),
        ("catalog.get_product", {}),
        ("catalog.get_product", {"product_id": None}),
        ("catalog.get_product", {"product_id": ["P000000"]}),
        ("catalog.get_variants", {"product_id": 7}),
        ("cart.add", {}),
        ("cart.add", {"product_id": "P000000", "quantity": 0}),
        ("cart.add", {"product_id": "P000000", "quantity": -3}),
        ("cart.add", {"product_id": "P000000", "quantity": 10_001}),
        ("cart.add", {"product_id": "P000000", "quantity": "two"}),
        ("cart.add", {"product_id": "P000000", "quantity": None}),
        ("cart.add", {"product_id": "P000000", "quantity": 10**4000}),
        ("cart.add", {"product_id": "P000000", "variant_id": 5}),
        ("cart.set_quantity", {"line_id": "LN1"}),
        ("cart.set_quantity", {"line_id": "LN1", "quantity": 0}),
        ("cart.remove", {"line_id": None}),
    ],
)
def test_arguments_out_of_the_schema_are_invalid_and_the_message_is_short(name, args):
    with pytest.raises(ActionError, match=name.replace(".", r"\.")) as error:
        TOOLS[name].check(args)
    assert error.value.cause == "invalid_tool"
    assert len(str(error.value)) < 400


def test_ids_in_arguments_are_found_by_type():
    args = TOOLS["catalog.rerank"].check({"product_ids": ["P000001", "P000002"], "like": "P000003"})
    assert list(TOOLS["catalog.rerank"].ids(args)) == ["P000001", "P000002", "P000003"]
    args = TOOLS["catalog.search"].check({"query": "P000001 please"})
    assert list(TOOLS["catalog.search"].ids(args)) == []
    args = TOOLS["cart.add"].check({"product_id": "P000001"})
    assert list(TOOLS["cart.add"].ids(args)) == ["P000001"]


def test_an_argument_without_description_is_refused_at_import():
    with pytest.raises(TypeError, match="'product_id' needs a type and a description"):

        @tool("shop.close")
        def close(world: World, product_id: ProductId) -> str:
            """Close the shop."""
            return ""


def test_an_argument_without_type_is_refused_at_import():
    with pytest.raises(TypeError, match="'day' needs a type"):

        @tool("shop.close")
        def close(world: World, day) -> str:
            """Close the shop.

            Args:
                world: The shop.
                day: When.
            """
            return ""


def test_a_tool_without_description_is_refused_at_import():
    with pytest.raises(TypeError, match="needs a description"):

        @tool("shop.close")
        def close(world: World) -> str:
            return ""


def test_a_declared_tool_has_all_it_needs():
    @tool("shop.close")
    def close(world: World, line_id: LineId, days: Annotated[int, Ge(1)] = 1) -> Change[str]:
        """Close the shop.

        Args:
            world: The shop.
            line_id: The line to
                close it with.
            days: For how long.
        """
        return Change(world, line_id * days)

    assert close.writes
    assert not close.recommends
    assert close.wire_name == "shop_close"
    assert issubclass(close.arguments, BaseModel)
    assert close.schema()["properties"]["line_id"]["description"] == "The line to close it with."
    assert close.schema()["required"] == ["line_id"]
    assert close.check({"line_id": "LN1"}) == {"line_id": "LN1", "days": 1}


def test_a_bug_in_a_tool_is_no_result(catalog):
    """Only a ToolError is the shop's refusal; anything else is ours and must come out."""
    with pytest.raises(AttributeError):
        execute(None, ToolCall("cart.view", {}), {})
