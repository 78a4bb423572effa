"""An ensemble of 1,000 members beside single fits: members per second, and memory while it runs.

Measured in a process of its own. Memory is the resident set at its largest during the call, watched by a
thread, over what it was before (everything loaded and compiled), less the members that the call returns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

MEMBERS, STEPS, SINGLES = 1000, 5, 7
#: Members of the first ensemble, which compiles: of groups as large as those of the measured one.
FIRST = 64


def run() -> dict[str, Any]:
    """Measure in a fresh process."""
    done = subprocess.run([sys.executable, __file__], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the table."""
    heading = f"An ensemble of {MEMBERS:,} members on the melanoma screen, {STEPS} steps each"
    return [(heading, ["what", "figure"], [[name, value] for name, value in results.items()])]


class ResidentSet:
    """The largest resident set within a with statement, in MB over that at its start (Linux)."""

    grown = 0.0

    def __enter__(self) -> ResidentSet:
        self._before = self._now()
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._look)
        self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._ended.wait(0.005):
            self.grown = max(self.grown, self._now() - self._before)

    @staticmethod
    def _now() -> float:
        pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _measure() -> dict[str, Any]:
    import jax
    import jax.random as jr
    import numpy as np

    import hybridcell as hc
    from hybridcell.data import as_perturbation_data

    screen = as_perturbation_data(hc.datasets.melanoma())
    model = hc.CellBox.from_data(screen, drug_to_phenotype=True, key=jr.key(0))
    options: dict[str, Any] = {"steps": STEPS, "progress": False}

    def members(n: int) -> Any:
        return hc.fit_ensemble(model, screen, n=n, calibrate=False, key=jr.key(0), **options)

    def cpu(job: Any) -> float:
        start = time.process_time()
        job()
        return time.process_time() - start

    def single() -> Any:
        return hc.fit(model, screen, key=jr.key(0), **options)

    single()
    members(FIRST)
    before = [cpu(single) for _ in range(SINGLES)]
    with ResidentSet() as resident:
        start = time.process_time()
        ensemble = members(MEMBERS)
        each = (time.process_time() - start) / MEMBERS
    singles = float(np.median(before + [cpu(single) for _ in range(SINGLES)]))
    arrays = [leaf for leaf in jax.tree.leaves(ensemble.members) if hasattr(leaf, "nbytes")]
    returned = sum(leaf.nbytes for leaf in arrays) / 1e6
    return {
        "members": MEMBERS,
        "ms, single fit": 1e3 * singles,
        "ms, member": 1e3 * each,
        "throughput over single fits": singles / each,
        "largest memory, MB": resident.grown,
        "members returned, MB": returned,
        "working memory, MB": resident.grown - returned,
    }


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from report import one_thread

    one_thread()
    print(json.dumps(_measure()))
