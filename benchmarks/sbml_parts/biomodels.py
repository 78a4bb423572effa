"""BioModels: trajectories against the references, gradients against central differences."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from report import CpuClock

import hybridcell as hc
from sbml_parts.data import BioModel, judged, read_biomodels, within_rule

TOLERANCES = (1e-10, 1e-8)
#: A gradient is right when no component is off by more than this share of the largest.
_CLOSE = 1e-4
#: Most constants that are varied one by one; larger models are checked at so many. All are checked together,
#: along one direction.
_MOST = 24
#: Shares of a constant to vary it by: what is curved wants a small one, what is noisy a large one.
_STEPS = (1e-4, 1e-5, 1e-6)


def read(model: BioModel) -> Any:
    """Read a model, without remarks on its units."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return hc.read_sbml(str(model.path))


def run(arguments: list[str]) -> dict[str, Any]:
    """Judge every model; arguments: numbers of models."""
    results = {}
    for model in read_biomodels(arguments):
        print(f"-- {model.id}", flush=True)
        row: dict[str, Any] = {}
        for tolerance in TOLERANCES:
            for backend in ("numpy", "jax"):
                row[f"{backend} {tolerance:g}"] = _attempt(partial(_worst, model, backend, tolerance))
            row[f"libRoadRunner {tolerance:g}"] = _attempt(partial(_worst_of_roadrunner, model, tolerance))
        with CpuClock() as clock:
            row["gradient"] = _attempt(partial(_gradient, model))
        row["gradient seconds"] = clock.seconds
        results[model.id] = row
        jax.clear_caches()  # compiled programs of 28 models and their gradients are gigabytes
    return results


def _attempt(job: Any) -> Any:
    """Return what a job gives, or its error as text: one model must not end the run."""
    try:
        return job()
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]


def _worst(model: BioModel, backend: str, tolerance: float) -> float:
    solve = hc.Solve(rtol=tolerance, atol=tolerance * 1e-3 * model.typical, backend=backend)
    trajectory = hc.simulate(read(model), t1=model.t_end, ts=model.times, solve=solve)
    return within_rule(trajectory.to_dataframe(amounts=judged(model)), model)


def _worst_of_roadrunner(model: BioModel, tolerance: float) -> float:
    return within_rule(simulate_by_roadrunner(model, tolerance)(), model)


def simulate_by_roadrunner(model: BioModel, tolerance: float) -> Any:
    """Return a function that simulates again from the start, name -> values."""
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    runner = roadrunner.RoadRunner(str(model.path))
    runner.integrator.relative_tolerance = tolerance
    runner.integrator.absolute_tolerance = tolerance * 1e-3 * model.typical
    runner.integrator.maximum_num_steps = 1_000_000
    runner.timeCourseSelections = ["time", *judged(model)]

    def simulate() -> dict[str, np.ndarray]:
        runner.resetAll()
        table = np.array(runner.simulate(0.0, model.t_end, len(model.times)))
        return dict(zip(["time", *judged(model)], table.T))

    return simulate


def _gradient(model: BioModel) -> dict[str, Any]:
    """Compare the gradient of a loss with differences, each component times the size of its constant."""
    network = read(model)
    solve = hc.Solve(rtol=1e-10, atol=1e-13 * model.typical)
    ts = model.times[:: max(1, len(model.times) // 20)]
    first = hc.simulate(network, t1=ts[-1], ts=ts, solve=solve)
    scale = np.maximum(np.abs(first.values).max(axis=(0, 1)), 1e-9 * model.typical)
    p, size = _point(network)

    def loss(values: Any) -> Any:
        trajectory = hc.simulate(network.with_values(values), t1=ts[-1], ts=ts, solve=solve)
        return jnp.mean((trajectory.values[0] / scale - 0.5) ** 2)

    slope = np.asarray(jax.grad(loss)(jnp.asarray(p))) * size
    places = np.flatnonzero(size)
    if len(places) > _MOST:  # the largest, and some of the others
        order = places[np.argsort(-np.abs(slope[places]))]
        places = np.concatenate(
            [order[: _MOST // 2], order[_MOST // 2 :: max(1, 2 * len(order) // _MOST)][: _MOST // 2]]
        )
    directions = [np.eye(len(p))[place] for place in places]
    directions.append(np.random.default_rng(0).choice([-1.0, 1.0], len(p)))
    wanted = _differences(network, p, np.array(directions) * size, ts, scale, solve)
    found = np.array([slope @ direction for direction in directions])
    error = np.abs(found - wanted) / max(np.abs(wanted).max(), 1e-300)
    return {
        "constants": len(p),
        "checked": len(directions),
        "error": float(np.nan_to_num(error, nan=np.inf).max()),
    }


def _point(network: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return where the gradient is taken, and the size of each constant.

    Amounts of 0 are lifted a little, so that differences do not ask for negative ones. Parameters of 0 stay:
    they turn something off, and have no size to vary them by.
    """
    p = np.asarray(network.values)
    amounts = np.isin(network.equations.constants, [one.id for one in network.definition.species])
    empty, size = amounts & (p == 0), np.abs(p)
    known = size[amounts & (p != 0)]
    size[empty] = np.median(known) if known.size else 1.0
    return np.where(empty, 2 * max(_STEPS) * size, p), size


def _differences(
    network: Any, p: np.ndarray, moves: np.ndarray, ts: np.ndarray, scale: np.ndarray, solve: Any
) -> np.ndarray:
    """Return central differences of the loss along moves, extrapolated from a step and its half; of several
    such pairs, for each move the one that agrees best with itself.
    """
    import pandas as pd

    names = list(network.equations.constants)

    def losses(step: float) -> np.ndarray:
        rows = np.concatenate([p + step * moves, p - step * moves])
        table = pd.DataFrame(rows, columns=names, index=[f"row {k}" for k in range(len(rows))])
        values = np.asarray(hc.simulate(network, t1=ts[-1], ts=ts, solve=solve, conditions=table).values)
        by_row = ((values / scale - 0.5) ** 2).mean(axis=(1, 2))
        return (by_row[: len(moves)] - by_row[len(moves) :]) / (2 * step)

    pairs = [(losses(step), losses(step / 2)) for step in _STEPS]
    doubt = [np.nan_to_num(np.abs(whole - half), nan=np.inf) for whole, half in pairs]
    found = np.array([(4.0 * half - whole) / 3.0 for whole, half in pairs])
    return found[np.argmin(doubt, axis=0), np.arange(len(moves))]


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return the Markdown tables of this part."""
    ways = [f"{tool} {tolerance:g}" for tolerance in TOLERANCES for tool in ("numpy", "jax", "libRoadRunner")]
    count = [
        f"{sum(isinstance(row[way], float) and row[way] <= 1 for row in results.values())} of {len(results)}"
        for way in ways
    ]
    right = sum(
        isinstance(row["gradient"], dict) and row["gradient"]["error"] <= _CLOSE for row in results.values()
    )
    rows = [["within the rule", *count, f"{right} of {len(results)}"]]
    for name, row in results.items():
        gradient = row["gradient"]
        shown = f"{gradient['error']:.1e}" if isinstance(gradient, dict) else gradient
        rows.append([name, *(f"{row[w]:.3g}" if isinstance(row[w], float) else row[w] for w in ways), shown])
    title = "BioModels: worst cell by the rule (at most 1 is right), largest error of the scaled gradient"
    return [(title, ["model", *ways, "gradient"], rows)]
