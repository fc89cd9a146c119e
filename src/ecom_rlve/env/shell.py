"""What every shell of the engine shares: the live episode, the agent's half of a turn, and what ends as invalid.

Asks no customer: that is what the shells in `env.env` differ in.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ecom_rlve.catalog.catalog import Catalog, embedded
from ecom_rlve.core.dialogue import Action, Observation, ToolCall
from ecom_rlve.core.errors import ActionError
from ecom_rlve.core.rng import Stream, stream
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.core.views import Json
from ecom_rlve.env import transition
from ecom_rlve.env.answers import read_answer
from ecom_rlve.env.chat import Message, action_json, messages, observation_after
from ecom_rlve.env.episode import Episode, OpenTurn, Reward, Verdict
from ecom_rlve.env.parse import MAX_TEXT, MESSAGE, SUBMIT, Style, json_text, native_call, read_hermes, read_json_action
from ecom_rlve.env.perception import heard
from ecom_rlve.env.prompt import native_tools, system_prompt
from ecom_rlve.env.reward import Preset
from ecom_rlve.env.trace import trace_lines
from ecom_rlve.tasks.brief import Brief
from ecom_rlve.tasks.registry import AnyTask, task_named
from ecom_rlve.users.user import Heard, Reply

Info = dict[str, Any]  # Any: read by people and trackers
SILENCE = Reply("continue", "")


@dataclass(frozen=True, slots=True)
class Step:
    """What one step brought. Unpacks like Gymnasium's 5-tuple."""

    observation: Observation
    reward: float | None
    """0.0 while the episode goes on; None if it is invalid through a fault of ours."""
    terminated: bool
    truncated: bool
    info: Info

    def __iter__(self):  # noqa: ANN204 (a heterogeneous 5-tuple)
        return iter((self.observation, self.reward, self.terminated, self.truncated, self.info))


