"""What `import hybridcell` costs beside the JAX stack that it stands on, in fresh processes that take turns.

CPU seconds. Other work on the machine makes an import slower, never faster: the fastest of each counts.
Run: python benchmarks/imports.py [--turns 10]
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from report import write

IMPORTS = {"jax, diffrax and optax": "import jax, diffrax, optax", "hybridcell": "import hybridcell"}


def seconds(code: str) -> float:
    """Return the CPU seconds of an import."""
    timed = f"import time\nstart = time.process_time()\n{code}\nprint(time.process_time() - start)"
    done = subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=10)
    options = parser.parse_args()
    for code in IMPORTS.values():
        seconds(code)  # writes the byte code
    turns = [[seconds(code) for code in IMPORTS.values()] for _ in range(options.turns)]
    stack, ours = (min(column) for column in zip(*turns, strict=True))
    found = {**dict(zip(IMPORTS, (stack, ours), strict=True)), "ratio": ours / stack}
    goals = {"ratio": "at most 1.3"}
    rows = [[what, goals.get(what, ""), value] for what, value in found.items()]
    write("imports", found, [("Imports, CPU s", ["what", "goal", "measured"], rows)])


if __name__ == "__main__":
    main()
