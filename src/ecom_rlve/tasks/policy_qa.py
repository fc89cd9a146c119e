"""Policy questions: tell the customer what the shop's rules say about their case.

Goal      a section of the policy, and a case: every circumstance that the section turns on.
Answer    value, unit where it has one, passage_id : what holds, and the passage that decides.
Reward    raw = 1 for the right value; for numbers 2·(min/max)^4 - 1, -1 if the signs differ or one is zero; else -1.
Solved    the value is right and the deciding passage is named.
Harder    more circumstances (B_branch), rules that override others; circumstances unsaid; corrections on the way.

Knows no customer, no engine. What the rules say is `world.policy`, the same for tool, generator and verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar

from ecom_rlve.core.attributes import Value, attribute
from ecom_rlve.core.dialogue import Action, ToolCall
from ecom_rlve.core.difficulty import EVERYWHERE, Difficulty
from ecom_rlve.core.errors import GenerationError
from ecom_rlve.core.ids import PassageId
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import Stream
from ecom_rlve.tasks import talk_plan
from ecom_rlve.tasks.amounts import agreement, amount_of, date_of, truth_of
from ecom_rlve.tasks.brief import IN_WORDS, Brief, Fact, Request
from ecom_rlve.tasks.reveal import Revealed, from_brief
from ecom_rlve.tasks.talk_plan import Change, PlannedTurn
from ecom_rlve.tasks.task import Event, Fault, Oracle, Problem, Score
from ecom_rlve.world.clauses import variables
from ecom_rlve.world.policy import Policy, Rule, Section, telling_values
from ecom_rlve.world.world import World

QUESTION = "question"
"""The slot of what the customer wants to know; always said."""
TRIES = 300
CASES = 6
"""Cases that one rule decides, of which the one with the most circumstances that matter is taken."""
P_NEAR = 0.5
"""Chance that a number lies at a limit of some rule."""


@dataclass(frozen=True, slots=True)
class Goal:
    section: str
    today: date
    case: Mapping[str, Value]
    """The circumstances that the customer tells at first."""
    corrected: Mapping[str, Value]
    """And after they corrected one of them; the same where they do not."""
    withheld: frozenset[str]
    changed: bool = False
    """Whether the correction has been made."""
    plan: tuple[PlannedTurn, ...] = ()

    @property
    def in_force(self) -> Mapping[str, Value]:
        """The case as it is now."""
        return self.corrected if self.changed else self.case


@dataclass(frozen=True, slots=True)
class Answer:
    value: str | bool | int | float = ""
    """What holds in the customer's case: a number, yes or no, a date as YYYY-MM-DD, or the word that the rule uses"""
    unit: str = ""
    """The unit of a number: days, months, USD, percent, points or guests; else left out"""
    passage_id: PassageId | None = None
    """The passage whose rule decides the case"""


