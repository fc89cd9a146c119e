"""What `ecom-rlve eval` can be told, option by option. Knows how they are worded, not what becomes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ecom_rlve.agents.registry import PLAYERS
from ecom_rlve.evaluate.suites import suites

_MODEL, _SAMPLING, _SERVICE, _VOICE = "Model", "Sampling", "Endpoint", "Customer's voice"

SuiteName = Annotated[str, typer.Option("--suite", help=f"One of {', '.join(suites())}, or FILE.toml:NAME.")]
Agent = Annotated[str, typer.Option("--agent", help=f"A built-in agent: {', '.join(PLAYERS)}.")]
Envs = Annotated[str, typer.Option("--env", help="Only these environments of the suite, with commas.")]
Difficulty = Annotated[str, typer.Option("--difficulty", "-d", help="Instead of the suite's: 0,3 or 0-6.")]
SeedCount = Annotated[int, typer.Option("--seeds", min=0, help="Instead of the suite's number of seeds.")]
Trials = Annotated[int, typer.Option("--trials", min=0, help="Instead of the suite's number of trials.")]
Ray = Annotated[bool, typer.Option("--ray", help="Play on Ray, on this machine unless --ray-address.")]
RayAddress = Annotated[str, typer.Option("--ray-address", help='A cluster: "auto" or HOST:PORT.')]
Out = Annotated[Path | None, typer.Option("--out", help="Folder; a stopped run goes on there.")]

Url = Annotated[
    str, typer.Option("--endpoint", help="OpenAI-compatible, e.g. http://localhost:8000/v1.", rich_help_panel=_MODEL)
]
Model = Annotated[str, typer.Option("--model", help="As the server calls it.", rich_help_panel=_MODEL)]
Name = Annotated[
    str, typer.Option("--name", help="What it is called in results; the model's name.", rich_help_panel=_MODEL)
]
StyleName = Annotated[
    str, typer.Option("--style", help="native tool calls, or one json action a turn.", rich_help_panel=_MODEL)
]

Temperature = Annotated[float | None, typer.Option("--temperature", rich_help_panel=_SAMPLING)]
TopP = Annotated[float | None, typer.Option("--top-p", rich_help_panel=_SAMPLING)]
MaxTokens = Annotated[
    int | None, typer.Option("--max-tokens", min=1, help="Of one reply.", rich_help_panel=_SAMPLING)
]  # fmt: skip
SampleSeed = Annotated[
    int | None, typer.Option("--sample-seed", help="Sent as `seed`, plus the trial.", rich_help_panel=_SAMPLING)
]
Extra = Annotated[
    str, typer.Option("--extra", help='Further request fields as JSON: {"top_k": 20}.', rich_help_panel=_SAMPLING)
]

Concurrency = Annotated[
    int, typer.Option("--concurrency", min=1, help="Requests at once.", rich_help_panel=_SERVICE)
]  # fmt: skip
Timeout = Annotated[float, typer.Option("--timeout", min=1, help="Seconds for one reply.", rich_help_panel=_SERVICE)]
Attempts = Annotated[int, typer.Option("--attempts", min=1, help="Of one request.", rich_help_panel=_SERVICE)]
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
VoiceModel = Annotated[str, typer.Option("--voice-model", help="As its server calls it.", rich_help_panel=_VOICE)]
