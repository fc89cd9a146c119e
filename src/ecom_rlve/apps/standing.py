"""How far an evaluation is, live in a terminal or as lines in a log; and what it came to, as a table."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ecom_rlve.agents.model.endpoint import Prices
from ecom_rlve.evaluate.runs import Outcome
from ecom_rlve.evaluate.scores import Scores, by_cell, score
from ecom_rlve.evaluate.setting import Setting
from ecom_rlve.evaluate.standing import Standing

A_SECOND = 4
"""Redraws a second, at most."""
LOG_EVERY = 0.1
"""Share of the run after which a log gets a line."""


class Display:
    """Draws a standing whenever it is shown one. Use as a context manager."""

    def __init__(self, console: Console, setting: Setting) -> None:
        self._console = console
        self._setting = setting
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=console)
        climbs = setting.suite.bar is not None
        self._line = self._bar.add_task(setting.agent, total=None if climbs else setting.played.at_most)
        self._live = Live(console=console, transient=True, auto_refresh=False)
        self._drawn, self._logged, self._begun = 0.0, 0.0, time.monotonic()

    def __enter__(self) -> Display:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def show(self, standing: Standing) -> None:
        """Draw the standing, unless one was drawn just now."""
        self._bar.update(self._line, completed=standing.done)
        if not self._console.is_terminal:
            self._log(standing)
        elif time.monotonic() - self._drawn >= 1 / A_SECOND:
            self._drawn = time.monotonic()
            self._live.update(Group(self._bar, self._status(standing), _cells(standing)), refresh=True)

    def _log(self, standing: Standing) -> None:
        share = standing.done / max(1, standing.at_most)
        if share - self._logged >= LOG_EVERY:
            self._logged = share
            self._console.print(f"{standing.done} of {standing.at_most}, {self._status(standing)}", highlight=False)

    def _status(self, standing: Standing) -> Text:
        valid = standing.done - standing.invalid
        parts = [f"passed {standing.passed} of {valid}"]
        if standing.found:
            parts.append(f"{standing.found} found from before")
        if standing.invalid:
            parts.append(f"{standing.invalid} invalid")
        if standing.usage.requests:
            minutes = (time.monotonic() - self._begun) / 60
            parts.append(f"{standing.usage.completion_tokens / max(minutes, 1e-9):,.0f} tokens/min")
        endpoint = self._setting.endpoint
        cost = standing.usage.cost(endpoint.prices) if endpoint else None
        parts.extend([f"${cost:,.2f}"] if cost is not None else [])
        parts.extend(f"{name} {count:,}" for name, count in standing.traffic.items() if count)
        return Text(" · ".join(parts))


def score_table(outcomes: Sequence[Outcome], prices: Prices | None) -> Table:
    """Return pass rates with their intervals by environment and difficulty, and what stands beside them."""
    cells = by_cell(outcomes)
    difficulties = sorted({d for _, d in cells})
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), title="Passed, 95 % interval", title_justify="left"
    )
    table.add_column("environment", no_wrap=True)
    for d in difficulties:
        table.add_column(f"d={d}", justify="right", no_wrap=True)
    for name in ("all", "reward", "fails mostly by"):
        table.add_column(name, justify="left" if name.startswith("fails") else "right", no_wrap=True)
    for env in dict.fromkeys(env for env, _ in cells):
        here = [o for (name, _), group in cells.items() if name == env for o in group]
        shown = [_rate(score(cells[env, d])) if (env, d) in cells else Text("–", style="dim") for d in difficulties]
        table.add_row(env.rpartition("-")[0], *shown, *_whole(score(here)))
    everything = score(outcomes, prices)
    table.add_section()
    shown = [_rate(score([o for (_, at), group in cells.items() if at == d for o in group])) for d in difficulties]
    table.add_row("all", *shown, *_whole(everything))
    table.caption = _caption(everything)
    table.caption_justify = "left"
    return table


def _whole(found: Scores) -> tuple[Text, str, str]:
    return _rate(found), f"{found.means['reward'].value:+.3f}", next(iter(found.causes), "")


def _rate(found: Scores) -> Text:
    if not found.n:
        return Text(f"{found.invalid} invalid", style="bold red")
    value = found.passed.value
    colour = "green" if value >= 0.8 else "yellow" if value >= 0.4 else "red" if value > 0 else "bright_black"
    text = Text(f"{value:.0%}", style=colour)
    text.append(f"\n{100 * found.passed.low:.0f}–{100 * found.passed.high:.0f}", style="dim")
    return text


def _caption(found: Scores) -> str:
    parts = [f"{found.n} trials of {found.tasks} episodes, {found.invalid} invalid"]
    if len(found.pass_hat) > 1:
        parts.append(", ".join(f"pass^{k} {v:.1%}" for k, v in enumerate(found.pass_hat, start=1)))
        parts.append(f"pass@{len(found.pass_at)} {found.pass_at[-1]:.1%}")
    if found.flips is not None:
        parts.append(f"flip rate {found.flips:.1%}")
    if found.usage.requests:
        parts.append(f"{found.usage.prompt_tokens:,} + {found.usage.completion_tokens:,} tokens")
    if found.voice.replies:
        parts.append(
            f"customer: {found.voice.parsed_back:.1%} of the model's texts parsed back, the grammar spoke in "
            f"{found.voice.fallback:.1%} of {found.voice.replies} replies"
        )
    if found.cost is not None:
        each = "" if found.cost_per_success is None else f", ${found.cost_per_success:.4f} for each success"
        parts.append(f"${found.cost:.2f}{each}")
    return "; ".join(parts)


def _cells(standing: Standing) -> RenderableType:
    difficulties = sorted({d for _, d in standing.cells})
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for d in difficulties:
        table.add_column(f"d={d}", justify="right")
    for env in dict.fromkeys(env for env, _ in standing.cells):
        row = [standing.cells.get((env, d), (0, 0)) for d in difficulties]
        table.add_row(env.rpartition("-")[0], *(f"{passed}/{valid}" if valid else "" for passed, valid in row))
    return table
