"""Folders: whole or not at all; damage is named; two makers agree; opening is light."""

import json
import shutil
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from ecom_rlve.catalog import cache
from ecom_rlve.catalog.catalog import Catalog, Offer, embedded
from ecom_rlve.catalog.generate import generate
from ecom_rlve.catalog.storage import new_folder
from ecom_rlve.catalog.texts import Texts, packed
from ecom_rlve.catalog.warmth import read_ahead
from ecom_rlve.core.errors import CatalogError


@pytest.fixture
def copy(small_path, tmp_path):
    return shutil.copytree(small_path, tmp_path / "copy")


def names_of(path):
    return sorted(file.name for file in path.iterdir())


def test_every_missing_file_is_named(small_path, copy):
    for name in names_of(small_path):
        (copy / name).rename(copy / "away")
        with pytest.raises(CatalogError, match=name.replace(".", r"\.")) as error:
            Catalog(copy)
        assert "ecom-rlve catalog generate" in str(error.value)
        (copy / "away").rename(copy / name)
    Catalog(copy)


def test_every_truncated_file_is_named(small_path, copy):
    for name in names_of(small_path):
        data = (copy / name).read_bytes()
        (copy / name).write_bytes(data[: len(data) // 2])
        with pytest.raises(CatalogError, match=name.replace(".", r"\.")):
            Catalog(copy)
        (copy / name).write_bytes(data)


def test_a_flipped_byte_is_found_wherever_it_is(small_path, copy):
    for name in names_of(small_path):
        data = (copy / name).read_bytes()
        for place in (len(data) // 3, len(data) - 2):
            changed = bytearray(data)
            changed[place] ^= 1
            (copy / name).write_bytes(bytes(changed))
            with pytest.raises(CatalogError, match=name.replace(".", r"\.")):
                Catalog(copy)
        (copy / name).write_bytes(data)


def test_another_format_is_told(copy):
    meta = json.loads((copy / "meta.json").read_text())
    meta["format"] = 99
    (copy / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(CatalogError, match="format 99, this version reads 1"):
        Catalog(copy)


@pytest.mark.parametrize("text", ["", "[]", "3", "{", '{"format": 1}', '{"format": 1, "check": 5}', "\x00"])
def test_nonsense_in_place_of_meta_is_told(copy, text):
    (copy / "meta.json").write_text(text)
    with pytest.raises(CatalogError, match=r"meta\.json"):
        Catalog(copy)


def test_a_table_that_is_none_is_told(copy):
    (copy / "products.arrow").write_bytes(b"x" * 1000)
    meta = json.loads((copy / "meta.json").read_text())
    meta["files"]["products.arrow"] = [1000, zlib.crc32(b"x" * 1000)]
    del meta["check"]
    text = json.dumps(meta, ensure_ascii=False, separators=(",", ":"))
    meta["check"] = zlib.crc32(text.encode())
    (copy / "meta.json").write_text(json.dumps(meta, ensure_ascii=False, separators=(",", ":")))
    with pytest.raises(CatalogError, match="no product table"):
        Catalog(copy)


def test_an_empty_place_is_told(tmp_path):
    with pytest.raises(CatalogError, match="no catalogue in"):
        Catalog(tmp_path / "nowhere")


def test_a_failure_leaves_nothing(tmp_path):
    def stop(stage, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(1_000, 0, tmp_path / "c", stop)
    assert not list(tmp_path.iterdir())


def test_a_stranger_in_the_way_is_told(tmp_path):
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "holiday.jpg").write_bytes(b"")
    with pytest.raises(CatalogError, match="in the way"):
        generate(1_000, 0, tmp_path / "c")
    assert names_of(tmp_path) == ["c"]
    assert names_of(tmp_path / "c") == ["holiday.jpg"]


def test_making_it_anew_mends_a_damaged_one(small_path, copy):
    (copy / "vectors.npy").write_bytes(b"")
    with pytest.raises(CatalogError, match="vectors"):
        Catalog(copy)
    generate(2_000, 0, copy)
    assert names_of(copy) == names_of(small_path)
    assert len(Catalog(copy)) == 2_000
    assert names_of(copy.parent) == [copy.name]


def test_a_reader_goes_on_while_another_catalogue_takes_the_place(copy):
    held = Catalog(copy)
    asked = {row: held.title(row) for row in range(0, 1_000, 37)}
    with new_folder(copy, replace=True) as building:
        shutil.copytree(generate(1_000, 5, copy.parent / "other"), building, dirs_exist_ok=True)
    fresh = Catalog(copy)
    assert len(fresh) == 1_000
    assert fresh.fingerprint != held.fingerprint
    assert len(held) == 2_000
    for row, title in asked.items():  # Pages never touched before too: rows in between, columns, the index.
        assert held.title(row) == title
        assert held.product(row + 900).id == held.id_of(row + 900)
    assert held.search("black", (), sort="price", limit=5, offer=Offer(0)).total > 0


def test_all_files_are_read_ahead(copy):
    seen = []
    read = read_ahead(copy, lambda done, total: seen.append((done, total)))
    assert read == sum(file.stat().st_size for file in copy.rglob("*") if file.is_file())
    assert seen[-1] == (read, read)
    assert Catalog(copy).prefault() == read


def test_racing_makers_end_with_one_whole_catalogue(tmp_path):
    with ThreadPoolExecutor(3) as pool:
        paths = list(pool.map(lambda _: generate(1_000, 0, tmp_path / "c"), range(3)))
    assert paths == [tmp_path / "c"] * 3
    assert names_of(tmp_path) == ["c"]
    assert len(Catalog(tmp_path / "c")) == 1_000


def test_the_embedded_one_is_made_once_and_kept(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))
    one = embedded(1_000, 5)
    assert one is embedded(1_000, 5)
    assert one.path.parent == tmp_path
    stamp = (one.path / "meta.json").stat().st_mtime_ns
    assert Catalog(one.path).fingerprint == one.fingerprint
    assert (one.path / "meta.json").stat().st_mtime_ns == stamp


def test_importing_the_package_loads_no_arrow():
    code = "import sys, ecom_rlve.catalog, ecom_rlve.catalog.catalog; assert 'pyarrow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_text_tables_find_their_strings():
    words = sorted(["", "a", "ab", "b", "é", "zz", "日本"])
    texts = Texts(*packed(words))
    assert list(texts) == words
    assert [texts.find(word) for word in words] == list(range(len(words)))
    assert texts.find("absent") == -1
    assert [texts[i] for i in texts.span("a")] == ["a", "ab"]
    assert texts[1:3] == words[1:3]
    with pytest.raises(IndexError):
        texts[len(words)]
    assert len(Texts(*packed([]))) == 0
