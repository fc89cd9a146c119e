"""Catalogues shared by the tests of this floor: made once per session, in a folder of their own."""

from pathlib import Path

import pytest

from ecom_rlve.catalog.catalog import Catalog, open_catalog
from ecom_rlve.catalog.generate import generate


@pytest.fixture(scope="session")
def small_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(2_000, 0, tmp_path_factory.mktemp("catalogs") / "small")


@pytest.fixture(scope="session")
def small(small_path: Path) -> Catalog:
    return open_catalog(small_path)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return open_catalog(generate(20_000, 0, tmp_path_factory.mktemp("catalogs") / "shop"))
