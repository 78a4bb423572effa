"""Random points within the bounds: what fails, whether it says so, and whether what does not is right.

A value that is finite must be right, its gradient finite, and a failure must be there with a reason: that is
all an optimizer can work with. Values are checked by the NumPy backend, which shares neither the compiled
solver nor its tolerances.
"""

from __future__ import annotations

import json
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import hybridcell as hc
from hybridcell._core.errors import NotConvergedError
from hybridcell._core.expressions import Expression, number
from hybridcell._core.expressions.expression import rewrite
from hybridcell.fit.petab.problem import PetabProblem
from hybridcell.io.petab.statement import Experiment

#: Where a bound is infinite: so far from the nominal value, on the scale of the parameter.
_REACH = 2.0
#: Of the solver that checks, and how far simulations may be apart: in units of the largest of an observable.
_EXACT, _CLOSE = 1e-10, 1e-4
#: Absolute tolerances, which are per step, that a simulation may be off by where an observable is small.
_STEPS = 100

HEADER = [
    "problem",
    "points",
    "failed",
    "finite, without a gradient",
    "failed without a reason",
    "checked, wrong",
    "AMICI: points",
    "failed",
    "finite, without a gradient",
    "failed here, not there",
]


def draw(problem: PetabProblem, n: int, seed: int = 0) -> np.ndarray:
    """Return n vectors, uniform on the scale of the parameters within their bounds, (n, q)."""
    nominal = np.nan_to_num(problem.nominal)
    low = np.where(np.isfinite(problem.lower), problem.lower, nominal - _REACH)
    high = np.where(np.isfinite(problem.upper), problem.upper, nominal + _REACH)
    return np.random.default_rng(seed).uniform(low, high, (n, len(nominal)))


