"""V8: nothing an agent sees tells the goal's ids, the seed or the answer before it could know them.

Reads every observation of episodes that the goal-blind expert plays, and a dialogue of mere questions. Knows no
environment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import dumps
from ecom_rlve.core.ids import ids_in_words
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.core.views import shown_ids, to_json
from ecom_rlve.env.env import Env
from ecom_rlve.evaluate.card.laws.law import Law, Trial, able, begun
from ecom_rlve.tasks.registry import AnyTask

FAR: Final = 987_654_321_000
"""Added to seeds, so that their digits can stand in no text by chance."""
PLAYERS = ("expert", "only_asks")


def nothing_leaks(task: AnyTask, catalog: Catalog, spec: EpisodeSpec) -> Trial:
    """V8: no id that was not shown by a look-up stands in words, and the seed stands nowhere."""
    far, n, broken = replace(spec, seed=spec.seed + FAR), 0, list[str]()
    for name in able(PLAYERS, task):
        env = begun(catalog, far)
        prompt = env.system_prompt() + env.system_prompt("native") + dumps(env.tools())  # pyright: ignore[reportArgumentType] (JSON)
        player_named(name)(env)
        for where, text, known in [("prompt", prompt, frozenset[str]()), *_texts(env)]:
            n += 1
            if str(far.seed) in text:
                broken.append(f"{name}: the seed in {where}")
            told = [i for i in ids_in_words(text) if i not in known]
            if told and not where.startswith("page"):
                broken.append(f"{name}: {told[0]} in {where}")
    return Trial(n, tuple(broken))


def _texts(env: Env) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yield what the agent reads, in order: where, the text, and the ids that it knew or named itself before."""
    episode, known = env.episode, frozenset[str]()
    if episode.opening is not None:
        yield "opening", episode.opening.text, known
    for number, turn in enumerate(episode.turns, start=1):
        known |= frozenset(ids_in_words(turn.action.message)) | frozenset(
            ids_in_words(dumps(to_json(turn.action.answer)))
        )
        for call, result in zip(turn.action.calls, turn.results, strict=True):
            known |= frozenset(ids_in_words(dumps(to_json(call.args))))
            yield f"{'page' if result.ok else 'refusal'} {number}", result.text(), known
            known |= frozenset(shown_ids(result.view))
            known |= frozenset(ids_in_words(result.text())) if result.ok else frozenset[str]()
        if turn.reply is not None:
            yield f"reply {number}", turn.reply.text, known


LAWS = (Law("V8", "no_leak", "no id, seed or answer is seen before a look-up shows it", nothing_leaks),)
