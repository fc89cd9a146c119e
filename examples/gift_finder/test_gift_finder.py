"""The ninth environment keeps the contract of the eight, once `pip install -e examples/gift_finder` was run."""

from ecom_rlve.tasks.registry import task_named
from ecom_rlve.testing import Grid, check_task


def test_it_keeps_the_contract() -> None:
    check_task(task_named("gift_finder-v0"), grid=Grid(difficulties=(0, 6, 12, 20), seeds=8))
