"""Intervals, verdicts and designs against what they promise.

Coverage is counted on conditions that the fits have not seen; verdicts and designs are checked where the
truth is known. Parts that are not run keep their results of last time. CPU time, one thread.
Run: python benchmarks/uncertainty.py [--parts prediction boehm dream7 design]
"""

from __future__ import annotations

from report import one_thread, run_parts

one_thread()

PARTS = ("prediction", "boehm", "dream7", "design")

if __name__ == "__main__":
    run_parts("uncertainty", "uncertainty_parts", PARTS)
