"""SBML out: hybrids and interaction networks at both levels, read by ourselves, libRoadRunner and COPASI.

Deviations are the largest over all states and times: of reaction networks relative to each state's largest
value, of interaction networks in log responses. Times to load are wall seconds. Weights are drawn at random,
so that no neural part is zero.
Run: python benchmarks/export.py
"""

from __future__ import annotations

import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from peers.finding import versions
from report import one_thread, write

one_thread()

import equinox as eqx  # noqa: E402
import jax  # noqa: E402
import jax.random as jr  # noqa: E402
import numpy as np  # noqa: E402

import hybridcell as hc  # noqa: E402
from hybridcell._core.parameter import is_parameter  # noqa: E402

PROGRAMS = ("hybridcell", "libRoadRunner", "COPASI")
#: Network, reaction whose law is learned, inputs.
HYBRIDS = (
    ("glycolysis", "gapdh", ("triose", "NAD")),
    ("glycolysis", "gapdh", ("triose", "NAD", "NADH")),
    ("glycolysis", "gapdh", ("triose", "NAD", "NADH", "ATP")),
    ("robertson", "slow", ("A", "B", "C")),
)
#: Hidden layers beyond the usual one of 16.
DEEPER = ((32, 1), (16, 2), (32, 2))
NODES, EDGES = 100, 2000


def hybrid(name: str, reaction: str, inputs: tuple[str, ...], *, width: int = 16, depth: int = 1) -> Any:
    """Return a network with a learned law whose weights are drawn."""
    network = hc.read_sbml(hc.networks.load(name))
    made = network.replace(reaction, hc.NeuralRate(inputs, width=width, depth=depth, key=jr.key(0)))
    now = dict(zip(made.equations.constants, np.asarray(made.values)))
    rng = np.random.default_rng(0)
    ids = [id for hole in made.holes for id in hole.weights]
    return made.with_values({id: float(now[id] + 0.1 * rng.normal()) for id in ids})


def interactions(residual: bool) -> Any:
    """Return a contractive random network of interactions, alone or with a neural residual."""
    rng = np.random.default_rng(0)
    off_diagonal = np.flatnonzero(~np.eye(NODES, dtype=bool).ravel())
    w = np.zeros(NODES * NODES)
    w[rng.choice(off_diagonal, EDGES, replace=False)] = rng.normal(size=EDGES)
    w = w.reshape(NODES, NODES)
    w *= 0.7 / np.abs(np.linalg.eigvals(w)).max()
    kinds = ["protein"] * (NODES - 10) + ["drug"] * 10
    model = hc.CellBox([f"n{i}" for i in range(NODES)], kinds, w)
    if not residual:
        return model
    made = model + hc.NeuralResidual(width=8, key=jr.key(0))

    def drawn(p: Any) -> Any:
        return p.with_value(0.3 * rng.normal(size=p.raw.shape)) if is_parameter(p) else p

    network = jax.tree.map(drawn, made.residuals[0].network, is_leaf=is_parameter)
    return eqx.tree_at(lambda m: m.residuals[0].network, made, network)


def copasi_seconds(path: Path) -> float:
    """Return the time in which COPASI loads a file."""
    import basico

    text = path.read_text("utf-8")
    started = time.perf_counter()
    loaded = basico.load_model_from_string(text)
    seconds = time.perf_counter() - started
    basico.remove_datamodel(loaded)
    return seconds


def measured(label: str, model: Any, folder: Path, level: str) -> tuple[list[Any], dict[str, Any]]:
    """Export a model and return a row of the table, and the same as a dictionary."""
    report = hc.write_sbml(model, folder / "model.xml", level=level)
    found = {
        "kilobytes": report.path.stat().st_size / 1000,
        "libsbml messages": len(report.messages),
        **{f"deviation in {one}": report.deviations.get(one) for one in PROGRAMS},
        "libRoadRunner loads in s": report.load_seconds,
        "COPASI loads in s": copasi_seconds(report.path),
        "warnings": list(report.warnings),
    }
    shown = [
        "-" if found[key] is None else f"{found[key]:.1e}"
        for key in (f"deviation in {one}" for one in PROGRAMS)
    ]
    load = "not tried" if report.load_seconds is None else report.load_seconds
    row = [label, level, f"{found['kilobytes']:.0f}", found["libsbml messages"], *shown, load]
    return [*row, found["COPASI loads in s"]], found


def main() -> None:
    """Export everything and write the tables."""
    cases = {f"{name}, {len(inputs)} inputs, 16": hybrid(name, r, inputs) for name, r, inputs in HYBRIDS}
    for width, depth in DEEPER:
        label = f"glycolysis, 4 inputs, {' x '.join([str(width)] * depth)}"
        cases[label] = hybrid(*HYBRIDS[2], width=width, depth=depth)
    networks = {
        f"CellBox, {NODES} nodes, {EDGES:,} edges": interactions(False),
        "the same with a residual of 8 units": interactions(True),
    }
    header = [
        "model", "level", "kB", "messages of libsbml", *(f"off in {one}" for one in PROGRAMS),
        "libRoadRunner loads, s", "COPASI loads, s",
    ]  # fmt: skip
    tables, results = [], {}
    with tempfile.TemporaryDirectory() as folder:
        # the first import of a program is not its time to load a file
        measured("", hybrid(*HYBRIDS[0], width=1), Path(folder), "3.2")
        for title, models in (("Reaction networks with a learned law", cases), ("Interactions", networks)):
            rows = []
            for label, model in models.items():
                for level in ("3.2", "2.4"):
                    row, results[f"{label}, {level}"] = measured(label, model, Path(folder), level)
                    rows.append(row)
            tables.append((title, header, rows))
    programs = {name: version(name) for name in ("libroadrunner", "python-copasi", "python-libsbml")}
    tables.append(("Programs", ["program", "version"], [[name, one] for name, one in programs.items()]))
    peers = versions(("libRoadRunner", "COPASI"))
    write("export", {**results, "programs": programs}, tables, peers=peers)


if __name__ == "__main__":
    main()
