"""A seat at the counter: one person's live episode, and what they may do in it. Every browser session has its own.

Knows no page. A slip of the fingers is a `TypingError` and costs nothing; only what is well-formed reaches the shop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecom_rlve.apps.play.commands import TypingError
from ecom_rlve.apps.studio.forms import Form, form, known_ids, read
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.errors import ActionError
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.core.views import Json
from ecom_rlve.env.answers import read_answer
from ecom_rlve.env.env import Env
from ecom_rlve.env.episode import Episode
from ecom_rlve.env.parse import MESSAGE, SUBMIT
from ecom_rlve.evaluate.runs import Outcome, Shop, outcome, play
from ecom_rlve.tools.toolbox import TOOLS, find

YOU = "you"
"""Who plays, where a person does."""
FURTHEST_BACK = 100
"""Steps that can be taken back; a fork is a reference, so this bounds a list and no memory to speak of."""


@dataclass(slots=True)
class Seat:
    """Mutable on purpose: it is the session."""

    shop: Shop
    env: Env
    player: str = YOU
    """"you", or "expert, then you" where a person took over."""
    past: list[Env] = field(default_factory=list[Env])

    @property
    def episode(self) -> Episode:
        """The live episode."""
        return self.env.episode

    def say(self, text: str) -> None:
        """Say something to the customer; nothing said is a TypingError."""
        if not text.strip():
            raise TypingError("Say what? Write something to the customer first.")
        self._make(ToolCall(MESSAGE, {"text": text.strip().encode("utf-8", "replace").decode()}))

    def use(self, name: str, args: Mapping[str, Json]) -> None:
        """Call a tool; what breaks its schema is a TypingError."""
        try:
            tool = find(name)
            tool.check(args)
        except ActionError as error:
            raise TypingError(str(error)) from None
        self._make(ToolCall(tool.name, dict(args)))

    def fill_in(self, name: str, typed: Mapping[str, str]) -> None:
        """Send the form of a tool, or "submit"; what cannot be read is a TypingError."""
        if name == SUBMIT:
            self.hand_in(read(answer_form(self.env), typed))
            return
        forms = {form.name: form for form in tool_forms()}
        if name not in forms:
            raise TypingError(f"There is no tool {name[:40]!r}.")
        self.use(name, read(forms[name], typed))

    def hand_in(self, args: Mapping[str, Json]) -> None:
        """Hand in the answer; one that breaks its schema is a TypingError."""
        try:
            read_answer(self.env.task.answer_type, args)
        except ActionError as error:
            raise TypingError(str(error)) from None
        self._make(ToolCall(SUBMIT, dict(args)))

    def step_back(self) -> None:
        """Undo the last thing done: the episode goes on from a fork taken before it."""
        if not self.past:
            raise TypingError("There is nothing to take back yet.")
        self.env = self.past.pop()

    def outcome(self) -> Outcome:
        """Return what came of the finished episode, with its trace."""
        return outcome(self.env, self.player, self.shop)

    def oracles_way(self) -> Outcome:
        """Return how the reference solution plays the same episode; only once this one is over."""
        assert self.episode.is_over, "the oracle's way tells the goal"
        return play(self.episode.spec, "oracle", self.shop, self.env.preset)

    def results(self) -> list[Json]:
        """Return what every call so far has brought."""
        episode = self.episode
        turns = (result for turn in episode.turns for result in turn.results)
        return [result.json() for result in (*turns, *episode.open_turn.results)]

    def known(self) -> dict[str, dict[str, str]]:
        """Return the ids that were shown, by kind, with what they stand for."""
        return known_ids(self.results())

    def _make(self, call: ToolCall) -> None:
        if self.episode.is_over:
            raise TypingError("The episode is over. Begin another one, or step back.")
        self.past = [*self.past[-FURTHEST_BACK:], self.env.fork()]
        self.env.call(call)


def sit_down(shop: Shop, spec: EpisodeSpec) -> Seat:
    """Begin an episode.

    Raises:
        SpecError: There is no such environment, difficulty or axis.
        GenerationError: This catalogue offers no such problem.
    """
    env = Env(shop.open())
    env.reset(spec)
    return Seat(shop, env)


def tool_forms() -> list[Form]:
    """Return the forms of all tools, in the order in which they are listed everywhere."""
    return [form(tool.name, tool.name, tool.description, tool.schema()) for tool in TOOLS.values()]


def answer_form(env: Env) -> Form:
    """Return the form of the live episode's answer."""
    submit = next(t["function"] for t in env.tools() if t["function"]["name"] == SUBMIT)
    return form(SUBMIT, "Hand in", submit["description"], submit["parameters"])
