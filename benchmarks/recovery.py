"""Recovery of networks against gold standards, with baselines in the same run.

Parts that are not run keep their results of last time. One thread.
Run: python benchmarks/recovery.py [--parts dream4 doubles gnw hpn lembas melanoma]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from peers.finding import versions
from report import RESULTS, one_thread, write

one_thread()

PARTS = ("dream4", "doubles", "gnw", "hpn", "lembas", "melanoma")


def main() -> None:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parts", nargs="*", default=PARTS, choices=PARTS)
    options = parser.parse_args()
    if not Path(os.environ.get("HYBRIDCELL_DATA", "missing")).is_dir():
        sys.exit("Set HYBRIDCELL_DATA to the folder that holds dream4_insilico, hpn_dream8, ...")
    if find_spec("sklearn") is None and "dream4" in options.parts:
        sys.exit("The random forests need scikit-learn: pip install 'hybridcell[bench]'.")
    last = RESULTS / "recovery.json"
    results = json.loads(last.read_text("utf-8"))["results"] if last.is_file() else {}
    for part in options.parts:
        results[part] = import_module(f"recovery_parts.{part}").run()
    shown = [part for part in PARTS if part in results]
    tables = [t for part in shown for t in import_module(f"recovery_parts.{part}").tables(results[part])]
    write("recovery", results, tables, peers=versions(("scikit-learn",)))


if __name__ == "__main__":
    main()
