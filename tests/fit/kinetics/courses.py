"""Small networks and time courses simulated from them. Programs are compiled once for all test files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax.random as jr
import numpy as np
import pandas as pd
from anndata import AnnData

import hybridcell as hc
from hybridcell.fit.kinetics.free_numbers import find_free_numbers
from hybridcell.fit.kinetics.measurements import read_measurements
from hybridcell.fit.kinetics.objective import make_objective
from hybridcell.fit.kinetics.settings import NetworkFitSettings

#: A saturating step and a linear one.
TURNOVER = hc.read_sbml(
    """model turnover
    species S, P; S = 3; P = 0.2
    turn: S -> P; V*S/(K + S)
    lose: P -> ; k*P
    V = 1.2; K = 0.8; k = 0.5
    end"""
)
#: The same, with the first law unknown.
HYBRID = TURNOVER.replace("turn", hc.NeuralRate(["S"], width=2, key=jr.key(0)))
SOLVE = NetworkFitSettings().solve
TIMES = np.linspace(0.25, 6.0, 12)


def courses(
    network: Any = TURNOVER,
    *,
    readouts: Sequence[str] = ("S", "P"),
    times: Any = TIMES,
    conditions: Sequence[Mapping[str, float]] = ({},),
    noise: float = 0.0,
    sd: float | None = 0.05,
    seed: int = 0,
) -> AnnData:
    """Return time courses of a network; `noise` in the unit of values."""
    times = np.asarray(times, dtype=float)
    found = hc.simulate(
        network, t1=float(times[-1]), ts=times, conditions=[*conditions],
        solve=hc.Solve(backend="numpy", rtol=1e-9),
    )  # fmt: skip
    values = np.stack([np.asarray(found[id]) for id in readouts], axis=-1).reshape(-1, len(readouts))
    values = values + noise * np.random.default_rng(seed).normal(size=values.shape)
    rows = [f"r{i}" for i in range(len(values))]
    data = AnnData(
        values,
        obs=pd.DataFrame({"time": np.tile(times, len(conditions))}, index=rows),
        var=pd.DataFrame(index=[*readouts]),
    )
    ids = sorted({id for condition in conditions for id in condition})
    if ids:
        table = [[condition.get(id, np.nan) for id in ids] for condition in conditions]
        data.obsm["doses"] = pd.DataFrame(np.repeat(table, len(times), axis=0), columns=ids, index=rows)
    if sd is not None:
        data.layers["sd"] = np.full(values.shape, sd)
    return data


def free(network: Any = TURNOVER, *ids: str, **options: Any) -> Any:
    """Return the network with constants declared, positive and without bounds."""
    values = dict(zip(network.equations.constants, np.asarray(network.values).tolist()))
    return network.with_parameters(
        {id: hc.Parameter(values[id], **{"transform": "log", **options}) for id in ids}
    )


def objective(
    network: Any, data: AnnData, *, noise: str = "normal", penalty: float = 0.0, solve: Any = SOLVE
) -> Any:
    """Return the objective of a fit, its free numbers, and where they start."""
    numbers, measured = find_free_numbers(network, None), read_measurements(network, data)
    made = make_objective(network, numbers, measured, solve=solve, noise=noise, penalty=penalty)
    return made, numbers, numbers.theta(np.asarray(network.values))


def differences(function: Any, theta: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Return the Jacobian by central differences."""
    units = step * np.eye(len(theta))
    return np.stack([(function(theta + u) - function(theta - u)) / (2 * step) for u in units], axis=1)
