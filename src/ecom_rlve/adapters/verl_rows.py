"""Rows for verl: a Parquet file of numbers. What a row plays, the ledger says when its turn comes.

Knows no verl and no episode, but for evaluation rows, which name theirs.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# (pyarrow ships no types)

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

AGENT = "ecom_rlve"
"""Name of the agent loop, as configs/verl/agent_loop.yaml registers it."""


def write_rows(path: Path, count: int, episodes: Sequence[str] = ()) -> None:
    """Write rows for training, or for evaluation where episodes are named.

    Args:
        path: Of the Parquet file.
        count: Rows for training; each is a group.
        episodes: Names of episodes that evaluation plays, one row each.
    """
    import pyarrow as pa  # noqa: PLC0415 (keeps `import ecom_rlve` light)
    import pyarrow.parquet as pq  # noqa: PLC0415 (as above)

    infos = [{"index": i, "episode": name} for i, name in enumerate(episodes or [""] * count)]
    rows = [
        {
            "data_source": AGENT,
            "agent_name": AGENT,
            "prompt": [{"role": "user", "content": "The episode brings its own words."}],
            "reward_model": {"style": "rule", "ground_truth": ""},
            "extra_info": info,
        }
        for info in infos
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


if __name__ == "__main__":
    write_rows(Path(sys.argv[1]), int(sys.argv[2]))
