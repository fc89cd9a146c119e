"""What the terminal shows: results as tables, words as they were spoken, the verdict with all its parts.

Knows no commands. Whatever an agent or a shop wrote is printed as text, never read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from rich import box
from rich.console import Console, Group, RenderableType
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
from ecom_rlve.tools.cart import page

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


def call(made: ToolCall, titles: Mapping[str, str]) -> Text:
    """Return a call in one line."""
    line = Text("  ")
    line.append(made.name, style="bold magenta")
    return line.append(f" {arguments(to_json(made.args), titles)}")


def result(got: ToolResult, *, brief: bool = False) -> RenderableType:
    """Return what a call brought; `brief` leaves single values out where there is a table."""
    brought = got.json()
    if got.error is not None:
        return Text(f"  {got.error}: {got.message}", style="red")
    shown = blocks(brought)
    if brief and any(isinstance(block, Rows) for block in shown):
        shown = tuple(block for block in shown if isinstance(block, Rows))
    parts = [Text(f"  {headline(brought)}", style="dim"), *map(_block, shown)]
    return Group(*parts)


def _block(block: Block) -> RenderableType:
    if isinstance(block, Rows):
        return Padding(_table(block), (0, 0, 0, 2))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in block.pairs:
        grid.add_row(Text(label), Text(value))
    return Padding(grid, (0, 0, 0, 2))


def _table(block: Rows) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    numbered = bool(block.columns) and block.columns[0].kind == "id"
    if numbered:
        table.add_column("", justify="right", style="bold")
    for column in block.columns:
        numeric = column.kind in _NUMERIC
        table.add_column(
            Text(column.label), justify="right" if numeric else "left", no_wrap=numeric or column.kind == "id"
        )
    for number, row in enumerate(block.rows, start=1):
        table.add_row(*([str(number)] if numbered else []), *map(Text, row))
    return table


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
    """Return what the ids shown so far stand for."""
    episode = env.episode
    results = (*(r for turn in episode.turns for r in turn.results), *episode.open_turn.results)
    return {key: title for r in results for key, title in titles_in(r.json()).items()}


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
    parts += [Text(), _rewards(told), Text()]
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
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for name in ("part", "weight", "value", "worth"):
        table.add_column(name, justify="left" if name == "part" else "right")
    for part in told.parts:
        table.add_row(part.name, f"{part.weight:.2f}", signed(part.value), signed(part.worth))
    table.add_row(Text("reward", style="bold"), "", "", Text(told.total, style="bold"))
    table.caption = ", ".join(f"{label} {value}" for label, value in told.counts)
    table.caption_justify = "left"
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
    said: Callable[[tuple[Fact, ...]], tuple[str, ...]] = lambda facts: tuple(  # noqa: E731 (a name for two lines)
        _printed(fact) for fact in facts if fact.topic != "category"
    )
    return tuple(
        Wanted(
            request.noun, "", said(request.facts), (("if sold out", ", ".join(said(request.fallback))),)
            if request.fallback else (),
        )
        for request in brief.requests
    )  # fmt: skip


def _printed(fact: Fact) -> str:
    wanted = fact.constraint
    values = wanted.value if isinstance(wanted.value, tuple) else (wanted.value,)
    known = attribute(wanted.attribute)
    shown = f"{_LIMITS[wanted.op]}{' or '.join(known.show(value) for value in values)}"
    days = f", looked at {fact.detail} day{'' if fact.detail == 1 else 's'} ago" if fact.detail else ""
    return f"{known.label} {shown}{days}"


def event(kind: str) -> Text:
    """Return what happened by itself, for spectators."""
    return Text(f"  ⚡ {words().events.get(kind, kind)}", style="bold yellow")
