"""Training configurations: TOML files, read and checked. Knows no trainer: `[trainer]` and `[lora]` are theirs.

`[trainer]` holds arguments of TRL's `GRPOConfig`, `[lora]` of peft's `LoraConfig`, under their own names: there is
nothing to translate, and their documentation holds; `training.arguments` checks them against the installed packages.
A file may extend another one beside it: tables are merged, single values replaced.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from ecom_rlve.core.errors import SpecError
from ecom_rlve.curriculum.window import RuleName
from ecom_rlve.env.reward import Preset

Table = dict[str, Any]  # Any: TOML
T = TypeVar("T")
_STRICT = ConfigDict(extra="forbid")


@checked(config=_STRICT, frozen=True)
class Model:
    """The model. Its shape is for the memory estimate, and is what a tiny model is made with."""

    name: str
    """As `from_pretrained` takes it, or `tiny`: random weights and a tokenizer made on the spot."""
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    tied: bool = False
    """Whether the last layer's weights are the embedding's."""


@checked(config=_STRICT, frozen=True)
class Environments:
    collection: str
    curriculum: RuleName = "rlve"
    window: tuple[int, int] = (0, 0)
    per_axis: bool = False
    seed: int = 0
    preset: Preset = "gated"
    tools: tuple[str, ...] | None = None
    catalog: str = ""
    """A catalogue's folder; the generated one of `size` products if empty."""
    size: int = 20_000


@checked(config=_STRICT, frozen=True)
class Sampling:
    """DAPO's dynamic sampling: how many groups are drawn to find those that teach."""

    dynamic: bool = True
    """Whether groups without a difference in outcome are thrown away and drawn anew."""
    oversample: float = Field(default=1.5, ge=1.0, allow_inf_nan=False)
    """Groups drawn for each one that is still wanted."""
    most_rounds: int = Field(default=4, ge=1)
    """Rounds of generation after which a batch is filled up with groups that teach nothing, masked."""

    def draws(self, wanted: int) -> int:
        """Return how many groups to draw when `wanted` ≥ 1 are wanted."""
        return math.ceil(wanted * self.oversample) if self.dynamic else wanted


@checked(config=_STRICT, frozen=True)
class Overlong:
    """DAPO's soft overlong punishment, in tokens of the assistant."""

    longest: int
    cache: int


@checked(config=_STRICT, frozen=True)
class Hardware:
    """What the file was written for; the plan and the memory estimate go by it."""

    gpus: int = 0
    """0 for a CPU."""
    memory_gb: int = 0
    """Of one GPU."""
    sharding: Literal["none", "fsdp2"] = "none"
    """Whether weights, gradients and optimiser states are spread over the GPUs."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """A whole file."""

    path: Path
    about: str
    model: Model
    environments: Environments
    hardware: Hardware
    sampling: Sampling
    overlong: Overlong | None
    trainer: Mapping[str, Any]  # Any: what TRL's arguments are
    lora: Mapping[str, Any] | None  # Any: what peft's arguments are
    sources: tuple[str, ...] = field(default=())
    """Names of the files it was read from, the most basic one first."""

    def number(self, name: str, default: int = 1) -> int:
        """Return a whole number of `[trainer]`, or the default of TRL that the caller knows."""
        value = self.trainer.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise SpecError(f"{self.path.name}: trainer.{name} must be a whole number, got {value!r}")
        return value

    @property
    def processes(self) -> int:
        """Processes of the run: one a GPU."""
        return max(1, self.hardware.gpus)

    @property
    def tries(self) -> int:
        """Completions in a group, G."""
        return self.number("num_generations", 8)

    @property
    def groups(self) -> int:
        """Groups in a generation batch over all processes."""
        a_process = self.number("per_device_train_batch_size", 8) * self.number(
            "steps_per_generation", self.number("gradient_accumulation_steps")
        )
        if a_process % self.tries:
            raise SpecError(
                f"{self.path.name}: a process generates {a_process} completions at a time, which is no whole number of "
                f"groups of {self.tries}"
            )
        return a_process // self.tries * self.processes


def read_config(path: Path) -> TrainConfig:
    """Return the configuration in a file.

    Raises:
        SpecError: There is no such file, it is no TOML, or a table of ours has a name or a value that is not known.
    """
    table, sources = _tables(path, ())
    known = {"about", "model", "environments", "hardware", "sampling", "overlong", "trainer", "lora"}
    unknown = sorted(set(table) - known)
    if unknown:
        raise SpecError(f"{path}: unknown table {unknown[0]!r}: known are {', '.join(sorted(known))}")
    lora = table.get("lora")
    return TrainConfig(
        path=path,
        about=str(table.get("about", "")),
        model=_read(path, "model", Model, table.get("model")),
        environments=_read(path, "environments", Environments, table.get("environments")),
        hardware=_read(path, "hardware", Hardware, table.get("hardware", {})),
        sampling=_read(path, "sampling", Sampling, table.get("sampling", {})),
        overlong=_read(path, "overlong", Overlong, table["overlong"]) if "overlong" in table else None,
        trainer=cast("Table", table.get("trainer", {})),
        lora=None if lora is None else cast("Table", lora),
        sources=sources,
    )


def _tables(path: Path, below: tuple[Path, ...]) -> tuple[Table, tuple[str, ...]]:
    if path in below:
        raise SpecError(f"{path}: extends itself")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpecError(f"{path}: no such configuration") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError(f"{path}: no TOML: {error}") from None
    base = table.pop("extends", None)
    if base is None:
        return table, (path.name,)
    under, sources = _tables(path.parent / str(base), (*below, path))
    return _merged(under, table), (*sources, path.name)


def _merged(under: Table, over: Table) -> Table:
    out = dict(under)
    for name, value in over.items():
        old = out.get(name)
        out[name] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return out


def _read(path: Path, name: str, kind: type[T], table: object) -> T:
    try:
        return TypeAdapter(kind).validate_python(table)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join([name, *map(str, fault["loc"])])
        raise SpecError(f"{path}: {where}: {fault['msg']}, got {repr(fault['input'])[:80]}") from None
