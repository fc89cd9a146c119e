"""The red team: policies that try to be paid without serving the customer. All of them see what every agent sees.

`RED_TEAM` must not pay: a policy's mean reward may not exceed that of an honest try that goes wrong, and it may pass by
chance only. A real hole that one of them found is a test in `tests/exploits`.
"""

from ecom_rlve.agents.red_team.cheat import Cheat
from ecom_rlve.agents.red_team.forms import FORMS
from ecom_rlve.agents.red_team.lookalikes import LOOKALIKES
from ecom_rlve.agents.red_team.skilled import SKILLED
from ecom_rlve.agents.red_team.talking import WORDS
from ecom_rlve.agents.red_team.writing import WRITES

__all__ = ["RED_TEAM", "Cheat"]

RED_TEAM: tuple[type[Cheat], ...] = (*WORDS, *LOOKALIKES, *WRITES, *FORMS, *SKILLED)
"""Factories of all policies."""
