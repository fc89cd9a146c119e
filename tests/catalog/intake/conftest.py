"""Catalogues built from the samples, once per session."""

from pathlib import Path

import pytest

from ecom_rlve.catalog.catalog import open_catalog
from ecom_rlve.catalog.intake.builder import build
from ecom_rlve.catalog.intake.column_map import load_map
from ecom_rlve.catalog.intake.options import Options
from ecom_rlve.catalog.intake.sources import find_sources

SAMPLES = Path(__file__).parent.parent / "samples"
FILES = {
    "amazon_reviews_2023": "amazon.jsonl",
    "esci": "esci.parquet",
    "webshop": "webshop.json",
    "shopify": "shopify.csv",
}


def silent(stage, done, total):
    pass


def build_from(out, *pairs, progress=silent, **options):
    """Build from (map, file) pairs and return the report."""
    sources = [(source, load_map(name)) for name, file in pairs for source in find_sources([str(file)])]
    return build(sources, out, Options(**options), progress)


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Return (report, catalogue) of a sample by the name of its map."""
    made = {}

    def sample(name):
        if name not in made:
            out = tmp_path_factory.mktemp("built") / name
            report = build_from(out, (name, SAMPLES / FILES[name]))
            made[name] = report, open_catalog(out)
        return made[name]

    return sample
