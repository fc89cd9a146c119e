"""The two sessions: a person plays, or a built-in agent does and a person looks on.

Knows no environment and no rule of the engine: it reads lines, hands calls to `Env`, and prints what comes back.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ecom_rlve.agents.registry import player_named
from ecom_rlve.apps.play import view
from ecom_rlve.apps.play.commands import SHORTHANDS, Local, TypingError, read_line, seen_in
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.env.env import Env
from ecom_rlve.env.episode import Turn
from ecom_rlve.env.parse import MESSAGE
from ecom_rlve.tools.toolbox import TOOLS
from ecom_rlve.world.world import World

OTHER_COMMANDS = (
    ("/submit", "Hand in; an answer with fields goes behind it as JSON."),
    ('/call tool.name {"arg": "value"}', "Any tool at all; /tools lists them."),
    ('/raw {"assistant_message": "…", "tool_calls": […], "answer": null}', "A whole action, as a model writes it."),
    ("/tools, /help, /quit", "All tools; this text; leave without a verdict."),
)


def human(env: Env, console: Console, read: Callable[[], str]) -> None:
    """Let a person be the agent of the episode that `env` has begun, until it is over or they leave.

    Args:
        env: Its episode must have been reset and not be over.
        console: Where everything is printed.
        read: Returns the next line typed; EOFError or KeyboardInterrupt means that the person leaves.
    """
    _introduce(env, console)
    console.print(Text("You are the agent. Plain text goes to the customer; /help tells the rest.", style="dim"))
    _print_opening(env, console)
    console.print(view.status(env))
    while not env.episode.is_over:
        wanted = _typed(env, console, read)
        if wanted == "quit":
            console.print(Text("You left; the episode was not judged."))
            return
        if isinstance(wanted, str):
            _tell(wanted, console)
            continue
        for made in wanted:
            if not env.episode.is_over:
                _make(made, env, console)
        if not env.episode.is_over:
            console.print(view.status(env))
    console.print(view.verdict(env, "human"))


def _typed(env: Env, console: Console, read: Callable[[], str]) -> list[ToolCall] | Local:
    """Return what the next line asks for; a line that means nothing is explained and asks for nothing."""
    try:
        line = read()
    except (EOFError, KeyboardInterrupt):
        return "quit"
    try:
        return read_line(line, env.task.answer_type, seen_in(env.episode))
    except TypingError as error:
        console.print(Text(str(error), style="yellow"))
        return "nothing"


def _make(made: ToolCall, env: Env, console: Console) -> None:
    """Make one call and print what it brought."""
    step = env.call(made)
    for got in step.observation.results:
        console.print(view.result(got))
    if step.observation.message:
        console.print(view.customer(step.observation.message))
    elif made.name == MESSAGE and not env.episode.is_over:
        console.print(Text("  The customer says nothing.", style="dim"))


def watch(env: Env, agent: str, console: Console, pause: Callable[[], object] | None = None) -> None:
    """Show how a built-in agent plays the episode that `env` has begun, turn by turn.

    Built-in agents take no time, so the episode is played first and then told: `env` is over when this returns.

    Args:
        env: Its episode must have been reset and not be over.
        agent: Name of a built-in agent; an unknown one is a SpecError.
        console: Where everything is printed.
        pause: Called after every turn but the last, e.g. to wait for a key. EOFError or KeyboardInterrupt in it ends
            the show.
    """
    play = player_named(agent)
    _introduce(env, console)
    _print_opening(env, console)
    before = env.episode.world
    play(env)
    turns = env.episode.turns
    titles = view.titles(env)
    for number, turn in enumerate(turns, start=1):
        _tell_turn(turn, number, agent, before, titles, env, console)
        before = turn.world
        if pause is not None and number < len(turns):
            try:
                pause()
            except (EOFError, KeyboardInterrupt):
                return
    console.print(view.verdict(env, agent))


def _introduce(env: Env, console: Console) -> None:
    episode = env.episode
    calls = episode.difficulty.B_tool
    budget = f"{episode.max_turns} turns, up to {calls} tool call{'' if calls == 1 else 's'} in each."
    title = Text(str(episode.spec), style="bold")
    console.print(
        Panel(Text(f"{env.task.instructions}\n{budget}"), title=title, title_align="left", border_style="dim")
    )


def _print_opening(env: Env, console: Console) -> None:
    opening = env.episode.opening
    if opening is not None:
        console.print(view.customer(opening.text))


def _tell(wanted: Local, console: Console) -> None:
    """Print what was asked for of the terminal itself."""
    if wanted == "nothing":
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", overflow="fold", ratio=5 if wanted == "help" else 2)
    grid.add_column(overflow="fold", ratio=4)
    if wanted == "help":
        for shorthand in SHORTHANDS.values():
            grid.add_row(Text(shorthand.syntax), Text(shorthand.meaning))
        for syntax, meaning in OTHER_COMMANDS:
            grid.add_row(Text(syntax), Text(meaning))
    else:
        for tool in TOOLS.values():
            args = ", ".join(tool.schema().get("properties", {}))
            grid.add_row(Text(f"{tool.name}({args})"), Text(tool.description))
    console.print(grid)


def _tell_turn(
    turn: Turn, number: int, agent: str, before: World, titles: dict[str, str], env: Env, console: Console
) -> None:
    console.rule(Text(f"turn {number} of {env.episode.max_turns}", style="dim"), style="dim")
    for made, got in zip(turn.action.calls, turn.results, strict=True):
        console.print()
        console.print(view.call(made, titles))
        console.print(view.result(got, brief=True))
    if turn.raw is not None:
        console.print(Text(f"  could not be read: {turn.raw[:400]}", style="red"))
    if turn.action.message:
        console.print(view.agent(turn.action.message, agent))
    if turn.action.answer is not None:
        console.print(Text(f"  {agent} hands in", style="bold"))
    for fired in turn.fired:
        console.print(view.event(fired.kind))
    if turn.reply is not None and turn.reply.text:
        console.print(view.customer(turn.reply.text, turn.reply.act))
    if turn.world.cart != before.cart:
        console.print(view.cart_page(turn.world))
