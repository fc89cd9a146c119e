"""The commands of the small reproduction: `python -m examples.reproduce show | sft | dapo ARM | evaluate | plots`.

Knows how the parts fit together, and nothing else. `make reproduce` calls them one after another.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from examples.reproduce import dapo, data, sft
from examples.reproduce.evaluate import evaluated
from examples.reproduce.model import Size, load_model, new_model
from examples.reproduce.rollout import Limits, Players
from examples.reproduce.terse import Terseness
from tokenizers import Tokenizer

from ecom_rlve.catalog.catalog import Catalog, embedded
from ecom_rlve.core.rng import stream
from ecom_rlve.curriculum.curriculum import Curriculum

OPTIONS = Path(__file__).with_name("options.toml")
Out = Annotated[Path, typer.Option(help="Where everything goes.")]
Seed = Annotated[int, typer.Option(help="Of weights, batches and dice.")]
RUNS = Path("runs/reproduce")
TOKENIZER, START = "tokenizer.json", "start"
app = typer.Typer(help="A tiny Qwen3 learns to fill carts, on a CPU.", no_args_is_help=True)


def options() -> dict[str, Any]:  # Any: TOML
    """Return what can be set."""
    return tomllib.loads(OPTIONS.read_text(encoding="utf-8"))


@app.command()
def show(out: Out = RUNS) -> None:
    """Write demonstrations, a file for each difficulty."""
    shop = options()["shop"]
    out.mkdir(parents=True, exist_ok=True)
    for difficulty, count in enumerate(options()["demonstrations"]["counts"]):
        path = _demonstrations(out, difficulty)
        found = data.demonstrations(_catalog(), Terseness(shop["cards"]), difficulty, count)
        data.save(path.with_suffix(".growing"), found)
        path.with_suffix(".growing").replace(path)
        typer.echo(f"d = {difficulty}: demonstrations of {count} episodes in {path}")


@app.command(name="sft")
def start(
    out: Out = RUNS,
    seed: Seed = 0,
    stage: Annotated[int, typer.Option(help="The first to be done; those before it were done already.")] = 1,
) -> None:
    """Train the tokenizer, then the model from random weights, on the demonstrations."""
    torch.set_num_threads(1)
    stages = [sft.Recipe(**recipe) for recipe in options()["sft"]]
    levels = [data.load(_demonstrations(out, d)) for d in range(max(r.top for r in stages) + 1)]
    tokenizer = _tokenizer(out, levels) if stage == 1 else Tokenizer.from_file(str(out / TOKENIZER))
    model = new_model(Size(**options()["model"]), tokenizer.get_vocab_size(), seed)
    model = model if stage == 1 else load_model(out / f"sft-{stage - 1}")
    examples = [[data.encoded(tokenizer, pieces) for pieces in level] for level in levels]
    for number, recipe in list(enumerate(stages, start=1))[stage - 1 :]:
        dice = stream(seed, "sft", *range(1, number))
        sft.train(model, examples, recipe, dice, out / f"sft-{number}.jsonl", out / f"sft-{number}")
    model.save_pretrained(out / START)


@app.command(name="dapo")
def arm(
    name: str,
    out: Out = RUNS,
    seed: Seed = 0,
    steps: Annotated[int | None, typer.Option(help="Instead of those in options.toml.")] = None,
) -> None:
    """Train the start with DAPO under the curriculum `name` out of options.toml."""
    torch.set_num_threads(1)
    rule, low, high = options()["arms"][name]
    curriculum = Curriculum.begin(["cart_building"], rule, (low, high))
    recipe = dapo.Recipe(**options()["dapo"] | ({"steps": steps} if steps else {}))
    dapo.train(load_model(out / START), _players(out), curriculum, recipe, seed, out / f"{name}-{seed}")


@app.command()
def evaluate(
    models: Annotated[list[str], typer.Argument(help="Folders below --out: start, rlve-0/model …")],
    out: Out = RUNS,
    temperature: Annotated[float, typer.Option(help="1: as in training; 0: always the likeliest token.")] = 1.0,
) -> None:
    """Play held-out episodes, and add the results to evaluation.jsonl."""
    torch.set_num_threads(1)
    players, asked = _players(out), options()["evaluation"]
    for name in models:
        model = load_model(out / name)
        for difficulty in asked["levels"]:
            result = evaluated(model, players, difficulty, asked["episodes"], temperature)
            with (out / "evaluation.jsonl").open("a", encoding="utf-8", newline="\n") as lines:
                lines.write(json.dumps({"model": name} | result) + "\n")
            typer.echo(f"{name}, d = {difficulty}: {result['rate']:.3f} {result['interval']}")


@app.command()
def plots(
    out: Out = RUNS,
    temperature: Annotated[float, typer.Option(help="Of the evaluation that is drawn.")] = 1.0,
) -> None:
    """Draw the held-out evaluation."""
    from examples.reproduce.plots import causes, pass_rates, read  # noqa: PLC0415 (needs Matplotlib, nothing else does)

    results = read(out / "evaluation.jsonl", temperature)
    pass_rates(results, out / "evaluation.svg")
    causes(results, out / "causes.svg")
    typer.echo(f"{out / 'evaluation.svg'}, {out / 'causes.svg'}")


def _tokenizer(out: Path, levels: Sequence[Sequence[Sequence[data.Piece]]]) -> Tokenizer:
    texts = (text for level in levels for pieces in level for _, text in pieces)
    tokenizer = data.trained_tokenizer(texts, options()["demonstrations"]["vocabulary"])
    tokenizer.save(str(out / TOKENIZER))
    return tokenizer


def _demonstrations(out: Path, difficulty: int) -> Path:
    return out / f"demos-d{difficulty}.jsonl"


def _catalog() -> Catalog:
    return embedded(options()["shop"]["products"])


def _players(out: Path) -> Players:
    tokenizer = Tokenizer.from_file(str(out / TOKENIZER))
    limits = Limits(**options()["limits"])
    return Players(_catalog(), Terseness(options()["shop"]["cards"]), tokenizer, limits)


if __name__ == "__main__":
    app()
