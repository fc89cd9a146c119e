"""An episode that may still go on, as the page shows it: turns with products on shelves, and the world beside them.

Made from what the agent has been shown. Reads no goal, and tells events only to spectators.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecom_rlve.apps.studio.shelf import Shelf, shelf
from ecom_rlve.core.views import to_json
from ecom_rlve.env.episode import Episode
from ecom_rlve.env.trace import live_lines
from ecom_rlve.evaluate.report.results import printed
from ecom_rlve.evaluate.report.story import CallShown, TurnShown, told_turns
from ecom_rlve.tools.cart import CartEntry, page
from ecom_rlve.world.world import World


@dataclass(frozen=True, slots=True)
class CallLive:
    shown: CallShown
    shelf: Shelf


@dataclass(frozen=True, slots=True)
class TurnLive:
    shown: TurnShown
    calls: tuple[CallLive, ...]


@dataclass(frozen=True, slots=True)
class Live:
    opening: str
    turns: tuple[TurnLive, ...]
    max_turns: int
    turns_left: int
    calls_left: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class ShownOrder:
    id: str
    placed: str
    things: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownReturn:
    id: str
    order_id: str
    what: str


@dataclass(frozen=True, slots=True)
class WorldShown:
    """The customer's side of the counter."""

    customer: str
    today: str
    cart: tuple[CartEntry, ...]
    subtotal: str
    orders: tuple[ShownOrder, ...]
    """Only those that a tool has shown; how they stand has to be looked up."""
    returns: tuple[ShownReturn, ...]


def live(episode: Episode, *, spectator: bool = False) -> Live:
    """Return an episode as far as it has come.

    Args:
        episode: It must have been opened.
        spectator: Whether to tell acts and events, which an agent does not see.
    """
    opening, *turns = live_lines(episode)
    shown = told_turns(turns)
    told = tuple(
        TurnLive(
            turn if spectator else _as_agent_sees(turn),
            tuple(CallLive(call, shelf(r["result"])) for call, r in zip(turn.calls, line["results"], strict=True)),
        )
        for turn, line in zip(shown, turns, strict=True)
    )
    left = episode.difficulty.B_tool - len(episode.open_turn.calls)
    return Live(opening["text"], told, episode.max_turns, episode.turns_left, left, episode.is_over)


def world_shown(world: World, shown: frozenset[str]) -> WorldShown:
    """Return the world as it may be seen from the counter.

    Args:
        world: As it stands.
        shown: Ids that tools have shown; an order that is not among them stays out of sight.
    """
    cart = page(world)
    orders = tuple(
        ShownOrder(order.id, order.placed.isoformat(), tuple(_title(world, line.product_id) for line in order.lines))
        for order in world.orders
        if order.id in shown
    )
    returns = tuple(ShownReturn(r.id, r.order_id, _how(r.reason, r.method)) for r in world.returns)
    return WorldShown(world.profile.name, world.today.isoformat(), cart.lines, cart.subtotal, orders, returns)


def options_of(entry: CartEntry) -> str:
    """Return which form of a product lies in the cart, in words; empty where any does."""
    return ", ".join(printed(name, to_json(value)) for name, value in entry.options.items())


def _as_agent_sees(turn: TurnShown) -> TurnShown:
    spoken = None if turn.customer is None else replace(turn.customer, act="", meaning="")
    return replace(turn, customer=spoken, events=())


def _title(world: World, product_id: str) -> str:
    return world.product(product_id).title


def _how(reason: str, method: str) -> str:
    return " · ".join(part.replace("_", " ") for part in (reason, method) if part)
