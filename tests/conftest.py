"""What all tests share: one small shop, opened once, and the root on the path, so that tests can share code."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

settings.register_profile("same_everywhere", derandomize=True, deadline=None, database=None, print_blob=True)
settings.load_profile("same_everywhere")


@pytest.fixture(scope="session")
def catalog():
    """The embedded shop at 2,000 products."""
    from ecom_rlve.catalog.catalog import embedded

    return embedded(2_000)
