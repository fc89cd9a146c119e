"""The contract, over the registry: every environment keeps every law."""

import pytest

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.tasks.registry import TASKS, AnyTask
from ecom_rlve.testing import LAWS, Grid


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_every_environment_keeps_the_law(task: AnyTask, law, catalog: Catalog):
    law(task, catalog, Grid(seeds=20))
