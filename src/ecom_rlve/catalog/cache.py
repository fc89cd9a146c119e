"""Where generated catalogues are kept, and the one opened object per folder and process.

Knows no content. The folder is the user's cache directory, or what ECOM_RLVE_CACHE names.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from threading import Lock

from platformdirs import user_cache_path

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.catalog.storage import META

CACHE_VARIABLE = "ECOM_RLVE_CACHE"
_open: dict[Path, Catalog] = {}
_lock = Lock()


def cache_folder() -> Path:
    """Return where catalogues are kept."""
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named).expanduser() if named else user_cache_path("ecom-rlve") / "catalogs"


def generated_path(size: int, seed: int) -> Path:
    """Return where the generated catalogue of this size, seed and recipe is kept."""
    from ecom_rlve.catalog.generate import GENERATOR  # noqa: PLC0415 (only needed to make or find one)
    from ecom_rlve.catalog.recipe import digest  # noqa: PLC0415 (as above)

    return cache_folder() / f"generated-v{GENERATOR}-{digest()}-{size}-{seed}"


def opened(path: Path) -> Catalog:
    """Return the catalogue in `path`, the same object for the same folder."""
    path = path.absolute()
    with _lock:
        if path not in _open:
            _open[path] = Catalog(path)
        return _open[path]


def generated(size: int, seed: int) -> Catalog:
    """Return the generated catalogue from the cache, made now if it is not there.

    Raises:
        CatalogError: What is there is damaged; the message says what to do.
    """
    path = generated_path(size, seed)
    if path.absolute() not in _open and not (path / META).is_file():
        from ecom_rlve.catalog.generate import generate  # noqa: PLC0415 (only needed to make one)

        if path.is_dir():  # A folder without its meta.json is the rest of a deletion, not a catalogue.
            shutil.rmtree(path)
        generate(size, seed, path)
    return opened(path)
