"""Outcomes as a Parquet table, one row a trial, for everybody's own analysis. Knows no statistics."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from ecom_rlve.agents.model.endpoint import Prices
from ecom_rlve.evaluate.runs import Outcome

_Get = Callable[[Outcome], Any]  # Any: whatever the column's type takes
COLUMNS: tuple[tuple[str, str, _Get], ...] = (
    ("agent", "string", lambda o: o.agent),
    ("env", "string", lambda o: o.spec.env),
    ("difficulty", "int16", lambda o: o.spec.difficulty),
    ("seed", "uint64", lambda o: o.spec.seed),
    ("episode", "string", lambda o: str(o.spec)),
    ("trial", "int16", lambda o: o.trial),
    ("valid", "bool_", lambda o: o.reward is not None),
    ("correct", "bool_", lambda o: o.correct),
    ("reward", "float64", lambda o: o.reward),
    ("r_task", "float64", lambda o: o.worth.r_task),
    ("r_eff", "float64", lambda o: o.worth.r_eff),
    ("r_hall", "float64", lambda o: o.worth.r_hall),
    ("raw", "float64", lambda o: o.worth.raw),
    ("subscores", "map", lambda o: list((o.worth.parts or {}).items())),
    ("cause", "string", lambda o: o.cause),
    ("flags", "list", lambda o: list(o.flags)),
    ("end", "string", lambda o: o.end),
    ("turns", "int32", lambda o: o.turns),
    ("free_turns", "int32", lambda o: o.worth.free_turns),
    ("calls", "int32", lambda o: o.calls),
    ("unseen_ids", "int32", lambda o: o.worth.unseen_ids),
    ("requests", "int32", lambda o: o.usage.requests),
    ("prompt_tokens", "int64", lambda o: o.usage.prompt_tokens),
    ("completion_tokens", "int64", lambda o: o.usage.completion_tokens),
    ("reasoning_tokens", "int64", lambda o: o.usage.reasoning_tokens),
    ("cut_replies", "int32", lambda o: o.usage.cut),
    ("empty_replies", "int32", lambda o: o.usage.empty),
    ("unanswered", "int32", lambda o: o.usage.unanswered),
    ("customer_replies", "int32", lambda o: o.voice.replies),
    ("voiced_replies", "int32", lambda o: o.voice.carried),
    ("voice_texts", "int32", lambda o: o.voice.asked),
    ("detail", "string", lambda o: o.detail),
)
"""Name, Arrow type ("map": text to number, "list": of texts), and where the value comes from."""


def write_table(path: Path, outcomes: Sequence[Outcome], prices: Prices | None = None) -> None:
    """Write the table whole or not at all, with a last column `cost_usd`."""
    pa: Any = import_module("pyarrow")  # Any: it ships no types
    parquet: Any = import_module("pyarrow.parquet")
    special = {"map": pa.map_(pa.string(), pa.float64()), "list": pa.list_(pa.string())}
    arrays = {
        name: pa.array([get(o) for o in outcomes], special[kind] if kind in special else getattr(pa, kind)())
        for name, kind, get in COLUMNS
    }
    arrays["cost_usd"] = pa.array([o.usage.cost(prices) for o in outcomes], pa.float64())
    buffer = io.BytesIO()
    parquet.write_table(pa.table(arrays), buffer)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(buffer.getvalue())
    temporary.replace(path)
