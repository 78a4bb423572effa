"""Stiff kinetics by each solver at the same tolerances: alone, in a batch, large, and at first.

CPU time on one thread, medians; all take turns. Parts that are not run keep their results of last time.
Run: python benchmarks/solvers.py [--parts cascade batch large first]
"""

from __future__ import annotations

from report import one_thread, run_parts

one_thread()

PARTS = ("cascade", "batch", "large", "first")

if __name__ == "__main__":
    run_parts("solvers", "solvers_parts", PARTS, peers=("libRoadRunner", "COPASI", "SciPy", "CasADi"))
