"""Progress of a training run: what came of every episode of a step, and the line of metrics that sums it up.

Knows no trainer. The lines are `metrics.jsonl`, which the studio and `ecom-rlve curves` read; one object a step:

    {"step": 120, "difficulty": {"cart_building-v0": [2, 6]}, "effective_prompt_ratio": 0.61,
     "reward": {"total": 0.31, "task": 0.32, "efficiency": 0.05, "grounding": -0.04, "broken_off": -0.02},
     "pass": {"cart_building-v0": {"4": [12, 16]}}, "causes": {"search_miss": 5},
     "episodes": 32, "groups": 8, "invalid": 0, "turns": 4.2, "calls": 6.1, "by_env": {"cart_building-v0": 0.31}}

`reward` and `by_env` are means over the step's valid episodes, parts after their weights; `pass` is correct and played.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from ecom_rlve.core.errors import TraceError
from ecom_rlve.core.files import write_whole
from ecom_rlve.core.views import Json
from ecom_rlve.curriculum.curriculum import Curriculum, Draw
from ecom_rlve.curriculum.tally import Tally, effective_ratio
from ecom_rlve.env.episode import Reward
from ecom_rlve.env.reward import W_EFF, W_HALL, W_TASK
from ecom_rlve.tasks.registry import all_tasks

METRICS: Final = "metrics.jsonl"
GROUPS: Final = "groups.jsonl"
"""One line a group, in the order in which they were played: what was drawn and what came of it."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one episode."""

    group: int
    draw: Draw
    reward: Reward
    correct: bool | None
    """None for an episode that is invalid through a fault of ours: told, never counted."""
    cause: str = ""
    """Why it failed; empty if correct."""
    seconds: float = 0.0
    """Time spent in the environment."""

    @property
    def env(self) -> str:
        """The environment with its version."""
        return self.draw.spec.env


def tally(played: Iterable[Played]) -> Tally:
    """Return what episodes count for the curriculum."""
    return Tally.of((p.draw.track, p.draw.level, p.correct) for p in played)


def by_group(played: Iterable[Played]) -> dict[int, list[Played]]:
    """Return episodes by the group they belong to, groups in order."""
    groups: dict[int, list[Played]] = {}
    for one in sorted(played, key=lambda p: p.group):
        groups.setdefault(one.group, []).append(one)
    return groups


def weighted_parts(reward: Reward) -> dict[str, float]:
    """Return a valid reward and its parts after their weights; the parts add up to it.

    `broken_off` is what an episode that broke off (a hard failure, or cut off by the trainer) loses beyond its parts.
    """
    assert reward.total is not None, "an invalid episode has no reward"
    parts = {"task": W_TASK * reward.r_task, "efficiency": W_EFF * reward.r_eff, "grounding": W_HALL * reward.r_hall}
    return {"total": reward.total, **parts, "broken_off": reward.total - sum(parts.values())}


def metrics_line(
    step: int, curriculum: Curriculum, played: Sequence[Played], extra: Mapping[str, float] | None = None
) -> dict[str, Json]:
    """Return the metrics of a step.

    Args:
        step: Its number.
        curriculum: After the step.
        played: All episodes of the step, over all processes.
        extra: Further numbers, by names that are not taken.
    """
    valid = [p for p in played if p.correct is not None]
    groups = by_group(played)
    outcomes = [[p.correct for p in group] for group in groups.values()]
    line: dict[str, Json] = {
        "step": step,
        "difficulty": {_versioned(track): [w.low, w.high] for track, w in curriculum.windows.items()},
        "effective_prompt_ratio": effective_ratio(outcomes),
        "reward": _means([weighted_parts(p.reward) for p in valid]),
        "pass": _passes(valid),
        "causes": dict(sorted(Counter(p.cause for p in valid if not p.correct).items())),
        "episodes": len(played),
        "groups": len(groups),
        "invalid": len(played) - len(valid),
        **_means([{"turns": p.reward.turns, "calls": p.reward.calls} for p in valid]),
        "by_env": {
            env: _mean([p.reward.total or 0.0 for p in valid if p.env == env]) for env in sorted({p.env for p in valid})
        },
        "environment_seconds": round(sum(p.seconds for p in played), 6),
    }
    return {**line, **(extra or {})}


def group_lines(step: int, played: Sequence[Played]) -> list[dict[str, Json]]:
    """Return one line for every group of a step."""
    return [
        {
            "step": step,
            "group": number,
            "episode": str(group[0].draw.spec),
            "track": group[0].draw.track,
            "level": group[0].draw.level,
            "correct": [p.correct for p in group],
            "rewards": [p.reward.total for p in group],
            "causes": [p.cause for p in group],
        }
        for number, group in by_group(played).items()
    ]


def append(path: Path, lines: Iterable[Mapping[str, Json]]) -> None:
    """Add lines to a JSONL file, made with its folder if there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(text)


def read(path: Path) -> list[dict[str, Json]]:
    """Return the lines of a JSONL file; a last line that was cut off by a kill is left out, an absent file has none.

    Raises:
        TraceError: Another line is no JSON object.
    """
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    out: list[dict[str, Json]] = []
    for number, line in enumerate(text[: text.rfind("\n") + 1].splitlines(), start=1):
        try:
            value: object = json.loads(line)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise TraceError(f"{path}: line {number} is no JSON object")
        out.append(cast("dict[str, Json]", value))
    return out


def forget_after(path: Path, step: int) -> None:
    """Take out the lines of steps after `step`: a run that resumes there does them again."""
    lines = read(path)
    if lines:
        kept = [line for line in lines if cast("int", line["step"]) <= step]
        write_whole(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in kept))


def _versioned(track: str) -> str:
    env, slash, axis = track.partition("/")
    return f"{env}-v{all_tasks()[env].version}{slash}{axis}"


def _passes(valid: Sequence[Played]) -> dict[str, Json]:
    counts: dict[str, dict[int, list[int]]] = {}
    for p in valid:
        count = counts.setdefault(p.env, {}).setdefault(p.draw.level, [0, 0])
        count[0] += p.correct is True
        count[1] += 1
    return {
        env: {str(level): list[Json](levels[level]) for level in sorted(levels)}
        for env, levels in sorted(counts.items())
    }


def _means(rows: Sequence[Mapping[str, float]]) -> dict[str, Json]:
    """Return the mean of every column, rounded; nothing for no row."""
    return {name: _mean([row[name] for row in rows]) for name in rows[0]} if rows else {}


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 6)
