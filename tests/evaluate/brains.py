"""What a scripted server replies so that the built-in expert plays through it: one table from dialogue to reply.

The key is everything the model was told so far. A client that words a result differently, forgets one or sends them in
another order finds no entry, and the test fails: so this checks every dialogue that is sent.
"""

from __future__ import annotations

import json

from tests.evaluate.chat_server import Answer, completion

from ecom_rlve.agents.expert import Expert
from ecom_rlve.agents.registry import briefing
from ecom_rlve.core.dialogue import Action, Observation
from ecom_rlve.env.chat import as_text, native_calls, observation_after, tool_content
from ecom_rlve.env.env import Env
from ecom_rlve.env.parse import read_json_action


def told(messages):
    return tuple(m["content"] for m in messages if m["role"] in ("system", "user", "tool"))


def expert_brain(catalog, names, style):
    """A script by which a server plays the expert in these episodes; `played` holds how they went here."""
    table = {}
    played = {name: (_native if style == "native" else _json)(catalog, name, table) for name in names}

    def script(body, times):
        key = told(body["messages"])
        if key not in table:
            return Answer({"error": f"nobody taught me this dialogue: {key[1:]!r:.2000}"}, status=400)
        assert ("tools" in body) == (style == "native")
        return table[key]

    script.played = played
    return script


def _read(env, move):
    if isinstance(move, Action):
        return move
    return read_json_action(move if isinstance(move, str) else json.dumps(move), env.task.answer_type)


def _json(catalog, name, table):
    env, expert = Env(catalog), Expert()
    env.reset(name)
    seen = told(env.messages())
    move = expert.begin(briefing(env), observation_after(env.episode))
    while not env.episode.is_over:
        action = _read(env, move)
        table[seen] = completion(as_text(action))
        step = env.step(action)
        seen = (*seen, step.observation.text())
        if not env.episode.is_over:
            move = expert.act(step.observation)
    return env


def _native(catalog, name, table):
    env, expert = Env(catalog), Expert()
    env.reset(name)
    seen = told(env.messages("native"))
    move = expert.begin(briefing(env), observation_after(env.episode))
    while not env.episode.is_over:
        calls = native_calls(_read(env, move))
        written = [(c.name.replace(".", "_"), json.dumps(c.args)) for c in calls]
        table[seen] = completion(None, written, reasoning_content="Let me think.")
        steps = env.play(calls)
        results = tuple(r for step in steps for r in step.observation.results)
        brought = [
            tool_content(next(iter(s.observation.results), None), s.observation.message or s.observation.notice)
            for s in steps
        ]
        seen = (*seen, *brought)
        if not env.episode.is_over:
            last = steps[-1].observation
            move = expert.act(Observation(last.message, results, last.turns_left))
    return env
