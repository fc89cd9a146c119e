"""Environments each of which breaks one law of the card, offered to the registry as an installed package would."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import ClassVar

from ecom_rlve.core.product import Constraint
from ecom_rlve.tasks.cart_building import CartBuilding
from ecom_rlve.tasks.policy_qa import PolicyQa
from ecom_rlve.tasks.task import Fault, Score
from ecom_rlve.world.policy import policy


def judged(right, parts=None):
    """A verdict of right or wrong and nothing in between."""
    faults = () if right else (Fault("wrong_product"),)
    return Score(1.0 if right else -0.5, right, parts or {}, faults)


class Leaking(CartBuilding):
    """Its customer tells the id of what they want."""

    name = "leaking"

    def brief(self, goal):
        brief, (want, *_) = super().brief(goal), goal.wants
        first, *others = brief.requests
        told = Constraint("brand", "eq", want.in_force.product_id)
        kind, *facts = (f for f in first.facts if f.topic not in ("brand", "visited"))
        named = (kind, replace(kind, constraint=told, slot="", withheld=False), *facts)
        return replace(brief, requests=(replace(first, facts=named), *others))


class Ambiguous(CartBuilding):
    """Its customer can tell nothing but what kind of thing they want, and how many."""

    name = "ambiguous"

    def brief(self, goal):
        brief = super().brief(goal)
        bare = (
            replace(r, facts=tuple(f for f in r.facts if f.topic in ("category", "quantity"))) for r in brief.requests
        )
        return replace(brief, requests=tuple(bare))


class Forgiving(CartBuilding):
    """Whatever else is in the cart, and however much of it, it is content once the first thing wanted is there."""

    name = "forgiving"

    def verify(self, goal, world, answer):
        return judged(any(line.product_id == goal.wants[0].in_force.product_id for line in world.cart))


class Superstitious(CartBuilding):
    """Likes some ids better than others."""

    name = "superstitious"

    def verify(self, goal, world, answer):
        score = super().verify(goal, world, answer)
        return replace(score, parts={**score.parts, "luck": ord(goal.wants[0].first.product_id[1]) / 128})


class Orderly(CartBuilding):
    """Wants the lines of the cart in the order of the wishes."""

    name = "orderly"

    def verify(self, goal, world, answer):
        wanted = [want.in_force.product_id for want in goal.wants]
        return judged([line.product_id for line in world.cart] == wanted)


class Unattainable(CartBuilding):
    """Pays a tenth less than its best for the best there is."""

    name = "unattainable"

    def verify(self, goal, world, answer):
        score = super().verify(goal, world, answer)
        return replace(score, raw=0.9 * score.raw, parts={"f1": 0.9 * score.parts["f1"]})


class Forgetful(CartBuilding):
    """Keeps something between episodes."""

    name = "forgetful"
    drawn: ClassVar = count()

    def generate(self, world, difficulty, rng):
        for _ in range(next(self.drawn)):
            rng.random()
        return super().generate(world, difficulty, rng)


class Pedantic(PolicyQa):
    """Takes 30 and not 30.0."""

    name = "pedantic"

    def verify(self, goal, world, answer):
        score = super().verify(goal, world, answer)
        right = policy().sections[goal.section].decide(goal.in_force).value
        same = answer is not None and repr(answer.value) == repr(right)
        return score if not score.is_correct or same or not isinstance(right, int) else judged(False)


LAWLESS = (
    Leaking, Ambiguous, Forgiving, Superstitious, Orderly, Unattainable, Forgetful, Pedantic,
)  # fmt: skip
