"""The same name is the same episode: in any process, under any hash seed, on a later day, among other sessions."""

import hashlib
import os
import subprocess
import sys

from ecom_rlve.agents.agent import Agent
from ecom_rlve.agents.expert import Expert
from ecom_rlve.agents.registry import briefing, player_named
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.chat import observation_after
from ecom_rlve.env.env import Env
from ecom_rlve.env.trace import trace_lines
from ecom_rlve.tasks.registry import TASKS

PROGRAM = """
import sys, time, datetime
later = float(sys.argv[1])
real = time.time
time.time = lambda: real() + later
class Later(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(seconds=later)
datetime.datetime = Later
import hashlib
from ecom_rlve.evaluate.runs import Shop, play
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.tasks.registry import TASKS
total = hashlib.blake2b(digest_size=16)
for task in TASKS.values():
    for d in (0, 3, 9):
        for seed in range(3):
            for agent in ("oracle", "expert", "random_tool"):
                spec = EpisodeSpec(f"{task.name}-v{task.version}", d, seed)
                total.update("\\n".join(play(spec, agent, Shop(2000)).lines).encode())
print(total.hexdigest())
"""


def digest_in_a_new_process(hash_seed: str, later: float) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(later)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_other_processes_hash_seeds_and_days_give_the_same_bytes():
    one = digest_in_a_new_process("1", 0.0)
    assert len(one) == 32
    assert digest_in_a_new_process("4242", 400 * 86_400.0) == one


def trace(env: Env) -> str:
    lines = trace_lines(env.episode, system=env.system_prompt(), agent="a", preset="gated", catalog={})
    return hashlib.blake2b("\n".join(lines).encode()).hexdigest()


def test_sixty_four_interleaved_sessions_equal_the_serial_ones(catalog):
    names = [f"{task.name}-v{task.version}" for task in TASKS.values()]
    specs = [EpisodeSpec(names[i % len(names)], (0, 3, 6, 12)[i % 4], i) for i in range(64)]
    serial = []
    for spec in specs:
        env = Env(catalog)
        env.reset(spec)
        player_named("expert")(env)
        serial.append(trace(env))
    envs = [Env(catalog) for _ in specs]
    agents: list[Agent] = [Expert() for _ in specs]
    moves = []
    for env, agent, spec in zip(envs, agents, specs, strict=True):
        env.reset(spec)
        moves.append(agent.begin(briefing(env), observation_after(env.episode)))
    live = list(range(64))
    while live:
        for i in list(reversed(live)):
            step = envs[i].step(moves[i])
            if step.terminated or step.truncated:
                live.remove(i)
            else:
                moves[i] = agents[i].act(step.observation)
    assert [trace(env) for env in envs] == serial
