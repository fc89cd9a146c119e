"""Demonstrations for supervised fine-tuning: solved episodes as chat messages with tool calls.

`ecom-rlve export` writes whole data sets, train and validation apart, and never plays an evaluation seed.

python examples/08_demonstrations.py
"""

import json
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from ecom_rlve.agents.registry import player_named
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.core.seeds import training_seeds
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.training.demonstrations import demonstration, row

TRIED = 12


def main() -> None:
    shop, kept = embedded(2_000), 0
    with TemporaryDirectory() as folder:
        file = Path(folder) / "train.jsonl"
        with file.open("w", encoding="utf-8") as lines:
            for seed in islice(training_seeds(), TRIED):
                spec = EpisodeSpec("returns-v0", 2, seed)
                shown = demonstration(shop, spec, "expert", player_named("expert"), "native")
                if shown is not None:  # what was not solved is no example
                    lines.write(json.dumps(row(shown)) + "\n")
                    kept += 1
        first = json.loads(file.read_text(encoding="utf-8").splitlines()[0])
    print(f"{kept} of {TRIED} solved and kept; the first, {first['episode']}, reward {first['reward']:.2f}:")
    for message in first["messages"][1:]:
        calls = [call["function"]["name"] for call in message["tool_calls"] or []]
        print(f"{message['role']:>10}  {(message['content'] or ', '.join(calls))[:100]}")


if __name__ == "__main__":
    main()