class PolicyQa:
    name: ClassVar[str] = "policy_qa"
    version: ClassVar[int] = 0
    answer_type: ClassVar[type[Answer]] = Answer
    axes: ClassVar[tuple[str, ...]] = (*EVERYWHERE, "B_branch")
    instructions: ClassVar[str] = (
        "The customer wants to know what the shop's policy says about their case. Look it up, find out the "
        "circumstances that it turns on and that they left unsaid, and work out which rule decides: among the rules "
        "that apply, one that goes before another outranks it. Submit what holds and the passage that decides."
    )

    def generate(self, world: World, difficulty: Difficulty, rng: Stream) -> Problem[Goal]:
        """Draw a section with as many circumstances as the difficulty asks, a deciding rule and a case for it."""
        section = rng.choice(_with_branches(world.policy, difficulty.B_branch))
        case, redraws = _case_for(section, rng.choice(section.rules), rng)
        withheld = frozenset(name for name in section.variables if rng.chance(difficulty.p_missing))
        unsaid = [name for name in section.variables if name in withheld]
        stage = ("policy.search", *(["datetime.now"] if section.anchor else []))
        asks = -(-len(unsaid) // talk_plan.SLOTS_A_TURN)
        changes, turn = rng.chance(difficulty.p_switch), rng.between(1, asks + 2)
        corrected, topic = _corrected(section, case, rng) if changes else (case, "")
        change = Change(turn, (topic,), (stage,), keeps=stage) if topic else None
        plan = talk_plan.plan([(0, name) for name in unsaid], (stage,), difficulty.B_tool, change)
        events = (Event("switch", turn, 0),) if topic else ()
        goal = Goal(section.name, world.today, case, corrected, withheld, plan=plan)
        profile = replace(world.profile, member=_is_member(section, case, world))
        return Problem(goal, replace(world, profile=profile), talk_plan.reference(plan, len(unsaid)), events, redraws)

    def brief(self, goal: Goal) -> Brief:
        """Return the question and the circumstances as they are now."""
        asked = Fact(Constraint(QUESTION, "eq", goal.section))
        told = (Fact(Constraint(n, "eq", v), withheld=n in goal.withheld) for n, v in goal.in_force.items())
        return Brief("ask_policy", (Request(IN_WORDS, "question", "questions", (asked, *told)),))

    def amend(self, goal: Goal, event: Event) -> Goal:
        """Return the goal after the correction."""
        return replace(goal, changed=True)

    def verify(self, goal: Goal, world: World, answer: Answer | None) -> Score:
        """Compare value and passage with what the rules say."""
        section = world.policy.sections[goal.section]
        right = section.decide(goal.in_force)
        value = -1.0 if answer is None else _agreement(section, right, goal, answer)
        named = answer is not None and answer.passage_id == right.id
        correct = value == 1.0 and named
        fault = Fault("policy_misread", 0, topics=section.variables, target=right.id)
        parts = {"value": value, "passage": float(named)}
        return Score(value, correct, parts, () if correct else (fault,))

    def writes(self, goal: Goal) -> frozenset[str]:
        """Nothing in the shop is changed."""
        return frozenset()

    def reveal(self, goal: Goal, world: World) -> tuple[Revealed, ...]:
        """Return what the customer had in mind."""
        return from_brief(self.brief(goal))

    def chance(self, problem: Problem[Goal]) -> float:
        """Return the chance of picking the deciding passage among the section's, its value with it."""
        return 1 / len(_asked(problem).rules)

    def oracle(self, problem: Problem[Goal]) -> Oracle[Answer]:
        """Ask for what is unsaid, read the section, answer."""
        goal = problem.goal
        for turn in goal.plan:
            if turn.submits:
                yield Action(answer=_answer(_asked(problem), goal))
            elif turn.topics:
                yield Action(_question(turn.topics))
            else:
                args = {"policy.search": {"query": _asked(problem).title}, "datetime.now": dict[str, str]()}
                yield Action("", tuple(ToolCall(name, args[name]) for name in turn.calls))
        return _answer(_asked(problem), replace(goal, changed=True))


def _asked(problem: Problem[Goal]) -> Section:
    return problem.world.policy.sections[problem.goal.section]


def _with_branches(policy: Policy, count: int) -> Sequence[Section]:
    """Return the sections with `count` circumstances, or the nearest number below that there is."""
    sizes = {len(section.variables) for section in policy.sections.values()}
    size = max((n for n in sizes if n <= count), default=min(sizes))
    return [section for section in policy.sections.values() if len(section.variables) == size]


def _case_for(section: Section, rule: Rule, rng: Stream) -> tuple[Mapping[str, Value], int]:
    """Return a case that `rule` decides, one in which many circumstances matter, and the draws thrown away."""
    found: list[Mapping[str, Value]] = []
    redraws = 0
    case = _draw(section, rng)
    for _ in range(TRIES):
        case = {**case, **_met(section, rule, rng)}
        decides = section.decide(case)
        if decides is rule:
            found.append(case)
            if len(found) == CASES:
                break
        redraws += decides is not rule
        stuck = decides is rule or not rule.when.holds(case)
        case = _draw(section, rng) if stuck else _without(section, decides, case, rng)
    if not found:
        raise GenerationError(f"no case that {rule.id} of {section.name} decides was found in {TRIES} tries")
    return MappingProxyType(max(found, key=lambda case: _mattering(section, case))), redraws


def _met(section: Section, rule: Rule, rng: Stream) -> dict[str, Value]:
    """Return circumstances that meet the conditions of `rule`, one alternative of each."""
    out: dict[str, Value] = {}
    for any_of in rule.when.all_of:
        atom = rng.choice(any_of)
        options = [v for v in _telling(section)[atom.name] if atom.holds({atom.name: v})]
        out[atom.name] = rng.choice(options)
    return out


def _without(section: Section, rule: Rule, case: Mapping[str, Value], rng: Stream) -> Mapping[str, Value]:
    """Return the case with one condition of `rule` broken; drawn anew where it has none."""
    if not rule.when.all_of:
        return _draw(section, rng)
    broken = dict(case)
    for atom in rng.choice(rule.when.all_of):
        options = [v for v in _telling(section)[atom.name] if not atom.holds({atom.name: v})]
        broken[atom.name] = rng.choice(options or [case[atom.name]])
    return broken


@lru_cache(maxsize=256)
def _telling(section: Section) -> Mapping[str, tuple[Value, ...]]:
    """Return, for every circumstance of a section, the values that its rules can tell apart."""
    clauses = [rule.when for rule in section.rules]
    return {variable: telling_values(variable, clauses) for variable in section.variables}


def _draw(section: Section, rng: Stream) -> dict[str, Value]:
    case: dict[str, Value] = {}
    for name in section.variables:
        variable = variables()[name]
        near = rng.choice(_telling(section)[name])
        if variable.values or rng.chance(P_NEAR):
            case[name] = near
        else:
            case[name] = rng.between(variable.low, variable.high)
    return case


def _mattering(section: Section, case: Mapping[str, Value]) -> int:
    """Return how many circumstances alone could change which rule decides."""
    rule, telling = section.decide(case), _telling(section)
    return sum(any(section.decide({**case, name: v}) is not rule for v in telling[name]) for name in case)


def _corrected(section: Section, case: Mapping[str, Value], rng: Stream) -> tuple[Mapping[str, Value], str]:
    """Return the case with one circumstance changed so that another rule decides, and which; or as it is."""
    rule, telling = section.decide(case), _telling(section)
    others = [
        (name, value) for name in case for value in telling[name] if section.decide({**case, name: value}) is not rule
    ]
    if not others:
        return case, ""
    name, value = rng.choice(others)
    return MappingProxyType({**case, name: value}), name


def _is_member(section: Section, case: Mapping[str, Value], world: World) -> bool:
    if "member" in case:
        return case["member"] == "yes"
    return section.chapter == "membership" or world.profile.member


def _last_day(section: Section, rule: Rule, goal: Goal) -> date:
    passed, days = goal.in_force[section.anchor], rule.value
    assert isinstance(passed, int)
    assert isinstance(days, int)
    return goal.today + timedelta(days=days - passed)


def _agreement(section: Section, rule: Rule, goal: Goal, answer: Answer) -> float:
    """Return how well the answer's value agrees with `rule`, in [-1, 1]."""
    if section.kind == "number":
        assert isinstance(rule.value, int)
        given = amount_of(answer.value, answer.unit, section.unit)
        return -1.0 if given is None else agreement(rule.value, given)
    if section.kind == "date":
        return 1.0 if date_of(answer.value) == _last_day(section, rule, goal) else -1.0
    if section.kind == "yesno":
        return 1.0 if truth_of(answer.value) == (rule.value == "yes") else -1.0
    return 1.0 if str(answer.value).strip().casefold() == str(rule.value).casefold() else -1.0


def _answer(section: Section, goal: Goal) -> Answer:
    rule = section.decide(goal.in_force)
    if section.kind == "date":
        return Answer(_last_day(section, rule, goal).isoformat(), "", rule.id)
    return Answer(rule.value, section.unit, rule.id)


def _question(topics: Sequence[str]) -> str:
    return f"Could you tell me the {' and the '.join(attribute(t).label for t in topics)}?"
