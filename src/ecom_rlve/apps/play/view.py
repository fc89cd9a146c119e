"""What the terminal shows: results as tables, words as they were spoken, the verdict with all its parts.

Knows no commands. Whatever an agent or a shop wrote is printed as text, never read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.dialogue import ToolCall, ToolResult
from ecom_rlve.core.product import Op
from ecom_rlve.core.views import to_json
from ecom_rlve.env.env import Env
from ecom_rlve.env.trace import trace_lines
from ecom_rlve.evaluate.report.results import Block, Rows, arguments, blocks, headline, titles_in
from ecom_rlve.evaluate.report.story import VerdictShown, Wanted, signed, told_verdict
from ecom_rlve.evaluate.report.words import words
from ecom_rlve.tasks.brief import Brief, Fact
from ecom_rlve.tools.cart import CartPage, page
from ecom_rlve.world.world import World

_ROWS_FOR_SPECTATORS: Final = 5
_NUMERIC: Final = ("money", "stars", "number", "days")
_LIMITS: Final[Mapping[Op, str]] = {"eq": "", "min": "at least ", "max": "at most ", "in": "one of "}


def customer(text: str, act: str = "") -> RenderableType:
    """Return the customer's words as a speech bubble; the act only for spectators."""
    return _bubble(Text(text), "Customer", act, "cyan", 0)


def agent(text: str, name: str) -> RenderableType:
    """Return the agent's words as a speech bubble, set off to the right."""
    return _bubble(Text(text), name, "", "green", 8)


def _bubble(text: Text, name: str, mark: str, colour: str, indent: int) -> RenderableType:
    title = Text(name, style=f"bold {colour}")
    if mark:
        title.append(f" · {mark}", style="dim")
    panel = Panel(text, title=title, title_align="left", border_style=colour, box=box.ROUNDED, expand=False)
    return Padding(panel, (0, 0, 0, indent))


def call(made: ToolCall, titles: Mapping[str, str]) -> RenderableType:
    """Return a call and its arguments."""
    line = Text(made.name, style="bold magenta")
    line.append(f" {arguments(to_json(made.args), titles)}", style="not bold default")
    return Padding(line, (0, 0, 0, 2))


def result(got: ToolResult, *, brief: bool = False) -> RenderableType:
    """Return what a call brought, all of it; `brief`, for spectators, leaves out what only an agent needs.

    They see the cart once a turn (`cart_page`), not after every call.
    """
    brought = got.json()
    if got.error is not None:
        return Text(f"  {got.error}: {got.message}", style="red")
    shown = blocks(brought)
    tables = [block for block in shown if isinstance(block, Rows)]
    if brief and isinstance(got.view, CartPage):
        return Text(f"  {headline(brought)}", style="dim")
    head = [Text(f"  {headline(brought)}", style="dim")] if brief or not tables else []
    if brief and tables:
        return Group(*head, *(_block(table, _ROWS_FOR_SPECTATORS) for table in tables))
    return Group(*head, *map(_block, shown))


def _block(block: Block, most: int | None = None) -> RenderableType:
    if isinstance(block, Rows):
        return Padding(_table(block, most), (0, 0, 0, 2))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in block.pairs:
        grid.add_row(Text(label), Text(value))
    return Padding(grid, (0, 0, 0, 2))


