"""What the tests of reports share: a few finished episodes, played once."""

import pytest

from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.evaluate.runs import Shop, play

SHOP = Shop(2_000)


@pytest.fixture(scope="session")
def played():
    """A few episodes by agents of every sort."""
    return [
        play(EpisodeSpec("cart_building-v0", d, seed), agent, SHOP)
        for agent in ("oracle", "first_result", "everything", "only_asks", "silent")
        for d in (0, 6)
        for seed in range(3)
    ]
