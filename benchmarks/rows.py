"""A screen of more than a million rows, streamed to the disk and ranked: time and memory, in its own process.

An ensemble of two random networks of 96 nodes, 14 drugs at 16 levels: all singles, pairs and triples.
Run: python benchmarks/rows.py [--drugs 14]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from report import one_thread, write

one_thread()

SCREEN = """
import json, resource, sys, time
import numpy as np
import hybridcell as hc
from hybridcell._core.ensemble import Ensemble
from hybridcell.data import random_network

def network(gain):
    entry = random_network(80, 2, int(sys.argv[2]), density=0.05, gain=gain, seed=0)
    return hc.CellBox(entry.nodes, entry.kinds, entry.weights, epsilon=entry.epsilon, alpha=entry.alpha)

def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9

start = time.process_time()
screen = hc.screen_combinations(
    Ensemble.from_models([network(0.8), network(0.7)]), readout="Y1", doses=16, input_range=-1.5, order=3,
    out=sys.argv[1], progress=False,
)
solved, streamed = time.process_time() - start, memory()
best = screen.top(10, by="bliss")
found = {
    "rows": screen.responses.shape[1],
    "simulations": int(np.prod(screen.responses.shape)),
    "not settled": sum(int(np.isnan(screen.responses[m]).sum()) for m in range(2)),
    "CPU s, screen": solved,
    "CPU s, the ten most synergistic": time.process_time() - start - solved,
    "peak memory while it is streamed, GB": streamed,
    "peak memory with ranking, GB": memory(),
}
assert len(best) == 10
print(json.dumps(found))
"""


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--drugs", type=int, default=14)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "screen.zarr"
        command = [sys.executable, "-c", SCREEN, str(path), str(options.drugs)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1e9
    found = {**json.loads(done.stdout.splitlines()[-1]), "folder, GB": size}
    goals = {
        "rows": "at least 1000000",
        "peak memory while it is streamed, GB": "at most 2",
        "peak memory with ranking, GB": "at most 2",
    }
    rows = [[what, goals.get(what, ""), value] for what, value in found.items()]
    write("rows", found, [("A million rows of a screen", ["what", "goal", "measured"], rows)])


if __name__ == "__main__":
    main()
