"""What `ecom-rlve eval` can be told, option by option. Knows how they are worded, not what becomes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ecom_rlve.agents.registry import PLAYERS
from ecom_rlve.apps import completion
from ecom_rlve.evaluate.suites import suites

_MODEL, _SAMPLING, _SERVICE, _VOICE = "Model", "Sampling", "Endpoint", "Customer's voice"

SuiteName = Annotated[
    str,
    typer.Option(
        "--suite", help=f"One of {', '.join(suites())}, or FILE.toml:NAME.", autocompletion=completion.suite_names
    ),
]
Agent = Annotated[
    str, typer.Option("--agent", help=f"A built-in agent: {', '.join(PLAYERS)}.", autocompletion=completion.agents)
]
Envs = Annotated[
    str,
    typer.Option(
        "--env",
        help="Only these environments of the suite, several with commas.",
        autocompletion=completion.environments,
    ),
]
Difficulty = Annotated[
    str, typer.Option("--difficulty", "-d", help="A number, a range or a list instead of the suite's: 3, 0-6, 0,3,9.")
]
SeedCount = Annotated[
    int, typer.Option("--seeds", min=0, show_default=False, help="Seeds instead of the suite's number of them.")
]
Trials = Annotated[
    int,
    typer.Option("--trials", min=0, show_default=False, help="Trials of a task instead of the suite's number of them."),
]
Ray = Annotated[bool, typer.Option("--ray", help="Play on Ray, on this machine unless --ray-address.")]
RayAddress = Annotated[str, typer.Option("--ray-address", help='A cluster: "auto" or HOST:PORT.')]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Folder; a stopped run goes on there.", show_default="runs/eval/AGENT-SUITE"),
]

Url = Annotated[
    str, typer.Option("--endpoint", help="OpenAI-compatible, e.g. http://localhost:8000/v1.", rich_help_panel=_MODEL)
]
Model = Annotated[str, typer.Option("--model", help="The model, as its server calls it.", rich_help_panel=_MODEL)]
Name = Annotated[
    str,
    typer.Option(
        "--name", help="What it is called in results.", show_default="the model's name", rich_help_panel=_MODEL
    ),
]
StyleName = Annotated[
    str, typer.Option("--style", help="native tool calls, or one json action a turn.", rich_help_panel=_MODEL)
]

Temperature = Annotated[
    float | None,
    typer.Option(
        "--temperature", help="0 takes the likeliest token.", show_default="the server's", rich_help_panel=_SAMPLING
    ),
]
TopP = Annotated[
    float | None,
    typer.Option(
        "--top-p",
        help="Share of likeliest tokens, above 0 up to 1.",
        show_default="the server's",
        rich_help_panel=_SAMPLING,
    ),
]
MaxTokens = Annotated[
    int | None,
    typer.Option(
        "--max-tokens",
        min=1,
        help="Tokens of one reply at most.",
        show_default="the server's",
        rich_help_panel=_SAMPLING,
    ),
]
SampleSeed = Annotated[
    int | None,
    typer.Option("--sample-seed", help="Sent as `seed`, plus the number of the trial.", rich_help_panel=_SAMPLING),
]
Extra = Annotated[
    str, typer.Option("--extra", help='Further request fields as JSON: {"top_k": 20}.', rich_help_panel=_SAMPLING)
]

Concurrency = Annotated[
    int, typer.Option("--concurrency", min=1, help="Requests at once.", rich_help_panel=_SERVICE)
]  # fmt: skip
Timeout = Annotated[float, typer.Option("--timeout", min=1, help="Seconds for one reply.", rich_help_panel=_SERVICE)]
Attempts = Annotated[
    int,
    typer.Option(
        "--attempts", min=1, help="Tries of one request before it counts as failed.", rich_help_panel=_SERVICE
    ),
]
KeyVariable = Annotated[
    str, typer.Option("--key-variable", help="Environment variable with the key.", rich_help_panel=_SERVICE)
]
PriceIn = Annotated[
    float | None, typer.Option("--price-in", help="USD per million prompt tokens.", rich_help_panel=_SERVICE)
]
PriceOut = Annotated[
    float | None, typer.Option("--price-out", help="USD per million reply tokens.", rich_help_panel=_SERVICE)
]

VoiceUrl = Annotated[
    str, typer.Option("--voice-endpoint", help="A model words what the customer says.", rich_help_panel=_VOICE)
]
VoiceModel = Annotated[
    str, typer.Option("--voice-model", help="That model, as its server calls it.", rich_help_panel=_VOICE)
]
