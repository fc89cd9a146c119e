"""V6 and V7: what may be done otherwise without changing the verdict, and what may not. Knows no environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.errors import ActionError
from ecom_rlve.core.ids import ids_in_words
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.answers import read_answer
from ecom_rlve.env.chat import action_json
from ecom_rlve.env.env import Env
from ecom_rlve.env.episode import Episode
from ecom_rlve.evaluate.card.laws.law import (
    Law,
    Trial,
    before_the_end,
    ended_with,
    final_answer,
    solved,
    solved_with,
    trial,
    verdict,
)
from ecom_rlve.evaluate.card.laws.wrong import foreign_product, wrong_answers, wrong_worlds
from ecom_rlve.tasks.registry import AnyTask
from ecom_rlve.tools.toolbox import TOOLS, execute, find
from ecom_rlve.world.returns import ruling
from ecom_rlve.world.world import World

LOOKS: Final = ("cart.view", "datetime.now", "order.list", "user.get_visit_history")
ROOM: Final = 8
"""Calls a turn where the order of writes is tried: enough for several writes to share one."""
_WORDS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def extra_reads_change_nothing(task: AnyTask, catalog: Catalog, spec: EpisodeSpec) -> Trial:
    """V6: looking around beside the oracle's way changes turns and calls, never what was achieved."""

    def look(env: Env, action: Action) -> Action:
        if action.message:
            return action
        room = env.episode.difficulty.B_tool - len(action.calls)
        looks = tuple(ToolCall(name, {}) for name in LOOKS)[: max(0, room)]
        return Action("", (*looks, *action.calls), action.answer)

    return _same_verdict(solved(catalog, spec), solved_with(catalog, spec, look))


def order_of_writes_changes_nothing(task: AnyTask, catalog: Catalog, spec: EpisodeSpec) -> Trial:
    """V6: writes that share a turn, none of which depends on another, in reverse."""
    roomy, turned = replace(spec, axes={**spec.axes, "B_tool": ROOM}), list[int]()

    def reverse(env: Env, action: Action) -> Action:
        at = [i for i, call in enumerate(action.calls) if TOOLS[call.name].writes]
        if len(at) < 2:
            return action
        turned.append(len(at))
        calls = list(action.calls)
        for i, j in zip(at, reversed(at), strict=True):
            calls[i] = action.calls[j]
        return replace(action, calls=tuple(calls))

    episode = solved_with(catalog, roomy, reverse)
    return _same_verdict(solved(catalog, roomy), episode) if turned else Trial()


def _same_verdict(plain: Episode, varied: Episode) -> Trial:
    same = verdict(plain).score == verdict(varied).score and verdict(varied).is_correct
    return trial({f"{verdict(varied).cause or 'another verdict'}": same})


def spelling_of_numbers_changes_nothing(task: AnyTask, catalog: Catalog, spec: EpisodeSpec) -> Trial:
    """V6: a number written otherwise is either refused or means the same, in calls and in the answer."""
    cases: dict[str, bool] = {}

    def spell(env: Env, action: Action) -> Action:
        for call in action.calls:
            plain = execute(env.episode.world, call, find(call.name).check(call.args))
            for text, args in _spelt(dict(call.args)):
                done = _executed(env.episode.world, ToolCall(call.name, args))
                if plain[1].ok and done is not None:
                    cases[f"{call.name} {text}"] = done == plain
        return action

    episode = solved_with(catalog, spec, spell)
    last, _ = before_the_end(catalog, spec)
    given: Any = action_json(Action(answer=final_answer(episode)))["answer"]  # Any: JSON
    for text, values in _spelt(given, words=False):
        try:
            answer = read_answer(task.answer_type, values)
        except ActionError:
            continue
        cases[f"answer {text}"] = verdict(ended_with(last, answer)).score == verdict(episode).score
    return trial(cases)


