"""Customer and shop of a rollout: every assistant text is one turn, the next user turn is what it brought.

Decides nothing: the engine judges, and its components become metrics.
"""

from __future__ import annotations

from typing import Final

import verifiers.v1 as vf

from ecom_rlve.adapters.text import TextEpisode, TextResult
from ecom_rlve_verifiers.taskset import EcomTask, opened

CUT_OFF: Final = -1.0
"""Reward of an episode that the trainer ended before it was over: nothing may be gained by talking too long."""


class EcomEnvConfig(vf.EnvConfig):
    """The one agent there is."""

    player: vf.AgentConfig = vf.AgentConfig()


class EcomVerifiersEnv(vf.Env[EcomEnvConfig]):
    """Plays one episode with the agent `player`."""

    async def run(self, task: EcomTask, agents: vf.Agents) -> None:
        """Play it and record the reward. A failure of the environment is raised, so that verifiers leaves it out."""
        episode = TextEpisode(task.data.spec, catalog=opened(task.data.size, task.data.catalog))
        async with agents.player.interaction(task) as interaction:
            segment = await interaction.turn()
            while not segment.terminated:
                step = episode.step(segment.last_reply)
                if step.done:
                    break
                segment = await interaction.turn(step.text)
        if episode.env.episode.verdict is None:
            interaction.trace.record_reward("ecom_rlve", CUT_OFF)
            interaction.trace.record_metric("cut_off", 1.0)
            return
        _record(interaction.trace, episode.result)


def _record(trace: vf.Trace, result: TextResult) -> None:
    if result.reward is None:
        raise RuntimeError(f"{result.spec}: the environment failed: {result.verdict.detail[-500:]}")
    parts = result.components
    trace.record_reward("ecom_rlve", result.reward)
    trace.record_metrics(
        {
            "is_correct": float(result.verdict.is_correct),
            "r_task": parts.r_task,
            "r_eff": parts.r_eff,
            "r_hall": parts.r_hall,
            "turns": float(parts.turns),
            "calls": float(parts.calls),
            "cut_off": 0.0,
        }
    )
    trace.info["cause"] = result.verdict.cause
    trace.info["end"] = result.verdict.end
