"""What the agent is told: the system prompt, and the tools as each surface wants them. All of it from the schemas."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.dialogue import dumps
from ecom_rlve.env.answers import answer_model
from ecom_rlve.env.episode import Episode
from ecom_rlve.env.parse import MESSAGE, SUBMIT, Style
from ecom_rlve.tasks.task import Task
from ecom_rlve.tools.toolbox import TOOLS

AnyTask = Task[Any, Any]
_JSON_RULES = """\
Answer every time with one JSON object and nothing else:
{"assistant_message": "what you say to the customer, may be empty", "tool_calls": [{"name": "...", "args": {...}}], \
"answer": null}
Tools run first. Then, if "answer" is null, the customer replies to your message; an empty message gets no reply. \
To finish, set "answer" to """
_NATIVE_RULES = f"""\
Work by tool calls. `{MESSAGE}` says something to the customer and brings their reply; `{SUBMIT}` finishes the job."""


def system_prompt(task: AnyTask, episode: Episode, style: Style = "json") -> str:
    """Return the rules of this episode as the agent reads them; nothing in it depends on the goal."""
    budget = (
        f"You have {episode.max_turns} turns, with at most {episode.difficulty.B_tool} tool "
        f"call{'s' if episode.difficulty.B_tool > 1 else ''} in each."
    )
    parts = [
        "You are the assistant of an online shop and serve one customer.",
        task.instructions,
        "Use only ids that the shop has shown you; never make one up. Ask the customer about what they want; they "
        "know no ids.",
        _house_rules(episode.world.catalog),
    ]
    if style == "native":
        return "\n\n".join([*parts, f"{_NATIVE_RULES} {budget}"])
    return "\n\n".join(
        [*parts, f"{_JSON_RULES}{_answer_example(task.answer_type)}. {budget}", f"Tools:\n{_tools_text()}"]
    )


@cache  # schemas are made anew at every call, and they never change
def _tools_text() -> str:
    return "\n".join(dumps({"name": t.name, "description": t.description, "args": t.schema()}) for t in TOOLS.values())


def native_tools(task: AnyTask) -> list[dict[str, Any]]:  # Any: JSON Schema
    """Return all tools as OpenAI functions, with the two that stand for message and answer."""
    return json.loads(_native_text(task.answer_type))


@cache
def _native_text(answer_type: type) -> str:
    message = {
        "type": "object",
        "properties": {"text": {"type": "string", "description": "What to say."}},
        "required": ["text"],
    }
    submit = answer_model(answer_type).model_json_schema()
    submit.pop("title", None)
    extra = (
        (MESSAGE, "Say something to the customer and get their reply.", message),
        (SUBMIT, "Finish the job: hand in the answer.", submit),
    )
    functions = [{"name": name, "description": text, "parameters": schema} for name, text, schema in extra]
    return dumps([*(t.openai() for t in TOOLS.values()), *({"type": "function", "function": f} for f in functions)])


def _house_rules(catalog: Catalog) -> str:
    denied = ", ".join(leaf.plural for leaf in catalog.taxonomy.leaves.values() if leaf.denied)
    return (
        f"House rule: never sell or recommend {denied}."
        if denied
        else "House rule: sell nothing the shop does not list."
    )


@cache
def _answer_example(answer_type: type) -> str:
    schema = answer_model(answer_type).model_json_schema()
    fields = {
        name: f"<{f.get('description', f.get('type', 'value'))}>" for name, f in schema.get("properties", {}).items()
    }
    return dumps({**fields, "done": True})