def _executed(world: World, call: ToolCall) -> tuple[World, object] | None:
    """Return what a call brings; None where it is refused."""
    try:
        done = execute(world, call, find(call.name).check(call.args))
    except ActionError:
        return None
    return done if done[1].ok else None


def _spelt(args: dict[str, Any], *, words: bool = True) -> Iterator[tuple[str, dict[str, Any]]]:  # Any: JSON
    """Yield JSON values with one number in them written otherwise, numbers in objects within included."""
    for name, value in args.items():
        if isinstance(value, dict):
            for text, inner in _spelt(value, words=words):  # pyright: ignore[reportUnknownArgumentType] (JSON)
                yield f"{name}.{text}", {**args, name: inner}
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value):
            whole = int(value)
            spellings: list[object] = [str(whole), float(whole), f"{whole}.0", f" {whole} "]
            if words and 0 <= whole < len(_WORDS):
                spellings.append(_WORDS[whole])
            for spelling in spellings:
                yield f"{name}={spelling!r}", {**args, name: spelling}


def one_wrong_thing_fails(task: AnyTask, catalog: Catalog, spec: EpisodeSpec) -> Trial:
    """V6: the right end with one line, quantity, product or value changed, in the world or in the answer, is wrong."""
    last, action = before_the_end(catalog, spec)
    episode = ended_with(last, action.answer)
    cases = {
        f"answer {what}, way {k}": not _is_right(ended_with(last, other))
        for k, (what, other) in enumerate(wrong_answers(action.answer, episode.world))
    }
    for k, (what, other) in enumerate(wrong_worlds(episode.world)):
        cases[f"{what}, way {k}"] = not task.verify(episode.goal, other, action.answer).is_correct
    return trial(cases)


def _is_right(episode: Episode) -> bool:
    """Whether an episode ended well; one that goes on has not."""
    return episode.verdict is not None and episode.verdict.is_correct


def foreign_writes_fail(task: AnyTask, catalog: Catalog, spec: EpisodeSpec) -> Trial:
    """V7: the oracle's way with one more write, of something nobody asked for, is wrong."""
    roomy = replace(spec, axes={**spec.axes, "B_tool": ROOM})
    plain = solved(catalog, roomy)
    cases: dict[str, bool] = {}
    for call in _foreign_writes(plain):

        def add(env: Env, action: Action, call: ToolCall = call) -> Action:
            return action if action.answer is None else replace(action, calls=(*action.calls, call))

        episode = solved_with(catalog, roomy, add)
        if any(r.ok for t in episode.turns for c, r in zip(t.action.calls, t.results, strict=True) if c == call):
            cases[call.name] = not verdict(episode).is_correct
    return trial(cases)


def _foreign_writes(episode: Episode) -> Iterator[ToolCall]:
    """Yield a purchase of what nobody asked for, and a return of a line that nobody spoke of, where one is allowed."""
    world = episode.world
    wanted = (*(line.product_id for line in world.cart), *ids_in_words(repr(final_answer(episode))))
    yield ToolCall("cart.add", {"product_id": foreign_product(world, *wanted)})
    named = {made.line_id for made in world.returns} | set(wanted)
    for order in world.orders:
        for line in order.lines:
            if order.delivered is None or line.id in named or ruling(world, order, line).eligible == "no":
                continue
            args = {"order_id": order.id, "line_id": line.id, "reason": "change_of_mind", "method": "mail"}
            yield ToolCall("return.initiate", args)
            return


LAWS = (
    Law("V6", "extra_reads", "extra reads change no verdict", extra_reads_change_nothing),
    Law("V6", "write_order", "writes that share a turn, in reverse: the same verdict", order_of_writes_changes_nothing),
    Law("V6", "spelling", "a number spelled otherwise is refused or the same", spelling_of_numbers_changes_nothing),
    Law("V6", "one_wrong_thing", "one wrong line, product, quantity or value fails", one_wrong_thing_fails),
    Law("V7", "foreign_writes", "a right way with one foreign write is wrong", foreign_writes_fail),
)
