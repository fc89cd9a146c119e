"""verifiers finds the package, its tasks are the engine's episodes, and rollouts are paid what the engine pays."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import verifiers.v1 as vf
from ecom_rlve_verifiers.environment import EcomEnvConfig, EcomVerifiersEnv
from ecom_rlve_verifiers.taskset import EcomConfig, EcomTaskset
from verifiers.v1.agent import Segment
from verifiers.v1.types import AssistantMessage
from verifiers.v1.utils.loaders import environment_class, taskset_class

from ecom_rlve.agents.oracle import solve
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.core.seeds import is_eval_seed
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.chat import as_text
from ecom_rlve.env.env import Env
from ecom_rlve.tasks.registry import TASKS

ID = "ecom-rlve-verifiers"


class Recorder:
    """The part of a trace that rewards are recorded on, as verifiers' own does it."""

    def __init__(self):
        self.rewards, self.metrics, self.info = {}, {}, {}

    def record_reward(self, name, value, weight=1.0):
        self.rewards[name] = value * weight

    def record_metrics(self, values):
        self.metrics.update(values)

    def record_metric(self, name, value):
        self.metrics[name] = value


class Scripted:
    """A seat whose texts are written beforehand: verifiers' own needs a model's endpoint."""

    def __init__(self, texts):
        self.texts, self.heard, self.trace = list(texts), [], Recorder()

    @property
    def player(self):
        return self

    @asynccontextmanager
    async def interaction(self, task):
        self.heard.append(task.data.prompt)
        yield self

    async def turn(self, message=None):
        if message is not None:
            self.heard.append(message)
        if not self.texts:
            return Segment(messages=[], terminated=True)
        return Segment(messages=[AssistantMessage(content=self.texts.pop(0))])


def tasks(**options):
    return list(EcomTaskset(EcomConfig(id=ID, size=2000, **options)))


def played(task, texts):
    seat = Scripted(texts)
    env = EcomVerifiersEnv(EcomEnvConfig(taskset=EcomConfig(id=ID, size=2000)))
    asyncio.run(env.run(task, seat))
    return seat


def plan(spec):
    env = Env(embedded(2000))
    env.reset(spec)
    solve(env)
    return env


def test_verifiers_finds_the_package():
    assert taskset_class(ID) is EcomTaskset
    assert environment_class(ID) is EcomVerifiersEnv
    assert EcomTaskset.task_type().data_type().model_fields["spec"]


def test_splits_are_disjoint_and_every_cell_comes():
    train, evaluation = tasks(seeds=1, difficulty="0:1"), tasks(seeds=1, difficulty="0:1", split="eval")
    seed = lambda task: EpisodeSpec.parse(task.data.spec).seed  # noqa: E731
    assert not any(is_eval_seed(seed(t)) for t in train)
    assert all(is_eval_seed(seed(t)) for t in evaluation)
    assert len(train) == len({t.key for t in train}) == 2 * len(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_oracle_texts_earn_what_the_engine_gives(name):
    (task,) = tasks(envs=[f"{name}-v0"], seeds=1, difficulty="2")
    engine = plan(task.data.spec)
    seat = played(task, [as_text(turn.action) for turn in engine.episode.turns])
    assert seat.trace.rewards == {"ecom_rlve": engine.episode.verdict.reward.total}
    assert seat.trace.metrics["is_correct"] == 1.0
    contents = [m["content"] for m in engine.messages()[1:] if m["role"] == "user"]
    assert seat.heard == contents[:-1]


def test_what_is_cut_off_earns_the_least():
    (task,) = tasks(envs=["policy_qa-v0"], seeds=1, difficulty="0")
    seat = played(task, ['{"assistant_message": "Hello, what would you like to know?"}'])
    assert seat.trace.rewards == {"ecom_rlve": -1.0}
    assert seat.trace.metrics == {"cut_off": 1.0}


def test_trace_is_recorded_with_the_methods_that_verifiers_has():
    for method in ("record_reward", "record_metrics", "record_metric"):
        assert callable(getattr(vf.Trace, method))
