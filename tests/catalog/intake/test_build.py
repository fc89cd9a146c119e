"""Building: truthful reports, the same catalogue from the same products, nothing half done, nothing lost by a kill."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from tests.catalog.intake.conftest import FILES, SAMPLES, build_from, silent

from ecom_rlve.catalog.catalog import open_catalog
from ecom_rlve.catalog.intake.builder import build
from ecom_rlve.catalog.intake.column_map import load_map
from ecom_rlve.catalog.intake.options import Options
from ecom_rlve.catalog.intake.provenance import Provenance
from ecom_rlve.catalog.intake.report import read_report
from ecom_rlve.catalog.intake.sources import find_sources
from ecom_rlve.catalog.storage import check_space
from ecom_rlve.core.errors import CatalogError

MAPS = sorted(FILES)
DROPPED = {
    "amazon_reviews_2023": {
        "price_missing": 2, "no_title": 2, "price_unreadable": 2, "category_dropped": 1, "category_too_small": 1,
        "duplicate_id": 1, "duplicate_listing": 1, "no_category": 1, "price_implausible": 1, "price_other_currency": 1,
    },
    "esci": {"not_wanted": 2, "duplicate_id": 1, "no_category": 1, "no_title": 1},
    "webshop": {"duplicate_id": 1, "no_category": 1, "no_title": 1, "price_missing": 1, "price_unreadable": 1},
    "shopify": {"broken_row": 1, "category_dropped": 1, "no_category": 1, "not_wanted": 1, "price_missing": 1},
}  # fmt: skip
"""What is wrong with the bad rows that samples/make.py adds, counted by hand."""


@pytest.mark.parametrize("name", MAPS)
def test_the_report_tells_the_truth(built, name):
    report, shop = built(name)
    assert report.dropped == DROPPED[name]
    assert report.rows == report.products + sum(report.dropped.values())
    assert report.products == len(shop)
    assert read_report(shop.path) == report
    for key, line in report.coverage.items():
        stated = sum(shop.product(row).attributes.get(key) is not None for row in range(len(shop)))
        assert (line.stated, sum(line.evidence.values())) == (stated, stated)
    origins = [Provenance(shop.path).origin(row) for row in range(len(shop))]
    for figure, count in report.synthesised.items():
        assert count == sum(figure in origin.synthesised for origin in origins)


@pytest.mark.parametrize("name", MAPS)
def test_every_product_is_whole_and_every_attribute_is_sure(built, name):
    _, shop = built(name)
    provenance = Provenance(shop.path)
    for row in range(len(shop)):
        product, leaf, origin = shop.product(row), shop.leaf(row), provenance.origin(row)
        assert product.title.strip() == product.title != ""
        assert product.price > 0
        assert 10 <= product.rating <= 50
        assert 1 <= product.delivery_days <= 14
        assert product.rating_count >= 1
        assert set(product.attributes) == set(origin.confidence) <= set(leaf.attributes)
        assert all(sure >= 80 for sure in origin.confidence.values())
        assert all(value in leaf.attributes[key] for key, value in product.attributes.items())
        assert shop.variant_attribute(row) in leaf.variant


def test_figures_of_the_source_are_kept(built):
    _, shop = built("amazon_reviews_2023")
    rows = [json.loads(line) for line in (SAMPLES / "amazon.jsonl").read_text().splitlines()]
    by_id = {row["parent_asin"]: row for row in reversed(rows)}
    for row in range(len(shop)):
        product, origin = shop.product(row), Provenance(shop.path).origin(row)
        source = by_id[origin.source_id]
        price = str(source["price"])
        if "-" not in price and "from" not in price:
            assert product.price == round(100 * float(price.strip("$").replace(",", "")))
        if source["average_rating"]:
            assert product.rating == round(10 * source["average_rating"])
            assert product.rating_count == source["rating_number"]
        assert {"stock", "delivery_days"} <= set(origin.synthesised)
        assert "price" not in origin.synthesised


def test_denied_categories_are_there_and_denied(built):
    _, shop = built("amazon_reviews_2023")
    assert shop.taxonomy.leaf("sports/hunting_knives").denied
    assert len(shop.category_rows("sports/hunting_knives")) == 8


def test_filters_agree_with_the_forms_on_offer_where_a_product_states_none(built):
    from ecom_rlve.catalog.variants import Offer
    from ecom_rlve.core.product import Constraint

    _, shop = built("amazon_reviews_2023")
    offer = Offer(7)
    for row in range(len(shop)):
        name = shop.variant_attribute(row)
        offered = {variant.options[name] for variant in shop.variants(row, offer)}
        for value in shop.leaf(row).attributes[name]:
            admits = bool(shop.mask(range(row, row + 1), [Constraint(name, "eq", value)], offer)[0])
            assert admits == (value in offered or shop.product(row).attributes.get(name) == value)


def test_the_same_products_give_the_same_catalogue(built, tmp_path):
    pairs = ("amazon_reviews_2023", SAMPLES / "amazon.jsonl")
    expected = built("amazon_reviews_2023")[1].fingerprint
    for place, options in enumerate(({"batch": 7}, {"batch": 1}, {"batch": 40, "workers": 2})):
        report = build_from(tmp_path / str(place), pairs, **options)
        assert open_catalog(tmp_path / str(place)).fingerprint == expected
        assert report == built("amazon_reviews_2023")[0]
    script = f"""
