"""Combination therapies: scores, plans, schedules, screens, and what was never measured.

Parts that are not run keep their results of last time. One thread.
Run: python benchmarks/therapy.py [--parts synergy optimize ...]
"""

from __future__ import annotations

from report import one_thread, run_parts

one_thread()

PARTS = (
    "synergy", "optimize", "schedules", "screen", "dose_extrapolation", "time_extrapolation", "triples",
    "measured_pairs",
)  # fmt: skip

if __name__ == "__main__":
    run_parts("therapy", "therapy_parts", PARTS, peers=("synergy", "PyTorch"))
