"""Benchmarks are scripts that import one another from their folder."""

import sys
from pathlib import Path

FOLDER = str(Path(__file__).resolve().parents[2] / "benchmarks")
# at the end, so that no script takes the place of an installed package
if FOLDER not in sys.path:
    sys.path.append(FOLDER)
