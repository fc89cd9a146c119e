"""Writes what is generated in the README: one episode, played now, the short form of the validity card, and the speeds.

python docs/build.py            # rewrite
python docs/build.py --check    # exit status 1 if something is out of date
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
import tomllib
from importlib.resources import files
from pathlib import Path

from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.env.env import Env
from ecom_rlve.evaluate.card.store import code_digest

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
    speed = ROOT / "docs" / "speed.json"
    if speed.exists():
        new = between(new, "speed", speeds(json.loads(speed.read_text(encoding="utf-8"))))
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


def short_card(card: dict) -> str:
    """Return how each law stands in each environment, and how often the goal-blind expert passes by difficulty."""
    envs = list(dict.fromkeys(cell["env"] for cell in card["cells"]))
    laws = tomllib.loads(files("ecom_rlve.evaluate.card").joinpath("laws.toml").read_text(encoding="utf-8"))
    names = [env.rsplit("-v", 1)[0].replace("_", " ") for env in envs]
    lines = [f"Grid `{card['grid']['name']}`, {sum(c['n'] + c['invalid'] for c in card['cells']):,} episodes:", ""]
    if card["code"] != code_digest():
        lines = ["**Of an earlier version of the code**: `make certify` has not been run since.", "", *lines]
    lines += ["| law | " + " | ".join(names) + " |", "|---|" + ":---:|" * len(envs)]
    for id_, law in laws.items():
        marks = [standing([c for c in card["checks"] if c["id"] == id_ and c["env"] in (env, "")]) for env in envs]
        lines.append(f"| {id_} {law['title']} | " + " | ".join(marks) + " |")
    lines += [
        "",
        "*holds* in every case tried; *–*: the environment offers no case; *not measured*: nobody has tried.",
        "",
    ]
    return "\n".join([*lines, *expert_table(card, envs, names), ""])


def standing(checks: list[dict]) -> str:
    """Return how a law stands whose lines on the card these are."""
    if any(check["passed"] is False for check in checks):
        return "**broken**"
    if any(check["passed"] for check in checks):
        return "holds"
    return "–" if checks else "not measured"


def expert_table(card: dict, envs: list[str], names: list[str]) -> list[str]:
    """Return the expert's pass rates at difficulties spread over the grid."""
    levels = card["grid"]["difficulties"]
    shown = [d for d in levels if d in (0, 1, 2, 3, 6, 9, 12, 16, 20)] or levels
    lines = ["| expert passes | " + " | ".join(f"d={d}" for d in shown) + " |", "|---|" + "---:|" * len(shown)]
    for env, name in zip(envs, names, strict=True):
        own = {c["difficulty"]: c for c in card["cells"] if (c["env"], c["agent"]) == (env, "expert")}
        lines.append(f"| {name} | " + " | ".join(f"{own[d]['correct'] / own[d]['n']:.0%}" for d in shown) + " |")
    return lines


def speeds(measured: dict) -> str:
    """Return what resets, steps and verdicts take, sizes side by side, and what the figures are worth."""
    sizes = sorted({s["size"] for s in measured["speeds"]})
    lines = [
        f"Milliseconds (p50) on {' / '.join(f'{size:,}' for size in sizes)} products, one core "
        f"({measured['machine']}, Python {measured['python']}); the rest on {sizes[-1]:,}:",
        "",
        "| environment | d | reset | step | judging | steps/s | oracle episodes/s |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    rows: dict[tuple[str, int], list[dict]] = {}
    for one in sorted(measured["speeds"], key=lambda s: s["size"]):
        rows.setdefault((one["env"].rpartition("-v")[0], one["difficulty"]), []).append(one)
    for (env, d), same in rows.items():
        reset, step = (" / ".join(f"{s[what]['p50']:.2f}" for s in same) for what in ("reset", "step"))
        last = same[-1]
        lines.append(
            f"| {env} | {d} | {reset} | {step} | {last['verdict']['p50']:.2f} "
            f"| {last['step']['rate']:,.0f} | {last['oracle']['rate']:,.0f} |"
        )
    flat = ", ".join(f"{env} {ratio:.2f}" for env, ratio in measured["flatness"].items())
    lines += [
        "",
        f"Slowest size over fastest (at most {measured['flat_within']}): {flat}. `catalog.rerank` of 200 products "
        f"among {measured['rerank_products']:,}: {measured['rerank_p50_ms']:.2f} ms. Resident memory with all sizes "
        f"open: {measured['resident_mib']:.0f} MiB.",
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
