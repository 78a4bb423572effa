"""Recovery of networks against gold standards, with baselines in the same run.

Parts that are not run keep their results of last time. One thread.
Run: python benchmarks/recovery.py [--parts dream4 doubles gnw hpn lembas melanoma evidence]
"""

from __future__ import annotations

from report import one_thread, run_parts

one_thread()

PARTS = ("dream4", "doubles", "gnw", "hpn", "lembas", "melanoma", "evidence")

if __name__ == "__main__":
    run_parts("recovery", "recovery_parts", PARTS, peers=("scikit-learn",))
