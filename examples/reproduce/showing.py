"""Demonstrations in the terse register: the oracle, held to what an agent can know about when to ask.

The oracle asks for exactly what was left unsaid, because it sees the goal. Here it asks "anything else?" until that is
told, in some episodes only after a search showed that several products would do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from examples.reproduce.terse import ASK, Register, Terseness, UnreadableError

from ecom_rlve.agents.oracle import solve
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.dialogue import Action, Observation, ToolCall
from ecom_rlve.core.rng import stream
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.chat import native_calls
from ecom_rlve.env.env import Env, Given
from ecom_rlve.env.parse import MESSAGE
from ecom_rlve.env.shell import Step
from ecom_rlve.tasks.cart_building import CartBuilding, Goal
from ecom_rlve.tools.catalog import SearchPage

READS, WRITES = "read", "write"
Piece = tuple[str, str]
"""(`READS` or `WRITES`, text): what the model reads or writes, in turn."""
MOST_QUESTIONS = 6


@dataclass(frozen=True, slots=True)
class Shown:
    """One solved episode as a model plays it."""

    spec: EpisodeSpec
    reward: float
    pieces: tuple[Piece, ...]


class _Leaking(Exception):
    """The oracle is about to use what nobody told it, or a search before the question shows nothing open."""


class ShowingEnv(Env):
    """An `Env` in which the oracle plays in the terse register, call by call."""

    def __init__(self, catalog: Catalog, terseness: Terseness, hesitates: float) -> None:
        super().__init__(catalog)
        self.terseness, self.hesitates = terseness, hesitates

    def begin(self, spec: EpisodeSpec) -> None:
        """Begin an episode and its dialogue."""
        self.reset(spec)
        self.register = Register(self.terseness, self.catalog.taxonomy)
        assert self.episode.opening is not None
        self.pieces: list[Piece] = [(READS, f"u {self.episode.opening.text}")]
        self._hesitant = stream(spec.seed, "hesitates").chance(self.hesitates)

    def step(self, action: Given) -> Step:
        """Play one action of the oracle's."""
        assert isinstance(action, Action)
        if action.message and not action.message.startswith("I am sorry"):
            return self._ask(action)
        calls = [replace(c, args=_without_query(c)) for c in native_calls(action)]
        return self._play(calls)

    def _play(self, calls: list[ToolCall]) -> Step:
        # The model's reply is what the register reads back, so that the demonstration is what a model can do.
        text = self.register.write(calls)
        steps = self.play(self.register.read(text))
        self.pieces.append((WRITES, text))
        results, words = self.register.heard([step.observation for step in steps])
        self.pieces += [(READS, part) for part in (f"r {results}" * bool(results), f"u {words}" * bool(words)) if part]
        return replace(steps[-1], observation=_all_of(steps))

    def _ask(self, action: Action) -> Step:
        """Ask until everything that the oracle's question is about was told."""
        asked = self._unsaid(action.message)
        if not asked:
            raise _Leaking
        if self._hesitant:
            self._look_first(asked[0][0])
        for _ in range(MOST_QUESTIONS):
            step = self._play([ToolCall(MESSAGE, {"text": ASK})])
            told = {slot for turn in self.episode.turns if turn.reply is not None for slot in turn.reply.settled}
            if step.terminated or step.truncated or set(asked) <= told:
                return step
        raise _Leaking

    def _look_first(self, want: int) -> None:
        """Search with what is known; only where several products are found, asking is the thing to do next."""
        self._hesitant = False
        goal: Goal = self.episode.goal
        known = [f for f in goal.wants[want].spoken.facts if not f.withheld and f.topic != "quantity"]
        if any(f.slot for f in known) or any(isinstance(f.constraint.value, tuple) for f in known):
            return
        filters: dict[str, dict[str, str | float]] = {}
        for c in (f.constraint for f in known):
            filters.setdefault(c.attribute, {})[c.op] = attribute(c.attribute).outside(c.value)
        seen = self._play([ToolCall("catalog.search", {"filters": filters})]).observation
        page = seen.results[0].view if seen.results else None
        if not isinstance(page, SearchPage) or page.total < 2:
            raise _Leaking

    def _unsaid(self, message: str) -> list[tuple[int, str]]:
        """Return the slots that a question of the oracle's is about."""
        goal: Goal = self.episode.goal
        found: list[tuple[int, str]] = []
        for i, want in enumerate(goal.wants):
            for fact in want.first.facts:
                label = "quantity" if fact.topic == "quantity" else attribute(fact.constraint.attribute).label
                named = f"which {label}" in message.casefold() and message.endswith(f"for the {want.noun}?")
                if fact.withheld and (named or message == f"How many {want.plural} do you need?"):
                    found.append((i, fact.topic))
        return found


def shown(catalog: Catalog, spec: EpisodeSpec, terseness: Terseness, hesitates: float) -> Shown | None:
    """Return the oracle's solution of an episode of cart building, or None where there is none to learn from."""
    env = ShowingEnv(catalog, terseness, hesitates)
    env.begin(spec)
    assert isinstance(env.task, CartBuilding)
    try:
        solve(env)
    except (_Leaking, UnreadableError):
        return None
    verdict = env.episode.verdict
    assert verdict is not None
    if not verdict.is_correct or verdict.reward.total is None:
        return None
    last = max(i for i, (kind, _) in enumerate(env.pieces) if kind == WRITES)
    return Shown(spec, verdict.reward.total, tuple(env.pieces[: last + 1]))


def _without_query(call: ToolCall) -> dict[str, object]:
    return {name: value for name, value in call.args.items() if name != "query"}


def _all_of(steps: list[Step]) -> Observation:
    seen = [step.observation for step in steps]
    return replace(seen[-1], results=tuple(result for each in seen for result in each.results))
