"""`ecom-rlve eval`: a suite by any model behind a chat endpoint, or by a built-in agent. A stopped one goes on."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console

from ecom_rlve.agents.model.endpoint import Endpoint, Patience, Prices, Sampling
from ecom_rlve.agents.registry import PLAYERS
from ecom_rlve.apps import options
from ecom_rlve.apps.reporting import REPORT, SUMMARY, write_run_report
from ecom_rlve.apps.standing import Display, score_table
from ecom_rlve.core.errors import SpecError
from ecom_rlve.core.files import write_whole
from ecom_rlve.env.parse import Style
from ecom_rlve.evaluate.eval import Setting, evaluate
from ecom_rlve.evaluate.runs import Outcome
from ecom_rlve.evaluate.submission import figures, write_submission
from ecom_rlve.evaluate.suites import Suite, frontiers, suite_named, suites
from ecom_rlve.evaluate.table import write_table

_MODEL, _SAMPLING, _SERVICE, _VOICE = "Model", "Sampling", "Endpoint", "Customer's voice"


def eval_(
    suite: Annotated[str, typer.Option("--suite", help=f"One of {', '.join(suites())}, or FILE.toml:NAME.")] = "smoke",
    agent: Annotated[str, typer.Option("--agent", help=f"A built-in agent: {', '.join(PLAYERS)}.")] = "",
    endpoint: Annotated[
        str,
        typer.Option("--endpoint", help="OpenAI-compatible, e.g. http://localhost:8000/v1.", rich_help_panel=_MODEL),
    ] = "",
    model: Annotated[str, typer.Option("--model", help="As the server calls it.", rich_help_panel=_MODEL)] = "",
    name: Annotated[
        str, typer.Option("--name", help="What it is called in results; the model's name.", rich_help_panel=_MODEL)
    ] = "",
    style: Annotated[
        str, typer.Option("--style", help="native tool calls, or one json action a turn.", rich_help_panel=_MODEL)
    ] = "native",
    temperature: Annotated[float | None, typer.Option("--temperature", rich_help_panel=_SAMPLING)] = None,
    top_p: Annotated[float | None, typer.Option("--top-p", rich_help_panel=_SAMPLING)] = None,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", min=1, help="Of one reply.", rich_help_panel=_SAMPLING)
    ] = None,
    sample_seed: Annotated[
        int | None, typer.Option("--sample-seed", help="Sent as `seed`, plus the trial.", rich_help_panel=_SAMPLING)
    ] = None,
    extra: Annotated[
        str,
        typer.Option("--extra", help='Further request fields as JSON: {"top_k": 20}.', rich_help_panel=_SAMPLING),
    ] = "",
    concurrency: Annotated[
        int, typer.Option("--concurrency", min=1, help="Requests at once.", rich_help_panel=_SERVICE)
    ] = 16,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1, help="Seconds for one reply.", rich_help_panel=_SERVICE)
    ] = 180,
    attempts: Annotated[int, typer.Option("--attempts", min=1, help="Of one request.", rich_help_panel=_SERVICE)] = 6,
    key_variable: Annotated[
        str,
        typer.Option("--key-variable", help="Environment variable with the key.", rich_help_panel=_SERVICE),
    ] = "OPENAI_API_KEY",
    price_in: Annotated[
        float | None, typer.Option("--price-in", help="USD per million prompt tokens.", rich_help_panel=_SERVICE)
    ] = None,
    price_out: Annotated[
        float | None, typer.Option("--price-out", help="USD per million reply tokens.", rich_help_panel=_SERVICE)
    ] = None,
    voice_endpoint: Annotated[
        str, typer.Option("--voice-endpoint", help="A model words what the customer says.", rich_help_panel=_VOICE)
    ] = "",
    voice_model: Annotated[
        str, typer.Option("--voice-model", help="As its server calls it.", rich_help_panel=_VOICE)
    ] = "",
    env: Annotated[str, typer.Option("--env", help="Only these environments of the suite, with commas.")] = "",
    difficulty: Annotated[str, typer.Option("--difficulty", "-d", help="Instead of the suite's: 0,3 or 0-6.")] = "",
    seeds: Annotated[int, typer.Option("--seeds", min=0, help="Instead of the suite's number of seeds.")] = 0,
    trials: Annotated[int, typer.Option("--trials", min=0, help="Instead of the suite's number of trials.")] = 0,
    ray: Annotated[bool, typer.Option("--ray", help="Play on Ray, on this machine unless --ray-address.")] = False,
    ray_address: Annotated[str, typer.Option("--ray-address", help='A cluster: "auto" or HOST:PORT.')] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Folder; a stopped run goes on there.")] = None,
    preset: options.PresetName = "gated",
    workers: options.Workers = 0,
    size: options.Size = 20_000,
    catalog_seed: options.CatalogSeed = 0,
    catalog: options.CatalogPath = None,
) -> None:
    """Evaluate a model or a built-in agent: pass rates with intervals, pass^k, failure causes, cost, a report.

    Writes results.parquet, summary.json, submission.json, report.html and every trace. Started again with the same
    options, it goes on where it was stopped.
    """
    prices = None if price_in is None and price_out is None else Prices(price_in or 0.0, price_out or 0.0)
    served = None
    if endpoint or model:
        served = Endpoint(
            url=endpoint,
            model=model,
            key_variable=key_variable,
            style=cast("Style", style),
            sampling=Sampling(temperature, top_p, max_tokens, sample_seed, _extra(extra)),
            patience=Patience(seconds=timeout, attempts=attempts),
            concurrency=concurrency,
            prices=prices,
        )
    if bool(agent) == bool(served):
        raise SpecError("give either a built-in --agent, or --endpoint and --model")
    setting = Setting(
        suite=_suite(suite, env, difficulty, seeds, trials),
        agent=agent or name or model,
        shop=options.shop(size, catalog_seed, catalog),
        preset=options.preset(preset),
        endpoint=served,
        voice=Endpoint(url=voice_endpoint, model=voice_model, key_variable=key_variable, concurrency=concurrency)
        if voice_endpoint or voice_model
        else None,
        workers=options.workers(workers),
        ray=ray_address if ray or ray_address else None,
    )
    folder = out or Path("runs") / "eval" / f"{setting.agent.replace('/', '_')}-{setting.suite.name}"
    console = Console()
    with Display(console, setting) as display:
        outcomes = evaluate(setting, folder, display.show)
    _write(folder, setting, outcomes, prices)
    _print(console, setting, outcomes, prices, folder)


def _suite(name: str, env: str, difficulty: str, seeds: int, trials: int) -> Suite:
    suite = suite_named(name)
    if env:
        suite = replace(suite, envs=tuple(options.env_names(env)))
    if difficulty:
        suite = replace(suite, difficulties=tuple(options.numbers(difficulty, "--difficulty")))
    if seeds or trials:
        suite = replace(suite, seeds=seeds or suite.seeds, trials=trials or suite.trials)
    return suite


def _extra(text: str) -> dict[str, Any]:  # Any: whatever a server takes
    try:
        found = json.loads(text or "{}")
    except ValueError as error:
        raise SpecError(f"--extra is a JSON object, got {text!r} ({error})") from None
    if not isinstance(found, dict):
        raise SpecError(f"--extra is a JSON object, got {text!r}")
    return cast("dict[str, Any]", found)


def _write(folder: Path, setting: Setting, outcomes: list[Outcome], prices: Prices | None) -> None:
    write_table(folder / "results.parquet", outcomes, prices)
    summary = {"prices": None if prices is None else asdict(prices), "figures": figures(outcomes)}
    write_whole(folder / SUMMARY, json.dumps(summary, indent=1) + "\n")
    write_submission(folder)
    write_run_report(folder / REPORT, [folder])


def _print(console: Console, setting: Setting, outcomes: list[Outcome], prices: Prices | None, folder: Path) -> None:
    console.print(score_table(outcomes, prices))
    for found in frontiers(setting.played, outcomes):
        reached = "below the first level" if found.d90 is None else f"{found.d90}{' or more' if found.top else ''}"
        console.print(f"d90 of {found.env}: {reached}", highlight=False)
    console.print(f"Traces, results.parquet, summary.json and submission.json are in {folder}", soft_wrap=True)
    console.print(f"The report: {folder / REPORT}", soft_wrap=True)