import sys; sys.path.insert(0, {str(SAMPLES.parents[2])!r})
from pathlib import Path
from tests.catalog.intake.conftest import build_from
build_from(Path({str(tmp_path / "other")!r}), ("amazon_reviews_2023", {str(SAMPLES / "amazon.jsonl")!r}))
"""
    subprocess.run([sys.executable, "-c", script], check=True, env={**os.environ, "PYTHONHASHSEED": "123"})
    assert open_catalog(tmp_path / "other").fingerprint == expected


def test_the_first_of_equal_products_wins_across_sources(tmp_path):
    for name, price in (("a", 5), ("b", 6)):
        rows = [{"id": i, "title": f"Vorn Mug No {i}", "category": "Mugs", "price": price} for i in range(3)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = build_from(tmp_path / "out", *[("plain", tmp_path / f"{name}.jsonl") for name in ("a", "b")])
    assert (report.rows, report.products, report.dropped) == (6, 3, {"duplicate_id": 3})
    shop = open_catalog(tmp_path / "out")
    assert {shop.product(row).price for row in range(3)} == {500}


def test_a_hostile_file_builds_what_can_be_built(tmp_path):
    good = [{"id": i, "title": f"Vorn Mug {i}", "category": "Mugs", "price": 9.5 + i} for i in range(20)]
    bad = [
        b'{"id": "x", "title": ',
        json.dumps({"id": "nan", "title": "Mug nan", "category": "Mugs", "price": float("nan")}).encode(),
        json.dumps({"id": "long", "title": "Mug " + "x" * 10_000_000, "category": "Mugs", "price": 5}).encode(),
        json.dumps({"id": 3, "title": "twice", "category": "Mugs", "price": 5}).encode(),
        '{"id": "old", "title": "Café Mug", "category": "Mugs", "price": 5}'.encode("cp1252"),
        b'{"id": "deep", "title": "Mug", "price": 5, "details": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b"\x00\x01\x02",
        b"null",
    ]  # fmt: skip
    file = tmp_path / "x.jsonl"
    file.write_bytes(b"\n".join([*(json.dumps(row).encode() for row in good), *bad]))
    report = build_from(tmp_path / "out", ("plain", file))
    assert report.dropped == {"broken_row": 4, "duplicate_id": 1, "price_missing": 1}
    assert (report.products, report.mended) == (22, {"encoding": 1, "title_shortened": 1})
    titles = [open_catalog(tmp_path / "out").title(row) for row in range(22)]
    assert "Café Mug" in titles
    assert max(map(len, titles)) <= 200


def test_nothing_left_is_an_error_that_says_why(tmp_path):
    (tmp_path / "x.csv").write_text("title,price\nThing,5\n")
    with pytest.raises(CatalogError, match=r"none of 1 rows became a product \(no_category: 1\)"):
        build_from(tmp_path / "out", ("plain", tmp_path / "x.csv"))
    assert not (tmp_path / "out").exists()


def test_what_is_in_the_way_is_said_before_the_work(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "diary.txt").write_text("dear diary")
    with pytest.raises(CatalogError, match="no catalogue"):
        build_from(tmp_path / "out", ("esci", SAMPLES / "esci.parquet"), replace=True)
    build_from(tmp_path / "shop", ("esci", SAMPLES / "esci.parquet"))
    with pytest.raises(CatalogError, match="--replace"):
        build_from(tmp_path / "shop", ("esci", SAMPLES / "esci.parquet"))


def test_readers_keep_what_they_have_open_while_another_takes_its_place(tmp_path):
    build_from(tmp_path / "shop", ("esci", SAMPLES / "esci.parquet"))
    old = open_catalog(tmp_path / "shop")
    titles = [old.title(row) for row in range(len(old))]
    build_from(tmp_path / "shop", ("shopify", SAMPLES / "shopify.csv"), replace=True)
    assert [old.title(row) for row in range(len(old))] == titles
    assert old.search("mug", [], sort="relevance", limit=5, offer=_offer()).total > 0
    assert read_report(tmp_path / "shop").sources[0][1] == "shopify"
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def _offer():
    from ecom_rlve.catalog.variants import Offer

    return Offer()


SLOW_BUILD = """
import sys, time; sys.path.insert(0, {root!r})
from pathlib import Path
from tests.catalog.intake.conftest import build_from
def progress(stage, done, total):
    print(stage, done, flush=True)
    time.sleep(0.05)
