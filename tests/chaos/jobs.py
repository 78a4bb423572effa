"""The jobs that are killed: each goes on where it was, and says what it did and what came out.

Run by `tests.chaos.driver`: python -m tests.chaos.jobs JOB FOLDER. Lines of standard output: "begin" when
imports are done, "work" for each piece of work done, "end DIGEST".
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def _counted(module: Any, name: str) -> None:
    """Say "work" after each call of a function."""
    function = getattr(module, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        found = function(*args, **kwargs)
        print("work", flush=True)
        return found

    setattr(module, name, call)


def _digest(tree: Any) -> str:
    import equinox as eqx
    import jax

    digest = hashlib.sha256()
    for leaf in jax.tree.leaves(eqx.filter(tree, eqx.is_array_like)):
        array = np.ascontiguousarray(leaf)
        digest.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def _network() -> Any:
    from hybridcell.data import random_network, simulate_screen

    entry = random_network(24, 2, 6, density=0.2, gain=0.8, seed=1)
    return entry, simulate_screen(entry, seed=1)


def fit(folder: Path) -> str:
    """One network, 1,200 steps, a checkpoint every 20."""
    import jax.random as jr

    import hybridcell as hc
    from hybridcell.fit import trainer

    _counted(trainer, "run_blocks")
    screen = _network()[1]
    model = hc.CellBox.from_data(screen, key=jr.key(0))
    found = hc.fit(model, screen, steps=1200, checkpoint=folder / "fit.npz", progress=False, key=jr.key(1))
    return _digest(found.model)


def fit_ensemble(folder: Path) -> str:
    """Eight networks in one program."""
    import jax.random as jr

    import hybridcell as hc
    from hybridcell.fit import trainer

    _counted(trainer, "run_blocks")
    screen = _network()[1]
    model = hc.CellBox.from_data(screen, key=jr.key(0))
    found = hc.fit_ensemble(
        model, screen, n=8, steps=300, checkpoint=folder / "fit.npz", progress=False, key=jr.key(1)
    )
    return _digest(found.members)


def petab_fit(folder: Path) -> str:
    """Four starts on a small problem; runs that ended are kept."""
    import jax.random as jr

    import hybridcell as hc
    from tests.io.petab.problems import problem

    sound = folder / "problem"
    sound.mkdir(exist_ok=True)
    found = hc.read_petab(problem(sound, 1)).fit(
        n_starts=4, batch=2, checkpoint=folder / "fit.npz", progress=False, key=jr.key(1)
    )
    return _digest([np.asarray(run.theta) for run in found.runs])


def screen(folder: Path) -> str:
    """All triples of twenty drugs, in 24 pieces."""
    import hybridcell as hc
    from hybridcell.data import random_network
    from hybridcell.therapy.screen import running

    _counted(running, "solve_piece")
    entry = random_network(24, 2, 20, density=0.2, gain=0.8, seed=2)
    model = hc.CellBox(entry.nodes, entry.kinds, entry.weights, epsilon=entry.epsilon, alpha=entry.alpha)
    found = hc.screen_combinations(
        model, readout="Y1", drugs=entry.of_kind("drug"), input_range=-1.0, order=3, progress=False,
        out=folder / "screen.zarr",
    )  # fmt: skip
    return _digest([np.asarray(found.responses), np.asarray(found.residual)])


def demo(folder: Path) -> str:
    """The four jobs; it starts again from the beginning, over what the killed one left."""
    import hybridcell as hc

    hc.run("demo", smoke=True, out=folder / "demo", progress=False)
    digest = hashlib.sha256()
    # the report and the record say when they were made; figures hold the version of their library
    for path in sorted((folder / "demo").iterdir()):
        if path.suffix in (".tsv", ".csv", ".hc", ".graphml"):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


JOBS: dict[str, Callable[[Path], str]] = {
    "fit": fit, "fit_ensemble": fit_ensemble, "screen": screen, "petab_fit": petab_fit, "demo": demo,
}  # fmt: skip


def main() -> None:
    """Do one job in a folder."""
    job, folder = sys.argv[1], Path(sys.argv[2])
    import hybridcell  # noqa: F401

    print("begin", flush=True)
    print("end", JOBS[job](folder), flush=True)


if __name__ == "__main__":
    main()
