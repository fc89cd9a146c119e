"""Evaluate two agents on the same suite: pass rates with intervals, causes, and whether the difference is noise.

A run is a folder: killed, it goes on where it was. `ecom-rlve eval` does the same with a report, and for models.

python examples/06_evaluate_and_compare.py
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from ecom_rlve.evaluate.compare import compare
from ecom_rlve.evaluate.eval import evaluate
from ecom_rlve.evaluate.runs import Outcome, Shop
from ecom_rlve.evaluate.scores import score
from ecom_rlve.evaluate.setting import Setting
from ecom_rlve.evaluate.suites import Suite

SUITE = Suite("mine", "two environments", (0, 3), 20, envs=("cart_building-v0", "order_tracking-v0"))


def played(agent: str, folder: Path) -> list[Outcome]:
    """Return what came of the suite."""
    return evaluate(Setting(SUITE, agent, Shop(size=2_000)), folder / agent)


def main() -> None:
    with TemporaryDirectory() as folder:
        expert, first = (played(agent, Path(folder)) for agent in ("expert", "first_result"))
    for outcomes in (expert, first):
        scores = score(outcomes)
        passed = scores.passed
        assert passed.value is not None, "every episode was invalid"
        print(f"{outcomes[0].agent:>12}: {passed.value:.0%} ({passed.low:.0%} to {passed.high:.0%}) of {scores.n}")
        print(f"{'':>12}  fails by {dict(list(scores.causes.items())[:3])}")
    for row in compare(expert, first):
        where = f"{row.env or 'all'}{f'/d{row.difficulty}' if row.difficulty >= 0 else ''}"
        print(f"{where:>24}: {row.passed.difference.value:+.0%}, p = {row.passed.p:.3g}")


if __name__ == "__main__":
    main()
