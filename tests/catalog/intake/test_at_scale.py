"""Against the truth, and against a memory limit: generated products, told as a foreign shop would, built again."""

import subprocess
import sys
from collections import Counter

import pytest
from tests.catalog.intake.conftest import SAMPLES, build_from
from tests.catalog.samples.export import as_amazon

from ecom_rlve.catalog.catalog import open_catalog
from ecom_rlve.catalog.intake.provenance import Provenance


def test_what_titles_are_understood_to_say_is_true(small, tmp_path):
    (tmp_path / "x.jsonl").write_text("".join(as_amazon(small, row) for row in range(len(small))))
    build_from(tmp_path / "out", ("amazon_reviews_2023", tmp_path / "x.jsonl"), fewest=1)
    built, provenance = open_catalog(tmp_path / "out"), Provenance(tmp_path / "out")
    assert len(built) == len(small)
    right, wrong, stated = 0, Counter(), 0
    for row in range(len(built)):
        found = built.product(row)
        true = small.product(int(provenance.origin(row).source_id[1:9]))
        assert (found.category, found.price, found.rating) == (true.category, true.price, true.rating)
        stated += len(true.attributes)
        for name, value in found.attributes.items():
            if true.attributes.get(name) == value:
                right += 1
            else:
                wrong[name] += 1
    print(f"titles: {right} right, {wrong.total()} wrong {dict(wrong)}, of {stated} true attributes")
    assert right / (right + wrong.total()) >= 0.995
    assert right / stated >= 0.5


MEASURED = """
import resource, sys; sys.path.insert(0, {root!r})
from pathlib import Path
from tests.catalog.intake.conftest import build_from
report = build_from(Path({out!r}), ("amazon_reviews_2023", {file!r}))
print(report.products, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_memory_is_bounded_by_categories_not_by_the_catalogue(small, tmp_path):
    peaks = []
    for copies in (10, 100):
        file, out = tmp_path / f"{copies}.jsonl", tmp_path / f"{copies}"
        with file.open("w") as stream:
            for copy in range(copies):
                stream.writelines(as_amazon(small, row, copy) for row in range(len(small)))
        script = MEASURED.format(root=str(SAMPLES.parents[2]), out=str(out), file=str(file))
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        products, peak = map(int, done.stdout.split())
        assert products == copies * len(small)
        print(f"{products:,} products: {peak} MiB at most")
        peaks.append(peak)
    # Ten times the products: buckets, postings of one part and a few integers per row grow, texts do not.
    assert peaks[1] < 2.5 * peaks[0]
