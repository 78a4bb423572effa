"""The curves of a PEtab problem: measurements that lie on one, and what the model says in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from hybridcell.fit.petab.problem import PetabProblem

#: Times of a curve, besides those of the measurements.
_POINTS = 161


@dataclass(frozen=True, eq=False)
class Curve:
    """Measurements that lie on one curve: same observable, experiment and scaling.

    `ts` and `curve` are what the model says in between.
    """

    experiment: int
    rows: np.ndarray
    ts: np.ndarray
    curve: np.ndarray


def measured_curves(problem: PetabProblem, theta: Any, chosen: Sequence[int]) -> dict[int, list[Curve]]:
    """Return the measurements of each observable by curve, and the curves."""
    measured = problem.statement.measurements
    keys: dict[tuple[Any, ...], list[int]] = {}
    for row in np.flatnonzero(np.isin(measured.observable, chosen)):
        key = (int(measured.observable[row]), int(measured.experiment[row]))
        keys.setdefault((*key, measured.observable_parameters[row]), []).append(int(row))
    members = [np.array(rows) for rows in keys.values()]
    ends = {float(t.max()) for t in map(finite, (measured.time[rows] for rows in members)) if len(t)}
    points = max(_POINTS // max(len(ends), 1), 25)
    grids = [_grid(problem, key[1], measured.time[rows], points) for key, rows in zip(keys, members)]
    curves = _curves(problem, theta, members, grids)
    found: dict[int, list[Curve]] = {number: [] for number in chosen}
    for key, rows, ts, curve in zip(keys, members, grids, curves):
        found[key[0]].append(Curve(key[1], rows, ts, curve))
    return found


def finite(values: np.ndarray) -> np.ndarray:
    """Return the values that are finite, such as times before the steady state."""
    return values[np.isfinite(values)]


def _grid(problem: PetabProblem, experiment: int, times: np.ndarray, points: int) -> np.ndarray:
    """Return the times of a curve: from the start of the experiment to its last measurement."""
    known = np.unique(finite(times))
    if not len(known):
        return known
    starts = [p.time for p in problem.statement.experiments[experiment].periods if np.isfinite(p.time)]
    first = min([*starts[:1], known[0]]) if starts else min(0.0, known[0])
    if known[-1] <= first:
        return known
    # what happens first happens fast: times that crowd at the start, too
    early = first + (known[-1] - first) * np.geomspace(1e-3, 0.1, points // 3)
    return np.unique(np.concatenate([np.linspace(first, known[-1], points), early, known]))


def _curves(
    problem: PetabProblem, theta: Any, members: Sequence[np.ndarray], grids: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Simulate at the times of the curves: the same problem, measured more often."""
    from hybridcell.fit.petab.problem import make_problem

    if not any(len(ts) for ts in grids):
        return list(grids)
    first = np.repeat([rows[0] for rows in members], [len(ts) for ts in grids])
    measured = problem.statement.measurements
    often = replace(
        measured,
        observable=measured.observable[first],
        experiment=measured.experiment[first],
        time=np.concatenate(grids),
        value=np.ones(len(first)),
        observable_parameters=tuple(measured.observable_parameters[k] for k in first),
        noise_parameters=tuple(measured.noise_parameters[k] for k in first),
    )
    tables = {**problem.statement.tables}
    tables["measurements"] = tables["measurements"].iloc[first]
    statement = replace(problem.statement, measurements=often, tables=tables)
    found = (
        make_problem(statement, problem.model, problem.solve).simulate(theta)["simulation"].to_numpy(float)
    )
    return np.split(found, np.cumsum([len(ts) for ts in grids])[:-1])
