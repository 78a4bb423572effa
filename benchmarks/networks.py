"""Speed and soundness of network training: gradients beside PyTorch, fits, a large ensemble, restarts.

Ratios are taken in one run, of CPU seconds on one thread, medians over rounds in which all take turns.
Parts that are not run keep their results of last time.
Run: python benchmarks/networks.py [--parts gradient training restarts ensemble]
"""

from __future__ import annotations

from report import one_thread, run_parts

one_thread()

PARTS = ("gradient", "training", "restarts", "ensemble")

if __name__ == "__main__":
    run_parts("networks", "networks_parts", PARTS, peers=("PyTorch",))
