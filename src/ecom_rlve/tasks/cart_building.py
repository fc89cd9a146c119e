"""Cart building: put exactly what the customer asked for into the cart.

Goal      one to five products, each a particular one of the shop, in a quantity, sometimes in a particular variant.
Answer    {} : the cart is judged.
Reward    raw = 2·F1 - 1 over units of (product, variant); where no variant is needed, any or none counts.
Solved    the cart holds exactly the units wanted and no others.
Harder    more products, variants and quantities; details unsaid; sell-outs with a fallback; changes of mind.

Knows no customer, no engine. What is wanted is drawn in `tasks.cart_wants`; what the reference solution does, turn by
turn, is worked out in `tasks.cart_plan`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from ecom_rlve.catalog.variants import Offer
from ecom_rlve.core.attributes import attribute
from ecom_rlve.core.dialogue import Action, Observation, ToolCall
from ecom_rlve.core.difficulty import EVERYWHERE, SEARCHING, Difficulty
from ecom_rlve.core.ids import LineId, ProductId, VariantId
from ecom_rlve.core.metrics import f1
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks import cart_plan
from ecom_rlve.tasks.brief import Brief, Fact, Request
from ecom_rlve.tasks.cart_plan import Need, Step
from ecom_rlve.tasks.cart_wants import Draw, Form, Want
from ecom_rlve.tasks.describe import VISITED
from ecom_rlve.tasks.reveal import Revealed, printed
from ecom_rlve.tasks.task import Event, Fault, FaultCause, Oracle, Problem, Score
from ecom_rlve.tools.cart import CartPage
from ecom_rlve.world.world import World

MAX_PRODUCTS = 5


@dataclass(frozen=True, slots=True)
class Goal:
    wants: tuple[Want, ...]
    plan: tuple[tuple[Step, ...], ...] = ()
    """The reference solution's steps, turn by turn."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The cart speaks for itself."""


