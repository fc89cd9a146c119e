"""Reward functions for TRL: what the environments say, and the soft punishment of overlong episodes.

Knows no model. A reward of None means an episode that is invalid through a fault of ours: TRL leaves it out of its
group's baseline and gives it no advantage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from ecom_rlve.adapters.trl.environment import ShopEnvironment
from ecom_rlve.core.errors import SpecError
from ecom_rlve.curriculum.curriculum import Draw
from ecom_rlve.curriculum.progress import Played, weighted_parts
from ecom_rlve.env.chat import Message
from ecom_rlve.env.episode import Reward

CUT_OFF: Final = "cut_off"
"""Cause of an episode that the trainer ended before the environment did: no tool call any more, or no room."""
FORMAT: Final = "format"
"""Cause of one whose last words were a tool call that nobody could read."""
NO_GROUP: Final = -1
"""Group number of rows for evaluation: they move no curriculum."""
LogMetric = Callable[[str, float], None]


class EpisodeReward:
    """The environment's own reward, with metrics for the trainer's trackers. Keeps what came of training episodes."""

    __name__ = "ecom_reward"

    def __init__(self) -> None:
        self.played: list[Played] = []
        """Finished training episodes of this process since the last `drain`."""

    def __call__(
        self,
        environments: Sequence[ShopEnvironment],
        completions: Sequence[Sequence[Message]],
        group: Sequence[int],
        track: Sequence[str],
        level: Sequence[int],
        log_metric: LogMetric | None = None,
        **_: Any,  # Any: TRL hands over every column, and more with every release
    ) -> list[float | None]:
        """Return the rewards of finished episodes, in the order of the batch."""
        rewards: list[float | None] = []
        for environment, said, number, on, at in zip(environments, completions, group, track, level, strict=True):
            one = played(environment, said, number, on, at)
            rewards.append(one.reward.total)
            if log_metric is not None:
                _log(one, log_metric)
            if number != NO_GROUP:
                self.played.append(one)
        return rewards

    def drain(self) -> list[Played]:
        """Return what was played since the last call, and forget it."""
        done, self.played = self.played, []
        return done


class SoftOverlong:
    """DAPO's soft overlong punishment (arXiv 2503.14476, eq. 13), counted on the assistant's tokens alone.

    Zero up to `longest - cache` tokens, then linearly down to -1 at `longest`. What tools and customer say is not the
    assistant's length, so TRL's own helper, which counts the whole completion, would punish talkative shops.
    """

    __name__ = "soft_overlong"

    def __init__(self, longest: int, cache: int) -> None:
        """Take L_max and L_cache, both in tokens."""
        if not 0 < cache <= longest:
            raise SpecError(f"soft overlong punishment needs 0 < cache ≤ longest, got {cache} and {longest}")
        self.longest, self.cache = longest, cache

    def __call__(self, environments: Sequence[ShopEnvironment], **_: Any) -> list[float | None]:
        """Return the punishments of a batch, each in [-1, 0]; None beside a reward that is None."""
        return [self._one(environment) for environment in environments]

    def _one(self, environment: ShopEnvironment) -> float | None:
        if environment.spoken is None:
            raise RuntimeError("who spoke which token is known to training.dapo.DapoTrainer only: use that")
        verdict = environment.shell.episode.verdict if environment.shell is not None else None
        if verdict is not None and verdict.reward.total is None:
            return None
        return punishment(environment.spoken, self.longest, self.cache)


def punishment(tokens: int, longest: int, cache: int) -> float:
    """Return DAPO's soft overlong punishment in [-1, 0] for `tokens` tokens of the assistant."""
    return -min(1.0, max(0.0, (tokens - (longest - cache)) / cache))


def played(environment: ShopEnvironment, said: Sequence[Message], group: int, track: str, level: int) -> Played:
    """Return what came of the episode of `environment`, which TRL has ended if the environment has not.

    An episode cut off by the trainer is worth -1: as little as a hard failure, so that nobody saves turns by silence.
    """
    assert environment.shell is not None, "the trainer resets an environment before it asks for rewards"
    episode = environment.shell.episode
    draw, verdict = Draw(episode.spec, track, level), episode.verdict
    if verdict is not None:
        correct = None if verdict.reward.total is None else verdict.is_correct
        return Played(group, draw, verdict.reward, correct, verdict.cause, environment.seconds)
    last = str(said[-1].get("content") or "") if said else ""
    cause = FORMAT if "<tool_call>" in last else CUT_OFF
    worth = Reward(-1.0, -1.0, -1.0, turns=len(episode.turns), calls=sum(len(t.action.calls) for t in episode.turns))
    return Played(group, draw, worth, False, cause, environment.seconds)


def _log(one: Played, log_metric: LogMetric) -> None:
    env = one.draw.spec.env
    log_metric("ecom/invalid", float(one.correct is None))
    if one.correct is None:
        return
    log_metric(f"ecom/{env}/pass", float(one.correct))
    log_metric(f"ecom/{env}/pass_d{one.draw.level}", float(one.correct))
    for name, value in weighted_parts(one.reward).items():
        log_metric(f"ecom/{env}/reward_{name}", value)
    log_metric(f"ecom/{env}/turns", float(one.reward.turns))
    log_metric(f"ecom/{env}/calls", float(one.reward.calls))
