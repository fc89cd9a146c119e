"""The engine: pure functions from episode to episode. `start`, `opened`, then `act` and `hear` in turn.

`act` is the agent's half of a turn, `hear` the customer's. Native tool calls come one by one through `call` and
`close`; `act` is the fold of these, so that equal sequences give equal episodes. No I/O, no clock, no chance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import Action, ToolCall, ToolResult
from ecom_rlve.core.errors import ActionError
from ecom_rlve.core.ids import ids_in_words
from ecom_rlve.core.rng import stream
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.chat import as_text
from ecom_rlve.env.diagnosis import failure_cause, flags
from ecom_rlve.env.episode import End, Episode, OpenTurn, Turn, Verdict
from ecom_rlve.env.grounding import shown_by, still_unseen, used_in_answer
from ecom_rlve.env.reward import Counts, Preset, compose, hard_failure
from ecom_rlve.tasks.collateral import held_against
from ecom_rlve.tasks.task import Event, Problem, SeveralAnswers, Task, leg_of
from ecom_rlve.tools.toolbox import execute, find
from ecom_rlve.users.user import Reply
from ecom_rlve.world.blank import blank

AnyTask = Task[Any, Any]
SLACK = 2
"""Turns that the budget leaves beyond the reference solution, at least."""


def start(task: AnyTask, spec: EpisodeSpec, catalog: Catalog) -> Episode:
    """Return the episode before anybody has spoken."""
    difficulty, problem = spec.axes_values(), draw(task, spec, catalog)
    brief = task.brief(problem.goal)
    return Episode(
        spec=spec,
        difficulty=difficulty,
        goal=problem.goal,
        world=problem.world,
        waiting=problem.events,
        reference=problem.reference,
        max_turns=max(difficulty.T_max, problem.reference.budget + SLACK),
        most_free_turns=brief.most_free_turns,
    )


def draw(task: AnyTask, spec: EpisodeSpec, catalog: Catalog) -> Problem[Any]:
    """Return the problem that `spec` names on this catalogue."""
    difficulty = spec.axes_values()
    world = blank(catalog, difficulty, stream(spec.seed, "world"))
    return task.generate(world, difficulty, stream(spec.seed, "goal", spec.env))


def opened(episode: Episode, reply: Reply, belief: object) -> Episode:
    """Return the episode after the customer's first words."""
    return replace(episode, opening=reply, belief=belief, looked_at=episode.world)


def act(task: AnyTask, episode: Episode, action: Action, preset: Preset = "gated") -> Episode:
    """Return the episode after one action of the agent: tools run, then an answer is judged.

    Calls of an open turn count as the first calls of this action.
    """
    before = len(episode.open_turn.calls)
    allowed = episode.difficulty.B_tool - before
    try:
        if len(action.calls) > allowed:
            raise ActionError(
                "invalid_tool", f"at most {allowed} tool calls are allowed in this turn, got {len(action.calls)}"
            )
        for each in action.calls:
            episode = call(task, episode, each)
        return close(task, episode, action.message, action.answer, preset)
    except ActionError as error:
        run = len(episode.open_turn.calls) - before
        return fail(episode, error, as_text(replace(action, calls=action.calls[run:])))


def call(task: AnyTask, episode: Episode, tool_call: ToolCall) -> Episode:
    """Return the episode after one tool call of the turn that is open.

    Raises:
        ActionError: There is no such tool, the arguments break its schema, or a denied category would be bought.
    """
    tool = find(tool_call.name)
    tool_call = ToolCall(tool.name, tool_call.args)
    args = tool.check(tool_call.args)
    used = list(tool.ids(args))
    unseen = still_unseen(episode.unseen, used, episode.shown)
    if tool.recommends:
        _refuse_denied(episode, used)
    if tool.writes:
        due = [e for e in episode.waiting if any(i in e.touches for i in used)]
        episode = _fire(task, episode, due)
        if tool.final and due:
            # What cannot be taken back waits until the customer has said what they want now.
            return _called(episode, tool_call, _held_back(tool.name), unseen)
    world, result = execute(episode.world, tool_call, args)
    return _called(replace(episode, world=world), tool_call, result, unseen)


def _held_back(name: str) -> ToolResult:
    return ToolResult(name, error="not_requested", message="The customer is just changing their mind: hear them first.")


def _called(episode: Episode, tool_call: ToolCall, result: ToolResult, unseen: tuple[str, ...]) -> Episode:
    opened = episode.open_turn
    return replace(
        episode,
        unseen=unseen,
        shown=episode.shown | shown_by([result]),
        open_turn=replace(opened, calls=(*opened.calls, tool_call), results=(*opened.results, result)),
    )


