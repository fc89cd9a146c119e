"""`ecom-rlve eval`: a suite by any model behind a chat endpoint, or by a built-in agent. A stopped one goes on."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

from rich.console import Console

from ecom_rlve.agents.model.endpoint import Endpoint, Patience, Prices, Sampling
from ecom_rlve.apps import offered, options
from ecom_rlve.apps.reporting import REPORT, SUMMARY, write_run_report
from ecom_rlve.apps.standing import Display, score_table
from ecom_rlve.core.errors import EcomRlveError, SpecError
from ecom_rlve.core.files import write_whole
from ecom_rlve.env.parse import Style
from ecom_rlve.evaluate.eval import evaluate
from ecom_rlve.evaluate.runs import Outcome
from ecom_rlve.evaluate.setting import Setting
from ecom_rlve.evaluate.submission import figures, write_submission
from ecom_rlve.evaluate.suites import Suite, frontiers, suite_named
from ecom_rlve.evaluate.table import write_table


def eval_(
    suite: offered.SuiteName = "smoke",
    agent: offered.Agent = "",
    endpoint: offered.Url = "",
    model: offered.Model = "",
    name: offered.Name = "",
    style: offered.StyleName = "native",
    temperature: offered.Temperature = None,
    top_p: offered.TopP = None,
    max_tokens: offered.MaxTokens = None,
    sample_seed: offered.SampleSeed = None,
    extra: offered.Extra = "",
    concurrency: offered.Concurrency = 16,
    timeout: offered.Timeout = 180,
    attempts: offered.Attempts = 6,
    key_variable: offered.KeyVariable = "OPENAI_API_KEY",
    price_in: offered.PriceIn = None,
    price_out: offered.PriceOut = None,
    voice_endpoint: offered.VoiceUrl = "",
    voice_model: offered.VoiceModel = "",
    env: offered.Envs = "",
    difficulty: offered.Difficulty = "",
    seeds: offered.SeedCount = 0,
    trials: offered.Trials = 0,
    ray: offered.Ray = False,
    ray_address: offered.RayAddress = "",
    out: offered.Out = None,
    preset: options.PresetName = "gated",
    workers: options.Workers = 0,
    size: options.Size = 20_000,
    catalog_seed: options.CatalogSeed = 0,
    catalog: options.CatalogPath = None,
) -> None:
    """Evaluate a model or a built-in agent: pass rates with intervals, pass^k, failure causes, cost, a report.

    Writes results.parquet, summary.json, submission.json, report.html, all traces. A stopped one goes on.
    """
    chosen = _suite(suite, env, difficulty, seeds, trials)
    shop, rewards, count = options.shop(size, catalog_seed, catalog), options.preset(preset), options.workers(workers)
    prices = None if price_in is None and price_out is None else Prices(price_in or 0.0, price_out or 0.0)
    sampling = Sampling(temperature, top_p, max_tokens, sample_seed, _extra(extra))
    patience, written = Patience(timeout, attempts), cast("Style", style)
    at = _at(endpoint, model, key_variable, written, sampling, patience, concurrency, prices)
    voice = _at(voice_endpoint, voice_model, key_variable, "native", Sampling(), Patience(), concurrency, None)
    where = ray_address if ray or ray_address else None
    _run(Setting(chosen, _called(agent, name or model, at), shop, rewards, at, voice, count, where), out)


def _at(
    url: str,
    model: str,
    key: str,
    style: Style,
    sampling: Sampling,
    patience: Patience,
    concurrency: int,
    prices: Prices | None,
) -> Endpoint | None:
    """Return the endpoint, if one is named at all."""
    return Endpoint(url, model, key, style, sampling, patience, concurrency, prices) if url or model else None


def _called(agent: str, name: str, at: Endpoint | None) -> str:
    if bool(agent) == bool(at):
        raise SpecError("give either a built-in --agent, or --endpoint and --model")
    return agent or name


def _run(setting: Setting, out: Path | None) -> None:
    prices = setting.endpoint.prices if setting.endpoint else None
    folder = out or Path("runs") / "eval" / f"{setting.agent.replace('/', '_')}-{setting.suite.name}"
    console = Console()
    with Display(console, setting) as display:
        outcomes = evaluate(setting, folder, display.show)
    _write(folder, setting, outcomes, prices)
    _print(console, setting, outcomes, prices, folder)
    if outcomes and all(outcome.reward is None for outcome in outcomes):
        raise EcomRlveError(f"no trial could be judged; the last: {outcomes[-1].detail}")


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