def _table(block: Rows, most: int | None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    numbered = bool(block.columns) and block.columns[0].kind == "id"
    if numbered:
        table.add_column("", justify="right", style="bold")
    for column in block.columns:
        numeric = column.kind in _NUMERIC
        table.add_column(
            Text(column.label), justify="right" if numeric else "left", no_wrap=numeric or column.kind == "id"
        )
    for number, row in enumerate(block.rows[:most], start=1):
        table.add_row(*([str(number)] if numbered else []), *map(Text, row))
    if most is not None and len(block.rows) > most:
        table.caption = Text(f"and {len(block.rows) - most} more", style="dim")
        table.caption_justify = "left"
    return table


def cart_page(world: World) -> RenderableType:
    """Return the cart as spectators see it."""
    shown = page(world)
    if not shown.lines:
        return Text("  The cart is empty now.", style="dim")
    tables = [block for block in blocks(to_json(shown)) if isinstance(block, Rows)]
    return Group(Text(f"  The cart now: ${shown.subtotal}", style="bold"), *map(_block, tables))


def cart(env: Env) -> str:
    """Return the cart in a few words."""
    shown = page(env.episode.world)
    units = sum(line.quantity for line in shown.lines)
    return f"cart: {units} unit{'' if units == 1 else 's'}, ${shown.subtotal}" if units else "cart: empty"


def status(env: Env) -> Text:
    """Return where the episode stands, in one line."""
    episode = env.episode
    left, calls = episode.turns_left, episode.difficulty.B_tool - len(episode.open_turn.calls)
    parts = (f"{left} turn{'' if left == 1 else 's'} left", f"{calls} call{'' if calls == 1 else 's'} left in this one")
    return Text(" · ".join((*parts, cart(env))), style="dim")


def titles(env: Env) -> dict[str, str]:
    """Return what ids stand for: those shown so far, and once it is over those that would have been right."""
    episode = env.episode
    results = (*(r for turn in episode.turns for r in turn.results), *episode.open_turn.results)
    found = {key: title for r in results for key, title in titles_in(r.json()).items()}
    score = episode.verdict.score if episode.verdict else None
    for fault in score.faults if score else ():
        if fault.product_id is not None:
            found.setdefault(fault.product_id, episode.world.product(fault.product_id).title)
    return found


def verdict(env: Env, name: str) -> RenderableType:
    """Return how a finished episode was judged, what it was worth, and what had been wanted."""
    episode = env.episode
    assert episode.verdict is not None, "the episode must be over"
    fingerprint = {"fingerprint": env.catalog.fingerprint}
    lines = trace_lines(episode, system="", agent=name, preset=env.preset, catalog=fingerprint)
    told = told_verdict(json.loads(lines[-1]), titles(env))
    mark, colour = _mark(env)
    parts: list[RenderableType] = [Text(told.end)]
    if told.explanation:
        parts.append(Text(f"{told.cause.replace('_', ' ')}: {told.explanation}", style=colour))
    parts += [Text(remark) for remark in told.remarks]
    parts += [Text(told.detail, style="dim")] if told.detail else []
    counts = ", ".join(f"{label} {value}" for label, value in told.counts)
    parts += [Text(), _rewards(told), Text(counts, style="dim"), Text()]
    if told.faults:
        parts.append(Text("What was found wrong", style="bold"))
        parts += [Text(f"· {said}" + (f" ({about})" if about else "")) for said, about in told.faults]
        parts.append(Text())
    parts.append(Text("What the customer wanted", style="bold"))
    parts += [_wanted(thing) for thing in told.goal or goal(env.task.brief(episode.goal))]
    title = Text(f"{mark}, reward {told.total}", style=f"bold {colour}")
    return Panel(Group(*parts), title=title, title_align="left", border_style=colour)


def _mark(env: Env) -> tuple[str, str]:
    found = env.episode.verdict
    if found is None or found.end == "invalid":
        return "Invalid", "yellow"
    return ("Passed", "green") if found.is_correct else ("Failed", "red")


def _rewards(told: VerdictShown) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    for name in ("part", "weight", "value", "worth"):
        table.add_column(name, justify="left" if name == "part" else "right")
    for part in told.parts:
        table.add_row(part.name, f"{part.weight:.2f}", signed(part.value), signed(part.worth))
    table.add_row(Text("reward", style="bold"), "", "", Text(told.total, style="bold"))
    return table


def _wanted(thing: Wanted) -> Text:
    line = Text("· ")
    line.append(thing.noun, style="bold")
    if thing.title:
        line.append(f" {thing.title}")
    told = [*thing.facts, *(f"{label} {value}" for label, value in thing.more)]
    return line.append(f": {', '.join(told)}" if told else "")


def goal(brief: Brief) -> tuple[Wanted, ...]:
    """Return what a customer had in mind, as it can be printed."""
    wanted: list[Wanted] = []
    for request in brief.requests:
        instead = ", ".join(_told(request.fallback))
        wanted.append(Wanted(request.noun, "", _told(request.facts), (("if sold out", instead),) if instead else ()))
    return tuple(wanted)


def _told(facts: tuple[Fact, ...]) -> tuple[str, ...]:
    return tuple(_printed(fact) for fact in facts if fact.topic != "category")


def _printed(fact: Fact) -> str:
    wanted = fact.constraint
    values = wanted.value if isinstance(wanted.value, tuple) else (wanted.value,)
    known = attribute(wanted.attribute)
    shown = f"{_LIMITS[wanted.op]}{' or '.join(known.show(value) for value in values)}"
    if fact.detail:
        return f"the one looked at {fact.detail} day{'' if fact.detail == 1 else 's'} ago ({shown})"
    return f"{known.label} {shown}"


def event(kind: str) -> Text:
    """Return what happened by itself, for spectators."""
    return Text(f"  ⚡ {words().events.get(kind, kind)}", style="bold yellow")
