"""Search by meaning: vectors are exact on disk, neighbours are the nearest, builds survive, settings travel."""

import pickle
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from ecom_rlve.catalog import dense, embed, semantic
from ecom_rlve.catalog.catalog import Catalog, Offer
from ecom_rlve.catalog.encoders import lsa
from ecom_rlve.catalog.encoders.encoder import preset, unit
from ecom_rlve.catalog.semantic import Settings, fuse, read_settings, save_settings
from ecom_rlve.catalog.vectors import MATRIX, Vectors, quantised
from ecom_rlve.core.errors import CatalogError
from ecom_rlve.core.product import Constraint
from ecom_rlve.core.rng import stream
from ecom_rlve.tasks.registry import task_named
from ecom_rlve.testing import Grid, oracle_is_perfect

OFFER = Offer(0)
needs_faiss = pytest.mark.skipif(not find_spec("faiss"), reason="the extra faiss is not installed")


@pytest.fixture(scope="session")
def encoded(small_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop of 2,000 with LSA and hashed vectors."""
    path = tmp_path_factory.mktemp("encoded") / "shop"
    shutil.copytree(small_path, path)
    for name in ("lsa", "hashed"):
        embed.embed(path, name)
    return path


@pytest.fixture
def copy(encoded: Path, tmp_path: Path) -> Path:
    return shutil.copytree(encoded, tmp_path / "shop")


def vectors_of(path: Path, name: str) -> Vectors:
    return Vectors(semantic.folder_of(path, name), Catalog(path, Settings()).content_fingerprint)


def search(shop: Catalog, query: str, *constraints: Constraint, limit: int = 10):
    return shop.search(query, constraints, sort="relevance", limit=limit, offer=OFFER)


def test_stored_vectors_are_nearly_the_encoders(encoded):
    shop, vectors = Catalog(encoded), vectors_of(encoded, "lsa")
    encoder = semantic.open_encoder("lsa", shop.index, vectors.folder)
    rows = list(range(0, 2000, 37))
    true = encoder.passages([embed.passage(shop, row) for row in rows])
    stored = vectors.likeness(vectors.quantised(true[0]), np.asarray(rows)) / 1e6
    assert np.abs(stored - np.maximum(true @ true[0], -1)).max() < 0.02


def test_quantised_vectors_are_cut_not_wrapped():
    byte = quantised(np.asarray([[-9.0, -1, 0, 1, 9]], dtype=np.float32), 1.0)
    assert byte.tolist() == [[1, 1, 128, 255, 255]]


@pytest.mark.parametrize("library", [pytest.param("faiss", marks=needs_faiss), "numpy"])
@pytest.mark.parametrize("allowed", ["all", "ranges", "scattered"])
def test_exact_neighbours_are_the_nearest(encoded, monkeypatch, library, allowed):
    if library == "numpy":
        monkeypatch.setattr(dense, "find_spec", lambda name: None)
    vectors = vectors_of(encoded, "lsa")
    nearest = dense.Dense(vectors).nearest
    spans = [range(100, 700), range(1500, 1600)] if allowed == "ranges" else [range(2000)]
    rows = np.arange(3, 2000, 7) if allowed == "scattered" else None
    among = rows if rows is not None else np.concatenate([np.arange(one.start, one.stop) for one in spans])
    for row in range(0, 2000, 97):
        vector = vectors.signed([row])[0].astype(np.int64)
        likeness = vectors.likeness(vector, among)
        wanted = among[np.lexsort((among, -likeness))[:10]]
        assert nearest(vector, spans, rows, 10).tolist() == wanted.tolist()


@needs_faiss
def test_the_coarse_index_finds_most_neighbours_and_obeys_conditions(encoded, tmp_path, monkeypatch):
    folder = shutil.copytree(semantic.folder_of(encoded, "lsa"), tmp_path / "lsa")
    fingerprint = Catalog(encoded, Settings()).content_fingerprint
    exact = dense.Dense(Vectors(folder, fingerprint))
    dense.save_coarse(folder, Vectors(folder, fingerprint).matrix)
    for name in ("EXACT_SPAN", "EXACT_ROWS"):
        monkeypatch.setattr(dense, name, 0)
    vectors = Vectors(folder, fingerprint)
    coarse = dense.Dense(vectors)
    odd = np.arange(1, 2000, 2)
    recall = {"all": 0, "some": 0}
    for row in range(0, 2000, 50):
        vector = vectors.signed([row])[0].astype(np.int64)
        for name, rows in (("all", None), ("some", odd)):
            found = coarse.nearest(vector, [range(2000)], rows, 10).tolist()
            assert len(found) == 10
            assert rows is None or all(one % 2 for one in found)
            recall[name] += len(set(found) & set(exact.nearest(vector, [range(2000)], rows, 10).tolist()))
        assert all(100 <= one < 160 for one in coarse.nearest(vector, [range(100, 160)], None, 10).tolist())
    assert min(recall.values()) >= 0.95 * 400, recall


@pytest.mark.parametrize("mode", ["dense", "hybrid"])
@pytest.mark.parametrize("encoder", ["lsa", "hashed"])
def test_conditions_hold_in_every_mode(encoded, mode, encoder):
    shop = Catalog(encoded, Settings(mode, encoder))
    key = "electronics/chargers"
    hits = search(shop, "something for my phone", Constraint("category", "eq", key), Constraint("price", "max", 3000))
    assert hits.rows
    assert all(shop.product(row).category == key and shop.product(row).price <= 3000 for row in hits.rows)
    assert hits.total == sum(shop.product(row).price <= 3000 for row in shop.category_rows(key)) or mode == "hybrid"


def test_meaning_knows_what_a_noun_names(encoded):
    shop = Catalog(encoded, Settings("dense", "lsa"))
    leaves = list(shop.taxonomy.leaves.items())
    right = sum(shop.leaf(row).key == key for key, leaf in leaves for row in search(shop, leaf.noun).rows)
    assert right >= 0.8 * 10 * len(leaves)


def test_pages_begin_alike_whatever_their_length(encoded):
    shop = Catalog(encoded, Settings("hybrid", "lsa"))
    for query in ("white power bank", "wireless mouse", "soft blanket for the sofa"):
        assert search(shop, query, limit=50).rows[:10] == search(shop, query, limit=10).rows


def test_fusion_adds_reciprocal_ranks():
    rows, scores = fuse((np.asarray([5, 3, 9]), np.asarray([3, 7])))
    assert rows.tolist() == [3, 5, 7, 9]
    assert scores[0] == 10**9 // 62 + 10**9 // 61
    assert [int(one) for one in scores[1:]] == [10**9 // 61, 10**9 // 62, 10**9 // 63]
    assert not len(fuse((np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)))[0])


def test_settings_travel_with_the_folder_and_enter_the_fingerprint(copy):
    plain = Catalog(copy)
    save_settings(copy, Settings("hybrid", "lsa", "lsa"))
    assert read_settings(copy) == Settings("hybrid", "lsa", "lsa")
    shop = Catalog(copy)
    prints = {plain.fingerprint, shop.fingerprint, Catalog(copy, Settings("dense", "lsa", "lsa")).fingerprint}
    prints.add(Catalog(copy, Settings("hybrid", "lsa")).fingerprint)
    assert len(prints) == 4
    assert plain.fingerprint == plain.content_fingerprint == shop.content_fingerprint
    again = pickle.loads(pickle.dumps(shop))
    assert again.fingerprint == shop.fingerprint
    assert search(again, "power bank") == search(shop, "power bank")


def test_what_rerank_shows_is_what_tasks_compare_by(encoded):
    shop = Catalog(encoded, Settings("hybrid", "lsa", "lsa"))
    rows = list(range(0, 2000, 91))
    table = shop.similarities(rows, rows)
    assert table.tolist() == [shop.similarity(row, rows) for row in rows]
    assert all(table[i, i] == 1000 for i in range(len(rows)))
    assert table.tolist() != Catalog(encoded, Settings()).similarities(rows, rows).tolist()
    assert all(0 <= one <= 1000 for one in shop.query_similarity("black desk lamp", rows))


def test_a_build_goes_on_where_it_was_killed(small_path, tmp_path, monkeypatch):
    path = shutil.copytree(small_path, tmp_path / "shop")
    monkeypatch.setattr(embed, "SHARD_ROWS", 256)

    def killed(plan, folder, shards):
        for done, shard in enumerate(embed.encode_here(plan, folder, shards)):
            if done == 3:
                raise KeyboardInterrupt
            yield shard

    with pytest.raises(KeyboardInterrupt):
        embed.embed(path, "hashed", killed)
    assert not semantic.folder_of(path, "hashed").exists()
    asked: list[int] = []

    def counted(plan, folder, shards):
        asked.extend(shards)
        yield from embed.encode_here(plan, folder, shards)

    whole = embed.embed(path, "hashed", counted)
    assert 0 < len(asked) < 8
    assert {file.name for file in whole.iterdir()} == {MATRIX, "vectors.json"}
    other = shutil.copytree(small_path, tmp_path / "other")
    fresh = embed.embed(other, "hashed")
    assert (whole / MATRIX).read_bytes() == (fresh / MATRIX).read_bytes()


def test_vectors_that_are_there_are_not_made_again(copy):
    def nobody(plan, folder, shards):
        raise AssertionError("nothing is to be encoded")
        yield 0

    embed.embed(copy, "hashed", nobody)
    with pytest.raises(AssertionError, match="nothing is to be"):
        embed.embed(copy, "hashed", nobody, again=True)


def test_damage_and_strangers_are_told(copy, tmp_path):
    folder = semantic.folder_of(copy, "lsa")
    content = (folder / MATRIX).read_bytes()
    (folder / MATRIX).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(CatalogError, match=r"vectors\.npy is missing or damaged"):
        Catalog(copy, Settings("dense", "lsa"))
    with pytest.raises(CatalogError, match="this one is 0123"):
        Vectors(semantic.folder_of(copy, "hashed"), "0123")
    with pytest.raises(CatalogError, match="make the vectors with"):
        Catalog(copy, Settings("dense", "minilm"))
    with pytest.raises(CatalogError, match="needs an encoder"):
        Settings("dense")
    with pytest.raises(CatalogError, match="known are hashed, lsa"):
        preset("word2vec")
    (copy / "search.json").write_text("{")
    with pytest.raises(CatalogError, match="catalog use"):
        Catalog(copy)


def test_lsa_is_close_to_the_best_there_is():
    """The projection keeps nearly as much of the matrix as the exact truncated SVD would."""
    rng = stream(3, "matrix")
    dense_one = np.asarray([[rng.random() for _ in range(12)] for _ in range(150)], dtype=np.float32)
    wide = dense_one @ np.asarray([[rng.random() for _ in range(40)] for _ in range(12)], dtype=np.float32)
    wide *= np.asarray([[rng.random() < 0.3 for _ in range(40)] for _ in range(150)])
    rows, columns = np.nonzero(wide)
    starts = np.append(0, np.cumsum(np.bincount(rows, minlength=150))).astype(np.int64)
    sparse = lsa.Sparse(starts, columns.astype(np.int64), wide[rows, columns], 40)
    some = np.asarray([[rng.random() for _ in range(7)] for _ in range(40)], dtype=np.float32)
    assert np.allclose(sparse.times(some), wide @ some, atol=1e-3)
    other = np.asarray([[rng.random() for _ in range(7)] for _ in range(150)], dtype=np.float32)
    assert np.allclose(sparse.transposed().times(other), wide.T @ other, atol=1e-3)


def test_lsa_vectors_are_the_same_each_time(small, encoded):
    texts = [embed.passage(small, row) for row in range(0, 2000, 5)]
    first, second = lsa.fit(small.index, texts), lsa.fit(small.index, texts)
    assert np.array_equal(first, second)
    kept = np.flatnonzero(first.any(axis=0))
    assert np.allclose(first[:, kept].T @ first[:, kept], np.eye(len(kept)), atol=1e-4)


def test_zero_vectors_stay_zero_and_find_nothing(encoded):
    assert not unit(np.zeros((1, 4), dtype=np.float32)).any()
    shop = Catalog(encoded, Settings("dense", "lsa"))
    assert search(shop, "qqqqzzzz xxyyxx").rows == ()


@pytest.mark.parametrize("name", ["product_discovery", "substitution", "cart_building", "bundle_planning"])
def test_environments_are_solved_where_meaning_is_searched(encoded, name):
    """What tasks compare by is what the tools show, whichever vectors it rests on."""
    shop = Catalog(encoded, Settings("hybrid", "lsa", "lsa"))
    oracle_is_perfect(task_named(f"{name}-v0"), shop, Grid((0, 6), 3))


def test_opening_and_searching_by_words_brings_no_library_of_models(encoded):
    heavy = ("torch", "faiss", "ray", "transformers", "sentence_transformers", "onnxruntime", "tokenizers")
    code = (
        "import sys; from pathlib import Path; from ecom_rlve.catalog.catalog import Catalog, Offer\n"
        "shop = Catalog(Path(sys.argv[1]))\n"
        "assert shop.search('lamp', (), sort='relevance', limit=5, offer=Offer(0)).rows\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(encoded)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
