"""What an encoder is, which there are, and how one is named: a preset, or KIND:PATH for a model of one's own.

Knows no catalogue and imports no model library.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from ecom_rlve.core.errors import CatalogError

Floats = npt.NDArray[np.float32]
Kind = Literal["hashed", "lsa", "sentence", "onnx"]
KINDS: Final[tuple[Kind, ...]] = ("hashed", "lsa", "sentence", "onnx")
NEURAL: Final = frozenset(("sentence", "onnx"))
"""Kinds that run a model of their own: their arithmetic may differ in the last bit from machine to machine."""


class Encoder(Protocol):
    """Turns texts into unit vectors; a neural one's last bits may depend on the machine and the batch."""

    @property
    def dimensions(self) -> int:
        """Length of a vector, at most 1,024."""
        ...

    def passages(self, texts: Sequence[str]) -> Floats:
        """Return a unit vector for each text about a product, shape (n, dimensions); zero for a text without words."""
        ...

    def queries(self, texts: Sequence[str]) -> Floats:
        """Return a unit vector for each query, shape (n, dimensions); zero for a query without known words."""
        ...


@dataclass(frozen=True, slots=True)
class Preset:
    """An encoder and its settings."""

    name: str
    kind: Kind
    about: str
    model: str = ""
    """A hub's name or a folder; where the weights of a neural encoder are."""
    package: str = ""
    """A Python package that carries the weights; taken before `model` if it is installed."""
    pooling: Literal["mean", "cls"] = "mean"
    tokens: int = 256
    """Longer texts are cut after this many tokens."""
    prefix: str = ""
    """What is put before a query."""


@cache
def presets() -> dict[str, Preset]:
    """Return the presets by name."""
    text = files("ecom_rlve.catalog").joinpath("data/encoders.toml").read_text(encoding="utf-8")
    return {name: Preset(name=name, **settings) for name, settings in tomllib.loads(text).items()}


def preset(name: str) -> Preset:
    """Return the encoder called `name`: a preset, or "sentence:PATH", "onnx:PATH" for a model of one's own.

    Raises:
        CatalogError: There is no such encoder; the message lists those that exist.
    """
    if name in presets():
        return presets()[name]
    kind, colon, path = name.partition(":")
    for known in KINDS:
        if kind == known and known in NEURAL and colon and path:
            return Preset(name, known, f"a model of your own in {path}", model=path)
    known_names = ", ".join(presets())
    raise CatalogError(f"unknown encoder {name!r}: known are {known_names}, sentence:PATH and onnx:FOLDER")


def unit(vectors: npt.NDArray[np.float32] | npt.NDArray[np.float64]) -> Floats:
    """Return the rows of `vectors` scaled to length 1; zero rows stay zero."""
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    return (vectors / np.where(norms > 0, norms, 1)[:, None]).astype(np.float32)
