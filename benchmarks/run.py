"""Run every benchmark, or those named: python benchmarks/run.py [--studies] [melanoma networks ...].

Says first which peers there are, and at the end which goals are reached and what got worse since the last
committed run. Studies repeat fits by the hundred, to count how often something comes out: hours, for which
they are left to `--studies`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from peers.finding import ABSENT, PEERS, VARIABLE, versions

HERE = Path(__file__).parent
#: Files here that measure nothing.
HELPERS = ("goals", "overview", "regressions", "report", "run", "timing")
NAMES = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in HELPERS)
#: Of benchmarks that have studies among their parts: the others, and those.
PARTS = {
    "hybrid": (("cost", "screen"), ("laws", "distillation")),
    "petab": (("speed", "first", "accuracy", "starts"), ("fits", "random")),
    "sbml": (("suite", "speed", "accuracy"), ("biomodels",)),
    "uncertainty": ((), ("prediction", "boehm", "dream7", "design")),
}


def peers_found() -> str:
    """Return which peers are installed, and how to bring in the others."""
    found = versions(list(PEERS))
    said = "Peers: " + ", ".join(f"{peer} {version}" for peer, version in found.items()) + "."
    if ABSENT in found.values():
        said += f" {VARIABLE}=PYTHON[:PYTHON...] names interpreters that have what is missing here."
    return said


def jobs(names: list[str], *, studies: bool) -> list[tuple[str, list[str]]]:
    """Return the benchmarks to run, each with its arguments."""
    found = []
    for name in names or NAMES:
        if name in PARTS:
            parts = PARTS[name][int(studies)]
            found += [(name, ["--parts", *parts])] if parts else []
        elif not studies:
            found.append((name, []))
    return found


def main(arguments: list[str]) -> int:
    """Run benchmarks one after the other, each in a process of its own; return whether any failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--studies", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there are: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    print(peers_found(), flush=True)
    failed = []
    for name, further in jobs(options.names, studies=options.studies):
        print(f"== {name}", flush=True)
        began = time.monotonic()
        if subprocess.run([sys.executable, str(HERE / f"{name}.py"), *further], check=False).returncode:
            failed.append(name)
        print(f"{name}: {(time.monotonic() - began) / 60:.1f} minutes", flush=True)
    for script in ("overview.py", "regressions.py"):
        subprocess.run([sys.executable, str(HERE / script)], check=True)
    print("All goals: docs/reference/benchmarks.md")
    if failed:
        print(f"These failed, and keep the results of their last run: {', '.join(failed)}.", file=sys.stderr)
    return min(len(failed), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
