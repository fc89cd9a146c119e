"""`python -m tests.mutation [FOLDER]`: mutates every verifier and keeps what came of it as a section of the card.

Exit status 1 if a mutant survives that `survivors.toml` does not explain, or an explanation is out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.mutation.run import Fate, Target, explained, fates, targets

from ecom_rlve.evaluate.card import Check, put_section

LAW = "every mutant of a verifier is noticed, or shown to be equivalent"


def main() -> int:
    """Run everything, print what survives, write the section."""
    found: list[tuple[Target, list[Fate]]] = []
    for target in targets():
        mine = list(fates(target))
        found.append((target, mine))
        noticed = sum(bool(fate.killer) for fate in mine)
        print(f"{target.module}: {noticed} of {len(mine)} noticed", flush=True)
    data, check = section(found)
    put_section(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/certify"), "mutation", data, [check])
    print(check.measured, *check.broken, sep="\n")
    return int(not check.passed)


def section(found: Sequence[tuple[Target, Sequence[Fate]]]) -> tuple[dict, Check]:
    """Return the card's section and its line, from what became of all mutants."""
    why = explained()
    alive = [fate.mutant for _, mine in found for fate in mine if not fate.killer]
    unexplained = [mutant.name for mutant in alive if mutant.name not in why]
    stale = sorted(set(why) - {mutant.name for mutant in alive})
    total = sum(len(mine) for _, mine in found)
    data = {
        "mutants": total,
        "noticed": total - len(alive),
        "explained": len(alive) - len(unexplained),
        "modules": [
            {
                "module": target.module,
                "functions": list(target.functions),
                "mutants": len(mine),
                "noticed": sum(bool(fate.killer) for fate in mine),
            }
            for target, mine in found
        ],
        "survivors": [
            {"where": f"{m.module}:{m.function}", "line": m.line, "change": m.change, "why": why.get(m.name)}
            for m in alive
        ],
    }
    measured = f"{total - len(alive):,} of {total:,} noticed, {len(alive) - len(unexplained)} shown to be equivalent"
    broken = (*unexplained, *(f"explained, but noticed or gone: {name}" for name in stale))
    return data, Check("V11", LAW, "", not broken, measured, broken)


if __name__ == "__main__":
    sys.exit(main())
