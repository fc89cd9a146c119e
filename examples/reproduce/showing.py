"""Demonstrations in the terse register, by a player that knows the goal but does only what a listener can know to do.

It asks "anything else?" until nothing comes, then gets one thing after another: find, look at its forms, add. Only what
was told is searched for, in the order in which it was told. Knows no model.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from examples.reproduce.dialogue import Dialogue
from examples.reproduce.terse import ASK, GONE, Terseness, spaced, spoken

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.dialogue import ToolCall, ToolResult
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.parse import MESSAGE, SUBMIT
from ecom_rlve.tasks.brief import Fact
from ecom_rlve.tasks.cart_building import Goal
from ecom_rlve.tasks.cart_wants import Form
from ecom_rlve.tasks.describe import VISITED
from ecom_rlve.tools.catalog import SearchPage, VariantPage
from ecom_rlve.tools.context import VisitPage

READS, WRITES = "read", "write"
Piece = tuple[str, str]
"""(`READS` or `WRITES`, text): what the player reads or writes, in turn."""
MOST_COMMANDS = 40
_NAMELESS = ("category", "quantity", VISITED)
"""Topics that are no condition of a search."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One solved episode as a model plays it."""

    spec: EpisodeSpec
    reward: float
    pieces: tuple[Piece, ...]


class _StuckError(Exception):
    """What to do next cannot be known, or the episode ended."""


def shown(catalog: Catalog, spec: EpisodeSpec, terseness: Terseness) -> Shown | None:
    """Return a solution of an episode of cart building, or None where there is none to learn from."""
    player = _Player(Dialogue(catalog, terseness), spec)
    with suppress(_StuckError):
        player.solve()
    verdict = player.dialogue.verdict
    if verdict is None or not verdict.is_correct or verdict.reward.total is None:
        return None
    last = max(i for i, (kind, _) in enumerate(player.pieces) if kind == WRITES)
    return Shown(spec, verdict.reward.total, tuple(player.pieces[: last + 1]))


