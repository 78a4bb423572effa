"""A million cells, from the file to conditions: time and memory of `average_cells`, in a process of its own.

The file is sparse, 1,000,000 cells x 2,000 genes, a twentieth of which are counts; 200 conditions.
Run: python benchmarks/cells.py [--cells 1000000]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from report import one_thread, write

one_thread()

GENES, CONDITIONS, SHARE = 2_000, 200, 0.05
BLOCK = 20_000

READ = """
import json, resource, sys, time
import hybridcell as hc
from hybridcell.data import average_cells
start = time.process_time()
found = average_cells(sys.argv[1], by="perturbation", control="p0", progress=False)
print(json.dumps({
    "conditions": found.n_obs,
    "CPU s": time.process_time() - start,
    "peak memory, GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
}))
"""


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cells", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.h5ad"
        _write(path, options.cells)
        size = path.stat().st_size / 1e9
        done = subprocess.run(
            [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True
        )
    found = {"cells": options.cells, "file, GB": size, **json.loads(done.stdout.splitlines()[-1])}
    goals = {"peak memory, GB": "at most 2"}
    rows = [[what, goals.get(what, ""), value] for what, value in found.items()]
    write("cells", found, [("A million cells to conditions", ["what", "goal", "measured"], rows)])


def _write(path: Path, n: int) -> None:
    """Write the file by hand, block by block: it need not fit into memory here either."""
    import anndata
    import h5py
    import numpy as np
    import pandas as pd
    from scipy import sparse

    rng = np.random.default_rng(0)
    obs = pd.DataFrame({"perturbation": pd.Categorical([f"p{k % CONDITIONS}" for k in range(n)])})
    obs.index = obs.index.map(lambda k: f"c{k}")
    var = pd.DataFrame(index=[f"g{k}" for k in range(GENES)])
    per_cell = int(GENES * SHARE)
    anndata.AnnData(sparse.csr_matrix((n, GENES), dtype=np.float32), obs=obs, var=var).write_h5ad(path)
    with h5py.File(path, "a") as file:
        group = file["X"]
        for name in ("data", "indices", "indptr"):
            del group[name]
        data = group.create_dataset(
            "data", (n * per_cell,), "f4", chunks=(BLOCK * per_cell,), compression="lzf"
        )
        indices = group.create_dataset(
            "indices", (n * per_cell,), "i4", chunks=(BLOCK * per_cell,), compression="lzf"
        )
        group.create_dataset("indptr", data=np.arange(n + 1, dtype=np.int64) * per_cell)
        for first in range(0, n, BLOCK):
            count = min(BLOCK, n - first)
            where = slice(first * per_cell, (first + count) * per_cell)
            data[where] = rng.integers(1, 9, count * per_cell)
            steps = rng.integers(1, GENES // per_cell, (count, per_cell), endpoint=True)
            indices[where] = (np.cumsum(steps, axis=1) - 1).ravel()


if __name__ == "__main__":
    main()
