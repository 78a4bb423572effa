"""Run every benchmark, or those named: python benchmarks/run.py [melanoma networks ...].

Says first which peers there are, and at the end which goals are reached and what got worse since the last
committed run.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from peers.finding import ABSENT, PEERS, VARIABLE, versions

HERE = Path(__file__).parent
#: Files here that measure nothing.
HELPERS = ("goals", "overview", "regressions", "report", "run", "timing")
NAMES = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in HELPERS)


def peers_found() -> str:
    """Return which peers are installed, and how to bring in the others."""
    found = versions(list(PEERS))
    said = "Peers: " + ", ".join(f"{peer} {version}" for peer, version in found.items()) + "."
    if ABSENT in found.values():
        said += f" {VARIABLE}=PYTHON[:PYTHON...] names interpreters that have what is missing here."
    return said


def main(names: list[str]) -> int:
    """Run benchmarks one after the other, each in a process of its own; return how many failed."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there are: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    print(peers_found(), flush=True)
    failed = []
    for name in names or NAMES:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, str(HERE / f"{name}.py")], check=False).returncode:
            failed.append(name)
    for script in ("overview.py", "regressions.py"):
        subprocess.run([sys.executable, str(HERE / script)], check=True)
    print("All goals: docs/reference/benchmarks.md")
    if failed:
        print(f"These failed, and keep the results of their last run: {', '.join(failed)}.", file=sys.stderr)
    return min(len(failed), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