def measure(
    problem: PetabProblem,
    n: int = 1000,
    *,
    batch: int = 50,
    seconds: float = 600.0,
    checks: int = 5,
    seed: int = 0,
) -> dict[str, Any]:
    """Return what comes of n random points of a problem, as for JSON.

    Parameters
    ----------
    problem : PetabProblem
    n, batch : int
        Points, and how many of them at once; all batches are of one size, so that nothing compiles twice.
    seconds : float
        After which no further batch is begun.
    checks : int
        How many finite values, and how many failures, are looked at by the NumPy backend.
    seed : int

    Returns
    -------
    dict
        Numbers of points; shares (of what was tried) that failed and that have a finite value without a
        finite gradient; reasons of failures; `silent`: points with a value that is no number, or that failed
        without a reason; what checks found.
    """
    thetas = draw(problem, -(-n // batch) * batch, seed)
    values, slopes, reasons, explained = [], [], Counter(), set()
    began = time.perf_counter()
    for first in range(0, n, batch):
        if first and time.perf_counter() - began > seconds:
            break
        part = thetas[first : first + batch]
        values.append(problem.log_likelihood(part))
        slopes.append(problem.gradient(part).to_numpy())
        table = problem.failures(part)
        reasons.update(table["reason"])
        explained |= {first + int(k) for k in table["vector"]}
    value, slope = np.concatenate(values)[:n], np.concatenate(slopes)[:n]
    took = time.perf_counter() - began
    good = np.isfinite(value)
    lost = good & ~np.isfinite(slope).all(axis=1)
    unsaid = [k for k in np.flatnonzero(~good) if k not in explained]
    return {
        "asked": n,
        "tried": len(value),
        "seconds": round(took, 1),
        "failed": _share(~good),
        "failed points": np.flatnonzero(~good).tolist(),
        "gradient lost": _share(lost),
        "not a number": int(np.isnan(value).sum()),
        "plus infinity": int(np.isposinf(value).sum()),
        "failed without a reason": len(unsaid),
        "reasons": dict(reasons),
        "checked": _check(problem, thetas[: len(value)], value, checks),
    }


def _share(flags: np.ndarray) -> float:
    return round(float(np.mean(flags)), 6)


def _check(problem: PetabProblem, thetas: np.ndarray, value: np.ndarray, checks: int) -> Any:
    """Return how finite values and failures look to the NumPy backend, or why they cannot be looked at."""
    reason = _not_simple(problem)
    if reason:
        return reason
    finite = np.flatnonzero(np.isfinite(value))[:checks]
    failed = np.flatnonzero(~np.isfinite(value))[:checks]
    wrong, worst = [], 0.0
    for k in finite:
        error = compare(problem, thetas[k])
        worst = max(worst, error)
        if not error <= _CLOSE:
            wrong.append({"point": int(k), "error": error})
    solved = [int(k) for k in failed if np.isfinite(independent(problem, thetas[k])).all()]
    return {
        "finite": len(finite),
        "wrong": wrong,
        "largest error": worst,
        "failed": len(failed),
        "of these, the NumPy backend simulates": solved,
    }


def compare(problem: PetabProblem, theta: np.ndarray) -> float:
    """Return the largest difference between both ways, in units of the largest value of each observable.

    Of an observable that is smaller than what the absolute tolerance resolves, in units of that.
    """
    found = problem.simulate(theta)["simulation"].to_numpy()
    wanted = independent(problem, theta)
    which = problem.statement.measurements.observable
    size = np.array([np.abs(wanted[which == k]).max(initial=0.0) for k in range(which.max() + 1)])[which]
    # what is smaller than this is not asked of the solver: its absolute tolerance is per step
    least = _STEPS * (problem.solve.atol or 0.0) / _CLOSE
    error = np.abs(found - wanted) / np.maximum(size, least if least > 0 else np.finfo(float).tiny)
    return float(np.max(np.where(np.isnan(error), np.inf, error)))


def independent(problem: PetabProblem, theta: np.ndarray) -> np.ndarray:
    """Return what a simple problem simulates, by the NumPy backend; NaN where it fails."""
    statement = problem.statement
    values = {p.id: p.nominal for p in statement.parameters} | problem.linear(theta)
    calibrated, measured = problem.calibrated(theta), statement.measurements
    found = np.full(len(measured), np.nan)
    for place, experiment in enumerate(statement.experiments):
        rows = np.flatnonzero(measured.experiment == place)
        if not rows.size:
            continue
        network = calibrated.with_values(_numbers(experiment, values))
        ts = np.unique([0.0, *measured.time[rows]])
        last = ts[-1] if ts[-1] > 0 else 1.0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            solve = hc.Solve(backend="numpy", rtol=_EXACT, atol=_EXACT)
            try:
                run = hc.simulate(network, t1=float(last), ts=np.unique([*ts, last]), solve=solve)
            except NotConvergedError:
                continue
        known = network.equations.observables
        further = values | _numbers(experiment, values)
        wanted = [_formula(statement, row, known, further) for row in rows]
        table = run.observe(wanted)[:, 0]
        found[rows] = table[np.arange(len(rows)), np.searchsorted(run.ts, measured.time[rows])]
    return found


def _formula(statement: Any, row: int, known: Mapping[str, Expression], values: Mapping[str, float]) -> Any:
    """Return the observable of a measurement over the model's own ids."""
    observable = statement.observables[statement.measurements.observable[row]]
    given = dict(zip(observable.placeholders, statement.measurements.observable_parameters[row]))

    def change(node: Expression, _: tuple[Expression, ...]) -> Expression | None:
        if node.op != "symbol":
            return None
        id = str(node.value)
        return known[id] if id in known else number(values[id])

    def fill(node: Expression, _: tuple[Expression, ...]) -> Expression | None:
        return given.get(str(node.value)) if node.op == "symbol" else None

    formula = observable.formula
    formula = rewrite([formula], fill)[formula]
    return rewrite([formula], change)[formula]


def _numbers(experiment: Experiment, values: Mapping[str, float]) -> dict[str, float]:
    """Return what a simple experiment sets."""
    [period] = experiment.periods
    found = {}
    for change in period.changes:
        value = change.value
        if value is not None:
            found[change.target] = (
                values[str(value.value)] if value.op == "symbol" else float(value.value or 0)
            )
    return found


def _not_simple(problem: PetabProblem) -> str:
    """Return why the NumPy backend cannot simulate a problem as it stands; "" where it can."""
    statement = problem.statement
    if statement.networks:
        return "has neural networks"
    if not np.isfinite(statement.measurements.time).all():
        return "measures at rest"
    equations = problem.compiled.simulator.binding.network.equations
    ids = {p.id for p in statement.parameters}
    for experiment in statement.experiments:
        if len(experiment.periods) != 1 or experiment.periods[0].time != 0.0:
            return "has experiments of several periods"
        for change in experiment.periods[0].changes:
            if change.target not in equations.constants or change.target in equations.states:
                return "has conditions that set states or what only formulas read"
            value = change.value
            plain = value is None or value.is_number or (value.op == "symbol" and value.value in ids)
            if not plain:
                return "has conditions with formulas"
    return ""


def run(arguments: Iterable[str], **options: Any) -> dict[str, Any]:
    """Measure problems of the benchmark collection; arguments: parts of their names (default: all)."""
    from report import data_folder

    wanted = list(arguments)
    found: dict[str, Any] = {}
    for folder in sorted(data_folder("petab-benchmark").iterdir()):
        name = folder.name
        if not folder.is_dir() or (wanted and not any(part in name for part in wanted)):
            continue
        print(f"-- {name}", flush=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                problem = hc.read_petab(folder / f"{name}.yaml")
                found[name] = measure(problem, **options)
            except Exception as error:  # one problem must not end the run
                found[name] = f"{type(error).__name__}: {error}"[:200]
    return found


def write_points(folder: Path, problem: PetabProblem, n: int, seed: int = 0) -> None:
    """Write the points of a problem for another program."""
    points = {"ids": list(problem.free), "thetas": draw(problem, n, seed).tolist()}
    (folder / f"{problem.name}.json").write_text(json.dumps(points), encoding="utf-8")


def rows(results: dict[str, Any], peer: Mapping[str, Any] | None = None) -> list[list[Any]]:
    """Return the rows of the table of several problems, beside what AMICI made of the same points."""
    found = []
    for name, one in results.items():
        checked = one["checked"]
        seen = checked if isinstance(checked, str) else f"{checked['finite']}, {len(checked['wrong'])}"
        unsaid = one["failed without a reason"]
        found.append(
            [name, one["tried"], f"{one['failed']:.2%}", f"{one['gradient lost']:.2%}", unsaid, seen]
        )
        found[-1] += _beside(one, (peer or {}).get(name))
    return found


def _beside(one: Mapping[str, Any], other: Mapping[str, Any] | None) -> list[Any]:
    """Return what AMICI made of the same points, as cells."""
    if not other or not other.get("tried"):
        return ["–"] * 4
    tried = other["tried"]
    only_here = [k for k in one["failed points"] if k < tried and k not in other["failed"]]
    lost = len(other["gradient lost"])
    return [tried, f"{len(other['failed']) / tried:.2%}", f"{lost / tried:.2%}", len(only_here)]


if __name__ == "__main__":
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    print(json.dumps(run(sys.argv[1:]), indent=1))