build_from(Path({out!r}), ("amazon_reviews_2023", {file!r}), batch=10, replace=True, progress=progress)
print("done", flush=True)
"""


@pytest.mark.parametrize("stage", ["reading amazon.jsonl 60", "products 40", "index 0"])
def test_a_killed_build_leaves_the_old_catalogue_and_goes_on_where_it_was(built, tmp_path, stage):
    out, file = tmp_path / "shop", SAMPLES / "amazon.jsonl"
    build_from(out, ("esci", SAMPLES / "esci.parquet"))
    before = open_catalog(out).fingerprint
    script = SLOW_BUILD.format(root=str(SAMPLES.parents[2]), out=str(out), file=str(file))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            words = line.split()
            if line.startswith(stage.rsplit(" ", 1)[0]) and int(words[-1]) >= int(stage.split()[-1]):
                os.kill(process.pid, signal.SIGKILL)
                break
        process.wait()
    assert process.returncode == -signal.SIGKILL
    from ecom_rlve.catalog.catalog import Catalog

    assert Catalog(out).fingerprint == before
    chunks = sorted((tmp_path / ".shop.building").glob("*.arrow"))
    assert len(chunks) >= 6
    times = {chunk: chunk.stat().st_mtime_ns for chunk in chunks}
    kept = {}

    def progress(stage, done, total):
        kept.update({chunk: chunk.stat().st_mtime_ns for chunk in chunks if chunk.exists()})

    report = build_from(out, ("amazon_reviews_2023", file), batch=10, replace=True, progress=progress)
    assert kept == times
    assert report == built("amazon_reviews_2023")[0]
    assert Catalog(out).fingerprint == built("amazon_reviews_2023")[1].fingerprint
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_a_changed_source_is_read_anew(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("id,title,category,price\n" + "".join(f"{i},Vorn Mug {i},Mugs,5\n" for i in range(30)))
    sources = [(find_sources([str(file)])[0], load_map("plain"))]

    def stop(stage, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(sources, tmp_path / "out", Options(batch=10), stop)
    assert len(list((tmp_path / ".out.building").glob("*.arrow"))) == 1
    file.write_text("id,title,category,price\n" + "".join(f"{i},Vorn Pot {i},Mugs,7\n" for i in range(30)))
    time.sleep(0.01)
    report = build([(find_sources([str(file)])[0], load_map("plain"))], tmp_path / "out", Options(batch=10), silent)
    assert report.products == 30
    assert open_catalog(tmp_path / "out").title(0).startswith("Vorn Pot")


def test_two_builds_of_one_folder_do_not_meet(tmp_path):
    pairs = ("esci", SAMPLES / "esci.parquet")

    def again(stage, done, total):
        with pytest.raises(CatalogError, match="another process is building"):
            build_from(tmp_path / "out", pairs)

    build_from(tmp_path / "out", pairs, progress=again)


def test_a_full_disk_is_said_in_advance(tmp_path):
    with pytest.raises(CatalogError, match="GB left, this needs about"):
        check_space(tmp_path / "not" / "yet" / "there", 1 << 60)
    check_space(tmp_path, 1)