class CartBuilding:
    name: ClassVar[str] = "cart_building"
    version: ClassVar[int] = 0
    answer_type: ClassVar[type[Answer]] = Answer
    axes: ClassVar[tuple[str, ...]] = (*EVERYWHERE, *SEARCHING, "p_oos")
    instructions: ClassVar[str] = (
        "The customer wants certain things in their cart. Put exactly these into it: the right products, in the right "
        "variants where they care, in the right quantities, and nothing else. Find out what they left unsaid. Do not "
        "check out. When the cart is right, submit an empty answer."
    )

    def generate(self, world: World, difficulty: Difficulty, rng: Stream) -> Problem[Goal]:
        """Draw the wants, the visit history around them, and what will change on the way."""
        own = Offer(1 + rng.below(2**47))
        world = replace(world, offer=own) if world.offer == Offer() else world
        drawn = Draw(world, difficulty, rng)
        count = min(MAX_PRODUCTS, 1 + difficulty.level // 3)
        for _ in range(count):
            drawn.add_want()
        wants, events = drawn.with_change_of_mind()
        world = drawn.world_with_visits().with_stock(drawn.stock)
        plan = cart_plan.plan([_need(world, w) for w in wants], events, difficulty.B_tool)
        unsaid = sum(fact.withheld for want in wants for fact in want.first.facts)
        return Problem(Goal(wants, plan), world, cart_plan.reference(plan, unsaid), events, drawn.redraws)

    def brief(self, goal: Goal) -> Brief:
        """Return the wants as the customer has them in mind, each with its fallback if there is one."""
        return Brief(
            "fill_cart",
            tuple(
                Request("cart_line", w.noun, w.plural, w.spoken.facts, w.fallback.facts if w.fallback else ())
                for w in goal.wants
            ),
        )

    def amend(self, goal: Goal, event: Event) -> Goal:
        """Return the goal once the event's want has changed."""
        changed = (replace(w, changed=True) if i == event.request else w for i, w in enumerate(goal.wants))
        return replace(goal, wants=tuple(changed))

    def verify(self, goal: Goal, world: World, answer: Answer | None) -> Score:
        """Compare the cart with the goal, unit by unit."""
        wanted = {(f.product_id, f.variant_id): f.quantity for f in (w.in_force for w in goal.wants)}
        any_form = {product for product, variant in wanted if variant is None}
        got: Counter[tuple[ProductId, VariantId | None]] = Counter()
        for line in world.cart:
            form = None if line.product_id in any_form else line.variant_id
            got[line.product_id, form] += line.quantity
        score = f1(wanted, got)
        faults = () if wanted == dict(got) else tuple(_faults(goal, got))
        return Score(2 * score - 1, is_correct=wanted == dict(got), parts={"f1": score}, faults=faults)

    def writes(self, goal: Goal) -> frozenset[str]:
        """Only the cart is filled."""
        return frozenset({"cart"})

    def reveal(self, goal: Goal, world: World) -> tuple[Revealed, ...]:
        """Return each want's facts, and the product, variant and quantity that are right in the end."""
        return tuple(_revealed(world, want) for want in goal.wants)

    def chance(self, problem: Problem[Goal]) -> float:
        """Return the chance of picking each product among its rivals, and each variant among three, blindly."""
        world = problem.world
        return math.prod(_blind(world, want.in_force) for want in problem.goal.wants)

    def oracle(self, problem: Problem[Goal]) -> Oracle[Answer]:
        """Walk the plan with real calls and real questions."""
        wants, lines = problem.goal.wants, _Lines()
        for steps in problem.goal.plan:
            calls = tuple(call for step in steps if (call := _call(wants, step, lines)) is not None)
            said = " ".join(text for step in steps if (text := _words(wants, step)))
            lines.see((yield Action(said, calls)))
        return Answer()


def _blind(world: World, form: Form) -> float:
    product = world.product(form.product_id)
    if any(f.slot == VISITED for f in form.facts):
        rivals = sum(world.product(v.product_id).category == product.category for v in world.visits)
    else:
        rivals = len(world.catalog.brand_rows(product.category, product.brand))
    return 1 / rivals / (1 if form.variant_id is None else len(world.variants(form.product_id)))


def _revealed(world: World, want: Want) -> Revealed:
    form = want.in_force
    options = () if form.variant_id is None else world.variant(form.product_id, form.variant_id).options.items()
    return {
        "noun": want.noun,
        "facts": [printed(fact) for fact in form.facts if fact.topic not in ("category", "quantity")],
        "title": world.product(form.product_id).title,
        "product_id": form.product_id,
        "variant": ", ".join(f"{name} {attribute(name).show(value)}" for name, value in options) or "any",
        "quantity": form.quantity,
    }


def _need(world: World, want: Want) -> Need:
    first, then = want.first, want.fallback or want.switched
    same_product = then is not None and then.product_id == first.product_id
    switched = ""
    if want.switched is not None:
        switched = next(
            a.topic for a, b in zip(first.facts, want.switched.facts, strict=True) if a.constraint != b.constraint
        )
    return Need(
        unsaid=tuple(f.topic for f in first.facts if f.withheld),
        visited=any(f.slot == VISITED for f in first.facts),
        variant=first.variant_id is not None,
        sold_out="" if want.fallback is None else "variant" if same_product else "product",
        changed=want.changed,
        fallback_variant=then is not None and then.variant_id is not None,
        switched=switched,
    )


class _Lines:
    """The cart as the agent last saw it: line ids by what they hold."""

    def __init__(self) -> None:
        self.ids: dict[tuple[ProductId, VariantId | None], LineId] = {}

    def see(self, observation: Observation) -> None:
        for result in observation.results:
            if isinstance(result.view, CartPage):
                self.ids = {(e.product_id, e.variant_id): e.line_id for e in result.view.lines}


def _call(wants: tuple[Want, ...], step: Step, lines: _Lines) -> ToolCall | None:
    if step.kind == "history":
        return ToolCall("user.get_visit_history", {})
    want = wants[step.want]
    form = (want.fallback or want.switched or want.first) if step.changed else want.first
    if step.kind == "search":
        return ToolCall("catalog.search", {"query": want.noun, "filters": _filters(form.facts)})
    if step.kind == "variants":
        return ToolCall("catalog.get_variants", {"product_id": form.product_id})
    if step.kind == "add":
        variant = {} if form.variant_id is None else {"variant_id": form.variant_id}
        return ToolCall("cart.add", {"product_id": form.product_id, **variant, "quantity": form.quantity})
    line = {"line_id": lines.ids.get((want.first.product_id, want.first.variant_id))}
    if step.kind == "set_quantity":
        return ToolCall("cart.set_quantity", {**line, "quantity": form.quantity})
    return ToolCall("cart.remove", line) if step.kind == "remove" else None


def _filters(facts: Iterable[Fact]) -> Mapping[str, Mapping[str, str | float]]:
    """Return search filters for what singles the product out; how many is no part of that."""
    named = (f.constraint for f in facts if f.topic != "quantity")
    return {
        c.attribute: {c.op: attribute(c.attribute).outside(c.value)} for c in named if not isinstance(c.value, tuple)
    }


def _words(wants: tuple[Want, ...], step: Step) -> str:
    noun = wants[step.want].noun
    if step.kind == "tell":
        return f"I am sorry, the {noun} you want is sold out. What would you like instead?"
    if step.kind != "ask":
        return ""
    if step.topics == ("quantity",):
        return f"How many {wants[step.want].plural} do you need?"
    labels = ["quantity" if t == "quantity" else attribute(t).label for t in step.topics]
    return f"Which {' and which '.join(labels)} would you like for the {noun}?"


def _faults(goal: Goal, got: Mapping[tuple[ProductId, VariantId | None], int]) -> list[Fault]:
    """Tell what is wrong with the cart, want by want, then what is in it for no reason."""
    left = Counter(got)
    faults: list[Fault] = []
    for i, want in enumerate(goal.wants):
        form = want.in_force
        held = left.pop((form.product_id, form.variant_id), 0)
        if held == form.quantity:
            continue
        same_product = [key for key in left if key[0] == form.product_id]
        stand_ins = {p.product_id for p in (want.first, want.fallback, want.switched) if p is not None}
        cause: FaultCause = "wrong_quantity" if held else "wrong_variant" if same_product else "missing_item"
        topics: tuple[str, ...] = ("quantity",) if held else tuple(f.topic for f in form.facts if f.topic != "category")
        if cause == "wrong_variant":
            for key in same_product:
                del left[key]
            topics = tuple(f.topic for f in form.facts)[-2:-1]
        elif cause == "missing_item":
            for key in [k for k in left if k[0] in stand_ins]:
                del left[key]
                cause = "wrong_product"
        faults.append(Fault(cause, i, form.product_id, topics))
    if left:
        missing = [i for i, f in enumerate(faults) if f.cause == "missing_item"]
        if missing:
            faults[missing[0]] = replace(faults[missing[0]], cause="wrong_product")
        else:
            faults.append(Fault("extra_item"))
    return faults
