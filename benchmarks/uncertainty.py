"""Intervals, verdicts and designs against what they promise.

Coverage is counted on conditions that the fits have not seen; verdicts and designs are checked where the
truth is known. Parts that are not run keep their results of last time. CPU time, one thread.
Run: python benchmarks/uncertainty.py [--parts prediction boehm dream7 design]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib import import_module
from pathlib import Path

from report import RESULTS, one_thread, write

one_thread()

PARTS = ("prediction", "boehm", "dream7", "design")


def main() -> None:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parts", nargs="*", default=PARTS, choices=PARTS)
    options = parser.parse_args()
    if not Path(os.environ.get("HYBRIDCELL_DATA", "missing")).is_dir():
        sys.exit("Set HYBRIDCELL_DATA to the folder that holds cellbox, petab-benchmark, ...")
    last = RESULTS / "uncertainty.json"
    results = json.loads(last.read_text("utf-8"))["results"] if last.is_file() else {}
    modules = {part: import_module(f"uncertainty_parts.{part}") for part in PARTS}
    for part in options.parts:
        results[part] = modules[part].run()
    tables = [table for part in PARTS if part in results for table in modules[part].tables(results[part])]
    write("uncertainty", results, tables)


if __name__ == "__main__":
    main()
