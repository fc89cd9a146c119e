"""All tools by name, and the one way to run a call.

Three fates of a call: what breaks the schema is an ActionError (hard failure), what the shop refuses is a result the
agent reads, and anything else is our bug and propagates.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from ecom_rlve.core.dialogue import ToolCall, ToolResult
from ecom_rlve.core.errors import ActionError, ToolError
from ecom_rlve.tools import cart, catalog, context, order, policy, returns
from ecom_rlve.tools.tool import Change, Tool
from ecom_rlve.world.world import World

_ALL: Final[tuple[Tool, ...]] = (
    catalog.search,
    catalog.rerank,
    catalog.get_product,
    catalog.get_variants,
    cart.view,
    cart.add,
    cart.set_quantity,
    cart.remove,
    order.list_orders,
    order.get_status,
    order.checkout,
    returns.check_eligibility,
    returns.initiate,
    returns.exchange,
    policy.search,
    context.get_visit_history,
    context.now,
)
TOOLS: Final[Mapping[str, Tool]] = MappingProxyType({t.name: t for t in _ALL})
"""Every tool by its dotted name, in the order in which they are listed everywhere."""
_BY_ANY_NAME: Final = {**{t.wire_name: t for t in _ALL}, **TOOLS}


def find(name: str) -> Tool:
    """Return the tool called `name`, dotted or with underscores.

    Raises:
        ActionError: There is none (`invalid_tool`); the message lists the known ones.
    """
    tool = _BY_ANY_NAME.get(name)
    if tool is None:
        raise ActionError("invalid_tool", f"unknown tool {name[:40]!r}: known are {', '.join(TOOLS)}")
    return tool


def execute(world: World, call: ToolCall, args: Mapping[str, Any]) -> tuple[World, ToolResult]:
    """Run one call whose arguments were checked; the world is the very same object where nothing changed."""
    tool = TOOLS[call.name]
    try:
        out = tool.run(world, **args)
    except ToolError as refusal:
        return world, ToolResult(tool.name, error=refusal.code, message=str(refusal))
    if isinstance(out, Change):
        return out.world, ToolResult(tool.name, out.view)  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType] (V is the tool's own)
    return world, ToolResult(tool.name, out)