def close(task: AnyTask, episode: Episode, message: str, answer: object, preset: Preset = "gated") -> Episode:
    """Return the episode with the open turn closed by words, an answer, or nothing of both."""
    used = ids_in_words(message)
    if answer is not None:
        ids = list(used_in_answer(answer))
        _refuse_denied(episode, ids)
        used.extend(ids)
    episode = replace(episode, unseen=still_unseen(episode.unseen, used, episode.shown))
    number = len(episode.turns) + 1
    held_up = [] if answer is None else [e for e in episode.waiting if e.leg == leg_of(answer)]
    due = [e for e in episode.waiting if e.turn <= number or e in held_up]
    episode = _with_turn(_fire(task, episode, due), message, answer)
    if answer is None or held_up:
        return episode
    if isinstance(task, SeveralAnswers):
        several = cast("SeveralAnswers[Any, Any]", task)
        taken = several.take(episode.goal, episode.world, answer)
        waiting = (*episode.waiting, *_counted_from(number, taken.events))
        episode, answer = replace(episode, goal=taken.goal, waiting=waiting), None
        if not taken.over:
            return episode
    return _judge(task, episode, "answered", answer, preset)


def hear(task: AnyTask, episode: Episode, reply: Reply, belief: object, preset: Preset = "gated") -> Episode:
    """Return the episode after the customer's half of the turn."""
    turns = (*episode.turns[:-1], replace(episode.turns[-1], reply=reply))
    looked = episode.world if reply.text else episode.looked_at
    episode = replace(episode, turns=turns, belief=belief, looked_at=looked)
    if reply.act == "ragequit":
        return _judge(task, episode, "customer_left", None, preset)
    if len(turns) >= episode.max_turns:
        return _judge(task, episode, "out_of_turns", None, preset)
    return episode


def is_silent(episode: Episode) -> bool:
    """Whether the customer has nothing to react to in the last turn, and stays silent."""
    turn = episode.turns[-1]
    speaks = any(e.kind in ("switch", "interrupt") for e in turn.fired)
    return not turn.action.message and turn.action.answer is None and not speaks


def fail(episode: Episode, error: ActionError, raw: str, *, native: bool = False) -> Episode:
    """Return the episode ended by a hard failure.

    Args:
        episode: Before it.
        error: Why.
        raw: What was not done, as text that fails the same way again.
        native: Whether that text is in the native style.
    """
    episode = _with_turn(episode, "", None, raw, native=native)
    reward = hard_failure(_counts(episode))
    return replace(episode, verdict=Verdict("hard_failure", False, reward, error.cause, detail=str(error)))


def _with_turn(
    episode: Episode, message: str, answer: object, raw: str | None = None, *, native: bool = False
) -> Episode:
    done = episode.open_turn
    turn = Turn(Action(message, done.calls, answer), done.results, episode.world, done.fired, raw=raw, native=native)
    return replace(episode, turns=(*episode.turns, turn), open_turn=OpenTurn())


def _fire(task: AnyTask, episode: Episode, due: Iterable[Event]) -> Episode:
    for event in due:
        world = episode.world.with_stock(dict.fromkeys(event.sold_out, 0)) if event.sold_out else episode.world
        episode = replace(
            episode,
            goal=task.amend(episode.goal, event),
            world=world,
            waiting=(
                *(e for e in episode.waiting if e is not event),
                *_counted_from(len(episode.turns) + 1, event.then),
            ),
            open_turn=replace(episode.open_turn, fired=(*episode.open_turn.fired, event)),
        )
    return episode


def _counted_from(turn: int, events: Iterable[Event]) -> tuple[Event, ...]:
    """Return events whose turns were counted from `turn` on with turns as the episode counts them."""
    return tuple(replace(event, turn=event.turn + turn) for event in events)


def _refuse_denied(episode: Episode, ids: Iterable[str]) -> None:
    catalog = episode.world.catalog
    for used in ids:
        row = catalog.row_of(used)
        if row is not None and catalog.taxonomy.leaf(catalog.product(row).category).denied:
            raise ActionError("policy_misread", f"{used} is of a category that may not be sold or recommended")


def _judge(task: AnyTask, episode: Episode, end: End, answer: object, preset: Preset) -> Episode:
    score = task.verify(episode.goal, episode.world, answer)
    score = held_against(score, episode.world, task.writes(episode.goal))
    reward = compose(score, _counts(episode), episode.reference, episode.max_turns, preset)
    cause = "" if score.is_correct else failure_cause(task, episode, end, score)
    marks = () if score.is_correct else flags(episode, task.brief(episode.goal))
    return replace(episode, verdict=Verdict(end, score.is_correct, reward, cause, marks, score=score))


def _counts(episode: Episode) -> Counts:
    turns = episode.turns
    settling = sum(
        t.reply is not None and t.reply.act in ("clarify", "confirm") and bool(t.reply.settled) for t in turns
    )
    return Counts(
        turns=len(turns),
        free_turns=min(settling, episode.most_free_turns),
        calls=sum(len(t.action.calls) for t in turns),
        unseen_ids=len(episode.unseen),
    )
