"""Every environment by name: one literal, and what installed packages add through `ecom_rlve.tasks` entry points."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any, Final

from ecom_rlve.core.errors import SpecError
from ecom_rlve.tasks.bundle_planning import BundlePlanning
from ecom_rlve.tasks.cart_building import CartBuilding
from ecom_rlve.tasks.journey import Journey
from ecom_rlve.tasks.order_tracking import OrderTracking
from ecom_rlve.tasks.policy_qa import PolicyQa
from ecom_rlve.tasks.product_discovery import ProductDiscovery
from ecom_rlve.tasks.returns import Returns
from ecom_rlve.tasks.substitution import Substitution
from ecom_rlve.tasks.task import Task

AnyTask = Task[Any, Any]

TASKS: Final[Mapping[str, AnyTask]] = MappingProxyType(
    {
        task.name: task
        for task in (
            ProductDiscovery(),
            Substitution(),
            CartBuilding(),
            Returns(),
            OrderTracking(),
            PolicyQa(),
            BundlePlanning(),
            Journey(),
        )
    }
)

COLLECTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "C1": ("product_discovery",),
        "C2": ("product_discovery", "substitution"),
        "C4": ("product_discovery", "substitution", "cart_building", "returns"),
        "C8": tuple(TASKS),
    }
)
"""What is trained together, C1 ⊂ C2 ⊂ C4 ⊂ C8, by names of environments."""


@cache
def all_tasks() -> Mapping[str, AnyTask]:
    """Return TASKS with the tasks of installed packages; a name taken twice is a SpecError."""
    found: dict[str, AnyTask] = dict(TASKS)
    for point in sorted(entry_points(group="ecom_rlve.tasks"), key=lambda p: p.name):
        task = point.load()()
        if task.name in found:
            raise SpecError(f"environment {task.name!r} is there twice; the second comes from {point.value}")
        found[task.name] = task
    return MappingProxyType(found)


def task_named(env: str) -> AnyTask:
    """Return the task of a versioned name such as "cart_building-v0".

    Raises:
        SpecError: No such environment, or another version of it.
    """
    name, _, version = env.rpartition("-v")
    tasks = all_tasks()
    if name not in tasks:
        raise SpecError(f"unknown environment {name!r}: known are {', '.join(tasks)}")
    if int(version) != tasks[name].version:
        raise SpecError(f"{name} is at version {tasks[name].version} here, not {version}")
    return tasks[name]
