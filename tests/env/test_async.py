"""The asynchronous shell is the same engine with an `await` where the customer speaks."""

import asyncio
from dataclasses import dataclass

from tests.env.play import call, turn, verdict
from tests.env.scripted import Broken, Teller

from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.dialogue import dumps
from ecom_rlve.env.env import AsyncEnv, Env
from ecom_rlve.env.parse import SUBMIT
from ecom_rlve.users.customer import Customer


@dataclass
class Awaited:
    """Any customer, as one whose words take time."""

    user: object

    async def open(self, brief, rng, noise):
        await asyncio.sleep(0)
        return self.user.open(brief, rng, noise)

    async def respond(self, brief, belief, heard, rng, noise):
        await asyncio.sleep(0)
        return self.user.respond(brief, belief, heard, rng, noise)


async def replayed(env, name, actions):
    await env.reset(name)
    return [await env.step(action) for action in actions]


def test_the_same_actions_give_the_same_episode(catalog):
    for user in (Customer, Teller):
        for d in (0, 6, 12):
            name = f"cart_building-v0/d{d}/s{d + 1}"
            plain, awaited = Env(catalog, user()), AsyncEnv(Awaited(user()), catalog)
            plain.reset(name)
            solve(plain)
            steps = asyncio.run(replayed(awaited, name, [t.action for t in plain.episode.turns]))
            assert awaited.episode == plain.episode
            assert steps[-1].reward == 0.9


def test_many_dialogues_at_once_do_not_see_each_other(catalog):
    names = [f"cart_building-v0/d6/s{s}" for s in range(12)]
    alone = {}
    for name in names:
        env = Env(catalog)
        env.reset(name)
        solve(env)
        alone[name] = env.episode

    async def all_at_once():
        shells = {name: AsyncEnv(Awaited(Customer()), catalog) for name in names}
        actions = {name: [t.action for t in alone[name].turns] for name in names}
        await asyncio.gather(*(replayed(shells[name], name, actions[name]) for name in names))
        return {name: shell.episode for name, shell in shells.items()}

    assert asyncio.run(all_at_once()) == alone


def test_native_calls_and_failures_of_the_customer(catalog):
    async def play():
        env = AsyncEnv(Awaited(Broken()), catalog)
        await env.reset("cart_building-v0/d6/s1")
        first = await env.call(call("message_user", text="hello"))
        assert first.observation.message == "ok"
        last = await env.step(turn(say="hello?"))
        assert (last.reward, verdict(env).end) == (None, "invalid")

    asyncio.run(play())


def hermes(name, **arguments):
    """A call as models write it in their own style."""
    return f"<tool_call>{dumps({'name': name, 'arguments': arguments})}</tool_call>"


def rewards(steps):
    return [[step.reward for step in one] for one in steps]


def test_native_text_means_the_same_in_both_shells(catalog):
    history, done = hermes("user.get_visit_history"), hermes(SUBMIT, done=True)
    texts = {
        "two calls": [f"{history}\n{history}"],
        "calls after the end": [f"{done}\n{history}"],
        "words": ["Hello, what can I do for you?"],
        "nothing": [""],
        "not readable": ["<tool_call>{</tool_call>"],
        "one after another": ["Hello!", history, "Anything else?"],
    }

    async def awaited(lines):
        env = AsyncEnv(Awaited(Customer()), catalog)
        await env.reset("cart_building-v0/d6/s5")
        return env, [await env.play_text(line) for line in lines]

    for what, lines in texts.items():
        plain = Env(catalog)
        plain.reset("cart_building-v0/d6/s5")
        steps = [plain.play_text(line) for line in lines]
        env, again = asyncio.run(awaited(lines))
        assert env.episode == plain.episode, what
        assert rewards(again) == rewards(steps), what
        assert [len(one) for one in steps] == {"two calls": [2], "calls after the end": [1]}.get(what, [1] * len(lines))
