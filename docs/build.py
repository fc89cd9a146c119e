"""Writes what is generated in the README: one episode, played now, and the short form of the validity card.

python docs/build.py            # rewrite
python docs/build.py --check    # exit status 1 if something is out of date
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from pathlib import Path

from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.env.env import Env

ROOT = Path(__file__).parent.parent
SHOWN = "cart_building-v0/d3/s7"
RESULTS_SHOWN = 2


def main() -> int:
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    new = between(text, "episode", episode(SHOWN))
    card = ROOT / "docs" / "card.json"
    if card.exists():
        new = between(new, "card", short_card(json.loads(card.read_text(encoding="utf-8"))))
    quick = ROOT / "docs" / "card-quick.json"
    if quick.exists():
        new = between(new, "quick", checks_by_environment(json.loads(quick.read_text(encoding="utf-8"))))
    if "--check" in sys.argv[1:]:
        return int(new != text)
    readme.write_text(new, encoding="utf-8")
    return 0


def between(text: str, name: str, content: str) -> str:
    """Return `text` with `content` between the marks called `name`."""
    pattern = re.compile(rf"(<!-- {name}:[^>]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
    assert pattern.search(text), f"the README has no marks for {name!r}"
    return pattern.sub(lambda m: m[1] + content + m[2], text)


def episode(spec: str, most: int = 10_000) -> str:
    """Return an episode of the expert as text for people; of a result, at most `most` characters."""
    env = Env(embedded())
    env.reset(spec)
    player_named("expert")(env)
    played = env.episode
    lines = [f"{spec}, played by the goal-blind expert (`ecom-rlve play {spec} --watch expert`):", "", "```text"]
    lines += said("customer", played.opening.text)
    for turn in played.turns:
        if turn.action.message:
            lines += said("agent", turn.action.message)
        for call, result in zip(turn.action.calls, turn.results, strict=True):
            lines += said("agent", f"{call.name} {json.dumps(dict(call.args), ensure_ascii=False)}")
            lines += said("shop", textwrap.shorten(short(result.json()), most, placeholder=" …"))
        if turn.action.answer is not None:
            lines += said("agent", "submits")
        if turn.reply is not None and turn.reply.text:
            lines += said("customer", turn.reply.text)
    verdict = played.verdict
    reward = verdict.reward
    outcome = "correct" if verdict.is_correct else verdict.cause
    parts = f"0.75 x {reward.r_task:.2f} + 0.15 x {reward.r_eff:.2f} + 0.10 x {reward.r_hall:.2f}"
    lines += said("verdict", f"{outcome}: reward {reward.total:.2f} = {parts}")
    return "\n".join([*lines, "```", ""])


def said(who: str, text: str) -> list[str]:
    return textwrap.wrap(text, 110, initial_indent=f"{who:>9}  ", subsequent_indent=" " * 11)


def short(value: object) -> str:
    """Return a result with only its first entries, so that a page of cards stays readable."""
    if isinstance(value, dict):
        for name in ("results", "visits"):
            if isinstance(value.get(name), list) and len(value[name]) > RESULTS_SHOWN:
                more = len(value[name]) - RESULTS_SHOWN
                return json.dumps({**value, name: value[name][:RESULTS_SHOWN]}, ensure_ascii=False) + f" … {more} more"
    return json.dumps(value, ensure_ascii=False)


def checks_by_environment(card: dict) -> str:
    """Return what was measured of each law, environment by environment."""
    envs = list(dict.fromkeys(c["env"] for c in card["checks"]))
    shown = {"V1": "oracle perfect", "V2": "expert", "V3": "lazy passes", "V4": "shortcuts pass", "V16": "invalid"}
    lines = ["| environment | " + " | ".join(shown.values()) + " |", "|---|" + "---|" * len(shown)]
    for env in envs:
        first: dict[str, str] = {}
        for c in card["checks"]:
            if c["env"] == env:
                first.setdefault(c["id"], c["measured"] + ("" if c["passed"] else " **(misses its bound)**"))
        lines.append(f"| {env.split('-')[0]} | " + " | ".join(first[id_] for id_ in shown) + " |")
    return "\n".join([*lines, ""])


def short_card(card: dict) -> str:
    """Return pass rates by agent and difficulty, and the checks."""
    cells = card["cells"]
    difficulties = sorted({c["difficulty"] for c in cells})
    lines = ["| passed | " + " | ".join(f"d={d}" for d in difficulties) + " | episodes |"]
    lines.append("|---|" + "---:|" * (len(difficulties) + 1))
    for env, agent in dict.fromkeys((c["env"], c["agent"]) for c in cells):
        row = {c["difficulty"]: c for c in cells if (c["env"], c["agent"]) == (env, agent)}
        shown = [f"{row[d]['correct'] / row[d]['n']:.1%}" for d in difficulties]
        lines.append(
            f"| {env.split('-')[0]}, {agent} | " + " | ".join(shown) + f" | {sum(c['n'] for c in row.values()):,} |"
        )
        if agent == "first_result":
            chance = [f"{row[d]['chance']:.1%}" for d in difficulties]
            lines.append("| *chance of a blind pick* | " + " | ".join(f"*{c}*" for c in chance) + " | |")
    lines += ["", "| | law | measured |", "|---|---|---|"]
    lines += [
        f"| {c['id']} | {c['law']} | {c['measured']}{'' if c['passed'] else ' **BROKEN**'} |" for c in card["checks"]
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
