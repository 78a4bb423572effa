"""Hybrids of mechanism and network: hidden rate laws, distillation, the cost of a residual, the screen.

Parts that are not run keep their results of last time. One thread.
Run: python benchmarks/hybrid.py [--parts laws distillation cost screen]
"""

from __future__ import annotations

from report import one_thread, run_parts

one_thread()

PARTS = ("laws", "distillation", "cost", "screen")

if __name__ == "__main__":
    run_parts("hybrid", "hybrid_parts", PARTS)