class Shell:
    """What the two shells share: everything but the customer's turn."""

    def __init__(self, catalog: Catalog | None, preset: Preset) -> None:
        self.catalog = catalog if catalog is not None else embedded()
        self.preset: Preset = preset
        self._task: AnyTask | None = None
        self._episode: Episode | None = None
        self._briefed: tuple[object, Brief] | None = None
        """A goal, and what the customer has in mind with it."""

    @property
    def episode(self) -> Episode:
        """The live episode; before `reset` a RuntimeError."""
        if self._episode is None:
            raise RuntimeError("call reset() first")
        return self._episode

    @property
    def task(self) -> AnyTask:
        """The live episode's task; before `reset` a RuntimeError."""
        if self._task is None:
            raise RuntimeError("call reset() first")
        return self._task

    def messages(self, style: Style = "json") -> list[Message]:
        """Return the dialogue so far as chat messages, the system prompt first."""
        return messages(self.episode, self.system_prompt(style), style)

    def system_prompt(self, style: Style = "json") -> str:
        """Return the rules of the live episode as the agent reads them."""
        return system_prompt(self.task, self.episode, style)

    def tools(self) -> list[dict[str, Any]]:  # Any: JSON Schema
        """Return the tools as OpenAI functions, `message_user` and `submit` included."""
        return native_tools(self.task)

    def trace(self, agent: str, catalog: Mapping[str, Json]) -> list[str]:
        """Return the lines of the finished episode's trace.

        Args:
            agent: Who played, for people.
            catalog: How to get the catalogue again; its fingerprint is added.
        """
        return trace_lines(
            self.episode,
            system=self.system_prompt(),
            agent=agent,
            preset=self.preset,
            catalog={**catalog, "fingerprint": self.catalog.fingerprint},
            goal=self.task.reveal(self.episode.goal, self.episode.world),
        )

    def _start(self, spec: EpisodeSpec | str) -> tuple[Brief, Stream, float]:
        """Begin an episode and return what the customer needs to open it."""
        named = EpisodeSpec.parse(spec) if isinstance(spec, str) else spec
        self._task = task_named(named.env)
        self._episode = transition.start(self._task, named, self.catalog)
        return self._brief(self._episode), stream(named.seed, "user", 0), self._episode.difficulty.p_noise

    def _opened(self, reply: Reply, belief: object) -> tuple[Observation, Info]:
        self._episode = transition.opened(self.episode, reply, belief)
        return observation_after(self._episode), {"spec": str(self._episode.spec), "max_turns": self._episode.max_turns}

    def _agent_turn(self, action: str | Mapping[str, Any] | Action) -> None:
        """Run the agent's half of a turn from text, JSON values or an action."""
        self._check_live()
        raw = ""
        try:
            if isinstance(action, str):
                raw = action[: MAX_TEXT + 1]
                action = read_json_action(raw, self.task.answer_type)
            elif not isinstance(action, Action):
                raw = json_text(dict(action))[: MAX_TEXT + 1]
                action = read_json_action(raw, self.task.answer_type)
        except ActionError as error:
            self._episode = transition.fail(self.episode, error, raw)
            return
        self._guarded(lambda: transition.act(self.task, self.episode, action, self.preset))

    def abandon(self, reason: str) -> None:
        """End the episode as invalid: something outside of it failed, e.g. an endpoint that does not answer.

        Calls of a turn that is still open are dropped, so that the trace holds whole turns.
        """
        self._check_live()
        verdict = Verdict("invalid", False, Reward(None), "invalid", detail=reason)
        self._episode = replace(self.episode, open_turn=OpenTurn(), verdict=verdict)

    def _native_text(self, text: str) -> list[ToolCall]:
        """Return the calls that text in the native style stands for; unreadable text ends the episode."""
        self._check_live()
        try:
            return read_hermes(text)
        except ActionError as error:
            self._episode = transition.fail(self.episode, error, text[: MAX_TEXT + 1], native=True)
            return []

    def _native_call(self, call: ToolCall) -> None:
        """Run one native call; the turn closes after the last call allowed, at a message, or at the answer."""
        self._check_live()
        self._guarded(lambda: self._native(call))

    def _native(self, call: ToolCall) -> Episode:
        episode, task = self.episode, self.task
        try:
            call = native_call({"name": call.name, "arguments": dict(call.args)})
            if call.name == MESSAGE:
                return transition.close(task, episode, str(call.args["text"]), None, self.preset)
            if call.name == SUBMIT:
                answer = read_answer(task.answer_type, call.args)
                return transition.close(task, episode, "", answer, self.preset)
            episode = transition.call(task, episode, call)
        except ActionError as error:
            return transition.fail(episode, error, _as_raw(call))
        if len(episode.open_turn.calls) == episode.difficulty.B_tool:
            return transition.close(task, episode, "", None, self.preset)
        return episode

    def _check_live(self) -> None:
        if self.episode.is_over:
            raise RuntimeError("the episode is over: call reset()")

    def _guarded(self, move: Callable[[], Episode]) -> None:
        """Make a move; an exception in it is our fault and ends the episode as invalid."""
        try:
            self._episode = move()
        except Exception as error:  # noqa: BLE001 (the one place: a bug of ours is never the agent's failure)
            self._invalid(error)

    def _invalid(self, error: Exception) -> None:
        detail = "".join(traceback.format_exception(error))[-4000:]
        self._episode = replace(self.episode, verdict=Verdict("invalid", False, Reward(None), "invalid", detail=detail))

    def _asked(self) -> tuple[Brief, Any, Heard, Stream, float] | None:  # Any: the customer's belief
        """Return what the customer needs to reply to the turn just closed, or None if no reply is due.

        Silence is filled in here, without asking anybody.
        """
        episode = self.episode
        if episode.is_over or not episode.turns or episode.turns[-1].reply is not None or episode.open_turn.calls:
            return None
        if transition.is_silent(episode):
            self._hear(SILENCE, episode.belief)
            return None
        rng = stream(episode.spec.seed, "user", len(episode.turns))
        return self._brief(episode), episode.belief, heard(episode), rng, episode.difficulty.p_noise

    def _brief(self, episode: Episode) -> Brief:
        """Return what the customer has in mind, made anew only when the goal has changed."""
        if self._briefed is None or self._briefed[0] is not episode.goal:
            self._briefed = episode.goal, self.task.brief(episode.goal)
        return self._briefed[1]

    def _hear(self, reply: Reply, belief: object) -> None:
        self._guarded(lambda: transition.hear(self.task, self.episode, reply, belief, self.preset))

    def _native_step(self, before: int) -> Step:
        """Return what one native call brought; `before` results of its turn were seen already."""
        step, opened = self._step(), self.episode.open_turn.results
        new = opened[-1:] if opened else step.observation.results[before:]
        return replace(
            step, observation=replace(step.observation, results=new, message="" if opened else step.observation.message)
        )

    def _step(self) -> Step:
        verdict = self.episode.verdict
        observation = observation_after(self.episode)
        if verdict is None:
            return Step(observation, 0.0, False, False, {})
        truncated = verdict.end == "out_of_turns"
        return Step(observation, verdict.reward.total, not truncated, truncated, {"verdict": verdict})


def _as_raw(call: ToolCall) -> str:
    """Return a native call as the JSON action that fails like it."""
    if call.name == SUBMIT:
        return json_text({"answer": dict(call.args)})
    if call.name == MESSAGE:
        return json_text({"assistant_message": dict(call.args)})
    return json_text(action_json(Action("", (call,))))
