"""A network, random constants for it, and what says what is right."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

import hybridcell as hc

#: Of those that say what is right. Absolute: populations of 1e-31 decide when the next outbreak comes, and
#: with an absolute tolerance of 1e-24 libRoadRunner is wrong itself.
TIGHT, TINY = 1e-11, 1e-60
#: Steps that they may take, of libRoadRunner between two times.
STEPS, STEPS_RADAU = 100_000, 10_000
#: Of the largest value of a column.
ALLOWED = 1e-3
BATCH, POINTS = 50, 11


class Case:
    """A network, random constants for it, and what its simulations give with the default settings."""

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
        self.run(self.conditions[:BATCH])  # compiles
        start = time.process_time()
        self.values, self.good = self.run_all()
        self.seconds = time.process_time() - start

    def run_all(self, solve: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """Return concentrations of all points, simulated in batches, and which solves succeeded."""
        batches = [
            self.run(self.conditions[first : first + BATCH], solve) for first in range(0, self.points, BATCH)
        ]
        return np.concatenate([values for values, _ in batches]), np.concatenate(
            [good for _, good in batches]
        )

    def run(self, conditions: Any, solve: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """Return concentrations, conditions x times x species, and which solves succeeded."""
        run = hc.simulate(self.net, t1=self.t1, n_points=POINTS, conditions=conditions, solve=solve)
        table = run.to_dataframe(concentrations=self.species)[self.species]
        values = table.to_numpy().reshape(-1, POINTS, len(self.species))
        return values, np.array([result == "success" for result in run.result])


class Peer:
    """libRoadRunner on the same file, with tight tolerances or its own; None where it gives up."""

    def __init__(self, case: Case, *, tight: bool):
        import roadrunner

        roadrunner.Logger.disableLogging()
        self._runner, self._t1 = roadrunner.RoadRunner(case.text), case.t1
        if tight:
            self._runner.integrator.relative_tolerance = TIGHT
            self._runner.integrator.absolute_tolerance = TINY
            self._runner.integrator.maximum_num_steps = STEPS
        self._runner.timeCourseSelections = [f"[{id}]" for id in case.species]

    def simulate(self, condition: dict[str, float]) -> np.ndarray | None:
        """Return times x species."""
        self._runner.resetAll()
        for id, value in condition.items():
            self._runner.setValue(id, value)
        self._runner.reset()  # initial assignments see the new values
        try:
            return np.array(self._runner.simulate(0.0, self._t1, POINTS))
        except RuntimeError:
            return None


def second_opinion(case: Case, condition: dict[str, float]) -> np.ndarray | None:
    """Return what SciPy finds at the tight tolerances: LSODA, or Radau where that gives up, or None.

    Radau takes seconds at these tolerances, LSODA a twentieth of that.
    """
    for method, steps in (("auto", STEPS), ("rodas5p", STEPS_RADAU)):
        solve = hc.Solve(backend="numpy", method=method, rtol=TIGHT, atol=TINY, max_steps=steps)
        values, good = case.run([condition], solve)
        if good[0]:
            return values[0]
    return None
