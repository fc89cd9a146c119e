"""One episode as an MCP server over stdio, so that any assistant can serve the customer. Needs the extra `mcp`.

Knows no assistant. The protocol is the official SDK's; what a call means is the engine's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

import ecom_rlve
from ecom_rlve.adapters.text import brought
from ecom_rlve.core.dialogue import ToolCall
from ecom_rlve.env.env import Env
from ecom_rlve.env.episode import Verdict
from ecom_rlve.env.parse import MESSAGE
from ecom_rlve.env.shell import Step
from ecom_rlve.tools.toolbox import TOOLS

PROMPT: Final = "serve_customer"
_WRITES: Final = {tool.wire_name: tool.writes for tool in TOOLS.values()}
Ended = Callable[[Env], None]
_Context = ServerRequestContext[Any]  # Any: the SDK's, of no use here


class McpEpisode:
    """The live episode of `env` as handlers of the protocol."""

    def __init__(self, env: Env, ended: Ended) -> None:
        """Serve an episode that has just begun.

        Args:
            env: Its shell.
            ended: Called once, when it is over.
        """
        self._env = env
        self._ended = ended
        opening = env.episode.opening
        self._opening = opening.text if opening else ""

    def server(self) -> Server[Any]:
        """Return the protocol's server; its instructions are the rules and the customer's first words."""
        return Server(
            "ecom-rlve",
            version=ecom_rlve.__version__,
            instructions=self._briefing(),
            on_list_tools=self.list_tools,
            on_call_tool=self.call_tool,
            on_list_prompts=self.list_prompts,
            on_get_prompt=self.get_prompt,
        )

    async def list_tools(self, ctx: _Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        """List the tools; `message_user` tells the customer's first words, for clients that show no instructions."""
        return types.ListToolsResult(tools=[self._tool(tool["function"]) for tool in self._env.tools()])

    async def call_tool(self, ctx: _Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        """Play one call; what the shop refuses, and whatever comes after the end, is an error the assistant reads."""
        if self._env.episode.is_over:
            return _content("The episode is over. " + _told(self._env.episode.verdict), is_error=True)
        step = self._env.call(ToolCall(params.name, params.arguments or {}))
        text = brought(step)
        if self._env.episode.is_over:
            self._ended(self._env)
            text = f"{text}\n{_told(self._env.episode.verdict)}"
        return _content(text, is_error=_failed(step))

    async def list_prompts(self, ctx: _Context, params: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
        """List the one prompt there is."""
        prompt = types.Prompt(name=PROMPT, description="The rules of the shop, and what the customer says first.")
        return types.ListPromptsResult(prompts=[prompt])

    async def get_prompt(self, ctx: _Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        """Return the rules and the customer's first words, as a message to begin with."""
        if params.name != PROMPT:
            raise ValueError(f"unknown prompt {params.name[:80]!r}: known is {PROMPT}")
        content = types.TextContent(text=self._briefing())
        return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=content)])

    def _briefing(self) -> str:
        return f"{self._env.system_prompt('native')}\n\nThe customer says: {self._opening}"

    def _tool(self, function: dict[str, Any]) -> types.Tool:  # Any: JSON Schema
        name, description = str(function["name"]), str(function["description"])
        if name == MESSAGE:
            description = f"{description} The customer has said first: {self._opening}"
        return types.Tool(
            name=name,
            description=description,
            input_schema=function["parameters"],
            annotations=types.ToolAnnotations(read_only_hint=not _WRITES.get(name, True), open_world_hint=False),
        )


async def serve(env: Env, ended: Ended) -> None:
    """Serve the live episode of `env` on standard input and output until the client hangs up."""
    server = McpEpisode(env, ended).server()
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _failed(step: Step) -> bool:
    results = step.observation.results
    verdict: Verdict | None = step.info.get("verdict")
    return any(not r.ok for r in results) or (verdict is not None and verdict.end in ("hard_failure", "invalid"))


def _content(text: str, *, is_error: bool) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=text)], is_error=is_error)


def _told(verdict: Verdict | None) -> str:
    """Return how it went, for the person who lets their assistant play."""
    if verdict is None or verdict.reward.total is None:
        return "Invalid: the environment failed, this episode does not count."
    how = "correct" if verdict.is_correct else f"not correct ({verdict.cause})"
    parts = json.dumps({k: getattr(verdict.reward, k) for k in ("r_task", "r_eff", "r_hall")})
    return f"Verdict: {how}, reward {verdict.reward.total:.3f} {parts}"
