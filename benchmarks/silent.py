"""Silent wrongness: random constants in ten networks, every solve flagged or right.

Each network's constants are multiplied by factors from a tenth to ten, all at once, and simulated in batches
with the default settings. What says "success" is compared with libRoadRunner, at a thousandth of the
tolerance. A finding is a success that is off by more than a thousandth of the largest value of its column,
where SciPy's Radau at the tight tolerance agrees with libRoadRunner: errors of one step grow along an
oscillation, so that some points of these networks cannot be as exact as the tolerance.
Run: python benchmarks/silent.py [--points 1000]
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from report import one_thread, write

one_thread()

import numpy as np  # noqa: E402

import hybridcell as hc  # noqa: E402

NETWORKS = (
    "cell_cycle", "glycolytic_oscillator", "glycolysis", "lotka_volterra", "mapk_cascade", "mapk_oscillator",
    "mitotic_oscillator", "nfkb", "p53_mdm2", "toggle_switch",
)  # fmt: skip
TOLERANCE = 1e-8
#: Of the largest value of a column.
ALLOWED = 1e-3
BATCH, POINTS = 50, 11


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=1000)
    options = parser.parse_args()
    results = {name: _one(name, options.points) for name in NETWORKS}
    rows = [[name, *found.values()] for name, found in results.items()]
    header = list(next(iter(results.values())))
    write(
        "silent",
        results,
        [("Random constants, a tenth to ten times their values", ["network", *header], rows)],
    )


def _one(name: str, points: int) -> dict[str, Any]:
    entry = hc.networks.load(name)
    net = hc.read_sbml(entry)
    peer = _Peer(entry.text, net.species.ids)
    rng = np.random.default_rng(7)
    table = net.parameters.to_dataframe()
    # what an initial assignment decides is no free number
    decided = table["set_by"].fillna("") if "set_by" in table else table["id"].map(lambda _: "")
    free = set(table.loc[decided == "", "id"])
    ids = [p.id for p in net.parameters if p.id in free and p.constant and p.value]
    conditions = [
        {id: float(net.parameters[id].value * 10.0 ** rng.uniform(-1, 1)) for id in ids}
        for _ in range(points)
    ]
    t1 = float(entry.about["reference"]["t_end"])
    start = time.process_time()
    found, flags = [], []
    for first in range(0, points, BATCH):
        run = hc.simulate(net, t1=t1, n_points=POINTS, conditions=conditions[first : first + BATCH])
        table = run.to_dataframe(concentrations=net.species.ids)
        found.append(table[list(net.species.ids)].to_numpy().reshape(-1, POINTS, len(net.species.ids)))
        flags += run.result
    seconds = time.process_time() - start
    values, good = np.concatenate(found), np.array([flag == "success" for flag in flags])
    wrong, errors = 0, []
    for k in np.flatnonzero(good):
        reference = peer.simulate(conditions[k], t1)
        if reference is None:
            continue
        scale = np.abs(reference).max(axis=0) + TOLERANCE
        errors.append(float(np.max(np.abs(values[k] - reference) / scale)))
        if not errors[-1] <= ALLOWED:
            sure = np.abs(_radau(net, conditions[k], t1) - reference) < ALLOWED / 10 * scale
            wrong += bool(sure.all())
    return {
        "points": points,
        "flagged": int((~good).sum()),
        "compared": len(errors),
        "median error": float(np.median(errors)),
        "error of the worst in a hundred": float(np.quantile(errors, 0.99)),
        "wrong and not flagged (goal 0)": wrong,
        "NaN without a flag (goal 0)": int((~np.isfinite(values[good]).all(axis=(1, 2))).sum()),
        "CPU ms a point": 1e3 * seconds / points,
    }


class _Peer:
    """libRoadRunner on the same file."""

    def __init__(self, text: str, species: Any):
        import roadrunner

        self.runner = roadrunner.RoadRunner(text)
        self.runner.integrator.relative_tolerance = TOLERANCE / 1000
        self.runner.integrator.absolute_tolerance = TOLERANCE / 1000
        self.runner.timeCourseSelections = [f"[{id}]" for id in species]

    def simulate(self, condition: dict[str, float], t1: float) -> np.ndarray | None:
        """Return times x species; None where it gives up."""
        self.runner.resetAll()
        for id, value in condition.items():
            self.runner.setValue(id, value)
        self.runner.reset()  # initial assignments see the new values
        try:
            return np.array(self.runner.simulate(0.0, t1, POINTS))
        except RuntimeError:
            return None


def _radau(net: Any, condition: dict[str, float], t1: float) -> np.ndarray:
    solve = hc.Solve(backend="numpy", method="rodas5p", rtol=TOLERANCE / 1000, atol=TOLERANCE / 1000)
    run = hc.simulate(net, t1=t1, n_points=POINTS, conditions=[condition], solve=solve)
    return run.to_dataframe(concentrations=net.species.ids)[list(net.species.ids)].to_numpy()


if __name__ == "__main__":
    main()
