"""A world to use tools on, and the one way in which they are run."""

import pytest

from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.core.difficulty import Difficulty
from ecom_rlve.core.rng import stream
from ecom_rlve.tools.toolbox import TOOLS, execute
from ecom_rlve.world.blank import blank


@pytest.fixture(scope="session")
def world(catalog):
    return blank(catalog, Difficulty.at(0), stream(1, "world"))


@pytest.fixture(scope="session")
def use():
    """Run one call as the engine does: checked, then executed."""

    def run(world, name, **args):
        return execute(world, ToolCall(name, args), TOOLS[name].check(args))

    return run