class _Player:
    """Plays one episode."""

    def __init__(self, dialogue: Dialogue, spec: EpisodeSpec) -> None:
        self.dialogue = dialogue
        self.pieces: list[Piece] = [(READS, dialogue.begin(spec))]
        self._told: set[int] = set()
        """Wants whose customer was told of a sell-out."""
        self._found: set[str] = set()
        self._inspected: dict[str, VariantPage] = {}
        self._goal: Goal = dialogue.env.episode.goal
        """As the customer last told it: what changed since, nobody can know."""

    def solve(self) -> None:
        """Play until the episode is over."""
        self._ask()
        while self.dialogue.verdict is None:
            want = next((i for i in self._in_order_of_mention() if not self._held(i)), None)
            if want is None:
                self._call(ToolCall(SUBMIT, {}))
            else:
                self._get(want)

    def _ask(self) -> None:
        """Ask until nothing new is told."""
        news = True
        while news:
            self._call(ToolCall(MESSAGE, {"text": ASK}))
            turn = self.dialogue.env.episode.turns[-1]
            news = bool(turn.reply and turn.reply.settled) or any(event.kind == "switch" for event in turn.fired)

    def _in_order_of_mention(self) -> list[int]:
        def place(i: int) -> int:
            want = self._goal.wants[i]
            places = [heard.find(f" {spaced(noun)} ") for noun in (want.noun, want.plural)]
            places += [_place(fact, heard) for fact in want.first.facts if fact.topic not in _NAMELESS]
            return min((at for at in places if at >= 0), default=len(heard))

        heard = f" {self._heard()} "
        return sorted(range(len(self._goal.wants)), key=place)

    def _heard(self) -> str:
        return " ".join(text for kind, text in self.pieces if kind == READS)

    def _aim(self, i: int) -> Form:
        """Return what is wanted as far as the customer has told."""
        want = self._goal.wants[i]
        if want.fallback is not None and i in self._told:
            return want.fallback
        return want.switched if want.changed and want.switched is not None else want.first

    def _lines(self, i: int) -> dict[tuple[str, str | None], tuple[str, int]]:
        want = self._goal.wants[i]
        ours = {form.product_id for form in (want.first, want.fallback, want.switched) if form is not None}
        cart = self.dialogue.env.episode.world.cart
        return {(e.product_id, e.variant_id): (e.id, e.quantity) for e in cart if e.product_id in ours}

    def _held(self, i: int) -> bool:
        aim = self._aim(i)
        return [(k, n) for k, (_, n) in self._lines(i).items()] == [((aim.product_id, aim.variant_id), aim.quantity)]

    def _get(self, i: int) -> None:
        """Do the next thing on the way to a want."""
        aim = self._aim(i)
        for key, (line, _) in self._lines(i).items():
            if key == (aim.product_id, aim.variant_id):
                self._call(ToolCall("cart.set_quantity", {"line_id": line, "quantity": aim.quantity}))
            else:
                self._call(ToolCall("cart.remove", {"line_id": line}))
            return
        if aim.product_id not in self._found:
            self._find(i, aim)
        elif aim.variant_id is not None and aim.product_id not in self._inspected:
            self._inspect(i, aim)
        else:
            form = {} if aim.variant_id is None else {"variant_id": aim.variant_id}
            add = ToolCall("cart.add", {"product_id": aim.product_id, **form, "quantity": aim.quantity})
            if self._call(add).error == "out_of_stock":
                self._tell(i)

    def _find(self, i: int, aim: Form) -> None:
        visit = next((fact for fact in aim.facts if fact.slot == VISITED), None)
        category = next(str(f.constraint.value) for f in aim.facts if f.topic == "category")
        if visit is not None:
            result = self._say(self.dialogue.register.seen(category, visit.detail))
        else:
            result = self._call(ToolCall("catalog.search", {"filters": self._filters(category, aim)}))
        view = result.view
        if isinstance(view, SearchPage):
            shown = {card.product_id: card.in_stock for card in view.results}
        else:
            assert visit is not None
            # Of a history only what was looked for is told on; the category and the day single it out.
            assert isinstance(view, VisitPage)
            shown = {v.product_id: True for v in view.visits if (v.category, v.days_ago) == (category, visit.detail)}
        if list(shown) != [aim.product_id]:
            raise _StuckError
        self._found.add(aim.product_id)
        if not shown[aim.product_id]:
            self._tell(i)

    def _inspect(self, i: int, aim: Form) -> None:
        view = self._call(ToolCall("catalog.get_variants", {"product_id": aim.product_id})).view
        assert isinstance(view, VariantPage)
        self._inspected[aim.product_id] = view
        if not next(v.stock for v in view.variants if v.variant_id == aim.variant_id):
            self._tell(i)

    def _tell(self, i: int) -> None:
        """Tell of a sell-out; the customer names something else."""
        want = self._goal.wants[i]
        if want.fallback is None or i in self._told:
            raise _StuckError
        self._call(ToolCall(MESSAGE, {"text": GONE.format(noun=want.noun)}))
        self._told.add(i)

    def _filters(self, category: str, aim: Form) -> dict[str, dict[str, str | float]]:
        """Return filters for what was told of a product, in the order in which it was told."""
        heard = self._heard()
        filters: dict[str, dict[str, str | float]] = {"category": {"eq": category}}
        facts = [f for f in aim.facts if f.topic not in _NAMELESS]
        for fact in sorted(facts, key=lambda fact: _place(fact, heard)):
            c = fact.constraint
            if _place(fact, heard) < 0:
                raise _StuckError  # Nobody can search for what they have not been told.
            assert not isinstance(c.value, tuple)
            filters.setdefault(c.attribute, {})[c.op] = attribute(c.attribute).outside(c.value)
        return filters

    def _call(self, call: ToolCall) -> ToolResult:
        return self._say(self.dialogue.register.write(call))

    def _say(self, command: str) -> ToolResult:
        # The model's own text is what is played, so that the demonstration is what a model can do.
        if self.dialogue.verdict is not None or sum(kind == WRITES for kind, _ in self.pieces) == MOST_COMMANDS:
            raise _StuckError
        steps, text = self.dialogue.play(command)
        self.pieces += [(WRITES, command), (READS, text)]
        if steps[-1].observation.message:
            self._goal = self.dialogue.env.episode.goal
        results = steps[-1].observation.results
        return results[-1] if results else ToolResult(command, None)


def _place(fact: Fact, heard: str) -> int:
    """Return where a value was told last; -1 where it was not told in its own words."""
    c = fact.constraint
    assert not isinstance(c.value, tuple)
    return f" {heard} ".rfind(f" {spoken(c.attribute, attribute(c.attribute).outside(c.value))} ")
