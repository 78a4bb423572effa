"""Silent wrongness: random constants in ten networks, every solve flagged or right; losses; single precision.

Simulations: each network's constants are multiplied by factors from a tenth to ten, all at once, and
simulated in batches with the default settings. What says "success" is compared with libRoadRunner at far
tighter tolerances. A finding is a success that is off by more than a thousandth of the largest value of its
column, where SciPy's Radau at the tight tolerances agrees with libRoadRunner ten times better than that;
where these two differ nobody knows the truth, and points are counted as undecided. Along an oscillation
errors of steps grow: it is said how many findings rtol=1e-8 makes right.
Losses: residuals of a fit at the same points, with so few steps allowed that many solves fail, are compared
with those of whole simulations: a finding is one that is finite and differs by more than a thousandth.
Single precision: steady states of ten interaction networks under random inputs, against double precision.
Run: python benchmarks/silent.py [--points 1000]
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from report import one_thread, write

one_thread()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from anndata import AnnData  # noqa: E402

import hybridcell as hc  # noqa: E402
from hybridcell._core.errors import HybridCellError  # noqa: E402
from hybridcell.data import random_network  # noqa: E402
from hybridcell.fit.kinetics.fit_network import make_search  # noqa: E402
from hybridcell.fit.kinetics.settings import NetworkFitSettings  # noqa: E402

NETWORKS = (
    "cell_cycle", "glycolytic_oscillator", "glycolysis", "lotka_volterra", "mapk_cascade", "mapk_oscillator",
    "mitotic_oscillator", "nfkb", "p53_mdm2", "toggle_switch",
)  # fmt: skip
#: Of the two that say what is right. Absolute: populations of 1e-16 decide when the next outbreak comes.
TIGHT, TINY = 1e-11, 1e-24
#: Of the largest value of a column.
ALLOWED = 1e-3
#: Steps that the solves of losses may take.
FEW = 300
BATCH, POINTS = 50, 11


def main() -> None:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=1000)
    options = parser.parse_args()
    simulated, losses = {}, {}
    for name in NETWORKS:
        case = _Case(name, options.points)
        simulated[name] = _simulations(case)
        losses[name] = _losses(case)
    single = _single_precision(options.points)
    write(
        "silent",
        {"simulations": simulated, "losses": losses, "single precision": single},
        [
            _table("Random constants, a tenth to ten times their values", "network", simulated),
            _table(f"Residuals of a fit with at most {FEW} steps", "network", losses),
            _table("Steady states in single precision", "interaction network", single),
        ],
    )


def _table(
    title: str, first: str, found: dict[str, dict[str, Any]]
) -> tuple[str, list[str], list[list[Any]]]:
    header = [first, *next(iter(found.values()))]
    return title, header, [[name, *values.values()] for name, values in found.items()]


class _Case:
    """A network, random constants for it, and what its simulations give."""

    def __init__(self, name: str, points: int):
        entry = hc.networks.load(name)
        self.text, self.net, self.points = entry.text, hc.read_sbml(entry), points
        self.species = list(self.net.species.ids)
        rng = np.random.default_rng(7)
        table = self.net.parameters.to_dataframe()
        # what an initial assignment decides is no free number
        decided = table["set_by"].fillna("") if "set_by" in table else table["id"].map(lambda _: "")
        free = set(table.loc[decided == "", "id"])
        self.ids = [p.id for p in self.net.parameters if p.id in free and p.constant and p.value]
        self.conditions = [
            {id: float(self.net.parameters[id].value * 10.0 ** rng.uniform(-1, 1)) for id in self.ids}
            for _ in range(points)
        ]
        self.t1 = float(entry.about["reference"]["t_end"])
        start = time.process_time()
        found, flags = [], []
        for first in range(0, points, BATCH):
            values, result = self.run(self.conditions[first : first + BATCH])
            found.append(values)
            flags += result
        self.seconds = time.process_time() - start
        self.values = np.concatenate(found)
        self.good = np.array([flag == "success" for flag in flags])

    def run(self, conditions: Any, solve: Any = None) -> tuple[np.ndarray, list[str]]:
        """Return concentrations, conditions x times x species, and how each solve went."""
        run = hc.simulate(self.net, t1=self.t1, n_points=POINTS, conditions=conditions, solve=solve)
        table = run.to_dataframe(concentrations=self.species)[self.species]
        return table.to_numpy().reshape(-1, POINTS, len(self.species)), list(run.result)


def _simulations(case: _Case) -> dict[str, Any]:
    peer = _Peer(case)
    wrong, grown, undecided, errors = 0, 0, 0, []
    for k in np.flatnonzero(case.good):
        reference = peer.simulate(case.conditions[k])
        if reference is None:
            continue
        scale = np.abs(reference).max(axis=0)
        scale[scale == 0] = 1.0
        off = float(np.max(np.abs(case.values[k] - reference) / scale))
        if not off <= ALLOWED:
            solve = hc.Solve(backend="numpy", method="rodas5p", rtol=TIGHT, atol=TINY)
            second, _ = case.run([case.conditions[k]], solve)
            if not np.all(np.abs(second[0] - reference) < ALLOWED / 10 * scale):
                undecided += 1
                continue
            wrong += 1
            finer, _ = case.run([case.conditions[k]], hc.Solve(rtol=1e-8))
            grown += bool(np.max(np.abs(finer[0] - reference) / scale) <= ALLOWED)
        errors.append(off)
    return {
        "points": case.points,
        "flagged": int((~case.good).sum()),
        "compared": len(errors),
        "undecided": undecided,
        "median error": f"{np.median(errors):.1e}",
        "error of the worst in a hundred": f"{np.quantile(errors, 0.99):.1e}",
        "wrong and not flagged (goal 0)": wrong,
        "of these right with rtol=1e-8": grown,
        "NaN without a flag (goal 0)": int((~np.isfinite(case.values[case.good]).all(axis=(1, 2))).sum()),
        "CPU ms a point": 1e3 * case.seconds / case.points,
    }


class _Peer:
    """libRoadRunner on the same file."""

    def __init__(self, case: _Case):
        import roadrunner

        roadrunner.Logger.disableLogging()
        self.runner, self.t1 = roadrunner.RoadRunner(case.text), case.t1
        self.runner.integrator.relative_tolerance = TIGHT
        self.runner.integrator.absolute_tolerance = TINY
        self.runner.timeCourseSelections = [f"[{id}]" for id in case.species]

    def simulate(self, condition: dict[str, float]) -> np.ndarray | None:
        """Return times x species; None where it gives up."""
        self.runner.resetAll()
        for id, value in condition.items():
            self.runner.setValue(id, value)
        self.runner.reset()  # initial assignments see the new values
        try:
            return np.array(self.runner.simulate(0.0, self.t1, POINTS))
        except RuntimeError:
            return None


def _losses(case: _Case) -> dict[str, Any]:
    measured, _ = case.run([{}])
    ts = np.linspace(0.0, case.t1, POINTS)
    data = AnnData(
        measured[0, 1:],
        obs=pd.DataFrame({"time": ts[1:]}, index=[f"t{k}" for k in range(1, POINTS)]),
        var=pd.DataFrame(index=case.species),
    )
    scale = np.maximum(np.abs(measured[0]).max(axis=0), 1e-12)
    data.layers["sd"] = np.tile(scale, (POINTS - 1, 1))
    settings = NetworkFitSettings(free=case.ids, warm_start="none", solve=hc.Solve(rtol=1e-6, max_steps=FEW))
    search = make_search(case.net, data, settings)
    n = search.objective.n_data
    # measurements are in the order of times, readouts inside
    expected = ((case.values[:, 1:] - measured[:, 1:]) / scale).reshape(case.points, -1)
    refused = wrong = 0
    for k, condition in enumerate(case.conditions):
        theta = search.free.theta(np.asarray(case.net.with_values(condition).values))
        found = search.objective.residuals(theta)[:n]
        if not np.isfinite(np.sum(found**2)):
            refused += 1
        elif case.good[k]:
            size = np.maximum(np.abs(expected[k]), 1.0)
            wrong += bool(np.max(np.abs(found - expected[k]) / size) > ALLOWED)
        else:
            wrong += 1
    return {
        "points": case.points,
        "without a loss, because the solve failed": refused,
        "a finite loss, not that of the whole solve (goal 0)": wrong,
    }


def _single_precision(points: int) -> dict[str, dict[str, Any]]:
    entries = {f"random, seed {seed}": random_network(30, 2, 6, gain=0.9, seed=seed) for seed in range(10)}
    double = {name: _steady(entry, points) for name, entry in entries.items()}
    hc.config.precision = "float32"
    try:
        single = {name: _steady(entry, points) for name, entry in entries.items()}
        try:
            hc.simulate(hc.read_sbml(hc.networks.load("lotka_volterra")), t1=1.0)
            refused = "no"
        except HybridCellError:
            refused = "yes"
    finally:
        hc.config.precision = "float64"
    found = {}
    for name, (states, good) in double.items():
        other, fine = single[name]
        both = good & fine
        off = np.abs(other[both] - states[both]).max(axis=1) / np.maximum(
            np.abs(states[both]).max(axis=1), 1.0
        )
        found[name] = {
            "points": points,
            "flagged": int((~fine).sum()),
            "largest difference": f"{off.max(initial=0.0):.1e}",
            "wrong and not flagged (goal 0)": int((off > ALLOWED).sum()),
            "reactions are refused": refused,
        }
    return found


def _steady(entry: Any, points: int) -> tuple[np.ndarray, np.ndarray]:
    model = hc.CellBox(entry.nodes, entry.kinds, entry.weights, epsilon=entry.epsilon, alpha=entry.alpha)
    rng = np.random.default_rng(0)
    drugs = [name for name, kind in zip(entry.nodes, entry.kinds) if kind == "drug"]
    conditions = [dict(zip(drugs, rng.uniform(-3, 3, len(drugs)).tolist())) for _ in range(points)]
    found = hc.steady_state(model, conditions=conditions)
    return np.asarray(found.X, float), np.asarray(found.obs["success"], bool)


if __name__ == "__main__":
    main()
