"""`python -m tests.wheel [EXTRA ...]`: builds the wheel and tries it in empty environments, one for each extra.

What an extra needs first (`first` in extras.toml: PyTorch, in the version pinned for a CPU) is installed before it.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONSTRAINTS = {"openenv": "constraints/openenv.txt", "mcp": "constraints/mcp.txt", "trl": "constraints/trl.txt"}


def main() -> int:
    """Try what was asked for, or everything; return 1 if a command failed."""
    wanted = tomllib.loads((Path(__file__).parent / "extras.toml").read_text(encoding="utf-8"))
    names = sys.argv[1:] or list(wanted)
    if unknown := [name for name in names if name not in wanted]:
        print(f"no such extra here: {', '.join(unknown)}; known are {', '.join(wanted)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        wheel = built(Path(folder))
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB", flush=True)
        failed = [name for name in names if not works(wheel, name, wanted[name], Path(folder) / name)]
    print(f"{len(names) - len(failed)} of {len(names)} work", *failed)
    return int(bool(failed))


def built(folder: Path) -> Path:
    """Return the wheel, made from the files of this folder."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def works(wheel: Path, extra: str, wanted: Mapping[str, Sequence[str]], folder: Path) -> bool:
    """Install the wheel with one extra into a fresh environment and run commands there, outside the repository."""
    began = time.monotonic()
    venv.create(folder, with_pip=True)
    bin_, what = folder / "bin", str(wheel) if extra.startswith("(") else f"{wheel}[{extra}]"
    pins = str(ROOT / CONSTRAINTS.get(extra, "constraints.txt"))
    for group in filter(None, (wanted.get("first", ()), (what,))):
        subprocess.run([bin_ / "python", "-m", "pip", "install", "--quiet", "--constraint", pins, *group], check=True)
    places = {"{tmp}": str(folder), "{root}": str(ROOT)}
    for command in wanted["run"]:
        program, *arguments = (re.sub(r"{\w+}", lambda m: places[m[0]], part) for part in shlex.split(command))
        done = subprocess.run([bin_ / program, *arguments], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{extra}: {command} exited with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
            return False
    print(f"{extra}: {len(wanted['run'])} commands, {time.monotonic() - began:.0f} s", flush=True)
    return True


if __name__ == "__main__":
    raise SystemExit(main())
