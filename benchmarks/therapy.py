"""Combination therapies: scores, plans, schedules, screens, and what was never measured.

Parts that are not run keep their results of last time. One thread.
Run: python benchmarks/therapy.py [--parts synergy optimize ...]
"""

from __future__ import annotations

import argparse
import json
from importlib import import_module

from report import RESULTS, one_thread, write

one_thread()

PARTS = (
    "synergy", "optimize", "schedules", "screen", "dose_extrapolation", "time_extrapolation", "triples",
    "measured_pairs",
)  # fmt: skip


def main() -> None:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parts", nargs="*", default=PARTS, choices=PARTS)
    options = parser.parse_args()
    last = RESULTS / "therapy.json"
    results = json.loads(last.read_text("utf-8"))["results"] if last.is_file() else {}
    for part in options.parts:
        results[part] = import_module(f"therapy_parts.{part}").run()
    shown = [part for part in PARTS if part in results]
    tables = [t for part in shown for t in import_module(f"therapy_parts.{part}").tables(results[part])]
    write("therapy", results, tables)


if __name__ == "__main__":
    main()
