"""What to measure so that parameters can be told: states that nobody looks at, and other times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.expressions.expression import leaves
from hybridcell.infer.identifiability.directions import listed
from hybridcell.infer.identifiability.fixing import Goal, vague_covariance
from hybridcell.infer.sources.network_source import NetworkSource
from hybridcell.infer.sources.petab_source import PetabSource
from hybridcell.infer.target import Target
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate import simulate

#: Change of each parameter, in e-folds, from which sensitivities are taken.
_STEP = 1e-3
#: Error that a proposed measurement is taken to have, as a share of the largest value of what is measured;
#: never less than the least error now.
ERROR = 0.1
#: Points of the fine times, and how many proposals are made.
_FINE, _MOST = 24, 4


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """What is measured now.

    Attributes
    ----------
    times : ndarray
    seen : frozenset of str
        Ids that measurements read.
    error : float
        The least error of a measurement now: none that is proposed is better.
    """

    times: Float[np.ndarray, " t"]
    seen: frozenset[str]
    error: float


def measuring_advice(target: Target, goal: Goal) -> list[str]:
    """Return in words which measurements would make most parameters identifiable, the best first.

    Candidates are every state at the measured times, and at earlier, denser and later times, of the network
    as it is (not of its conditions). Nothing where there is no network, or it cannot be simulated.
    """
    scheme = _scheme(target)
    if scheme is None or not goal.unknown.any():
        return []
    candidates = _candidates(scheme)
    ts = np.unique(np.concatenate(list(candidates.values())))
    found = _sensitivities(target, goal.unit, ts, scheme.error)
    if found is None:
        return []
    names, slopes = found
    scored = []
    for s, state in enumerate(names):
        for when, times in candidates.items():
            if when == _NOW and state in scheme.seen:
                continue
            rows = slopes[np.searchsorted(ts, times), s]
            covariance = vague_covariance(goal.information + rows.T @ rows)
            gained = goal.gained(covariance)
            shrunk = -np.linalg.slogdet(covariance)[1]
            scored.append((int(gained.sum()), float(shrunk), state, when, gained))
    scored.sort(key=lambda one: (-one[0], -one[1]))
    told: list[str] = []
    for count, _, state, when, gained in scored:
        if not count or len(told) == _MOST:
            break
        if any(f" {state} " in text for text in told):
            continue
        which = listed([target.names[k] for k in np.flatnonzero(gained)])
        told.append(
            f"Measure {state} {when}: then {which} {'becomes' if count == 1 else 'become'} identifiable "
            f"(with an error of {ERROR:.0%} of its largest value, and no less than {scheme.error:.2g})."
        )
    return told


_NOW = "at the times already measured"


def _candidates(scheme: Scheme) -> dict[str, np.ndarray]:
    """Return times to measure at, by what is said of them."""
    now = scheme.times[scheme.times > 0]
    first, last = now.min(), now.max()
    grid = np.concatenate([[0.0], now])
    dense = (grid[:-1] + grid[1:]) / 2
    if len(dense) > _FINE:
        dense = dense[np.linspace(0, len(dense) - 1, _FINE).astype(int)]
    found = {_NOW: now, "between the measured times": dense}
    found[f"early, from {first / 8:.3g} to {first / 1.25:.3g}"] = np.geomspace(first / 8, first / 1.25, 5)
    found[f"later, up to {2 * last:.4g}"] = np.linspace(1.2 * last, 2 * last, 5)
    return found


def _scheme(target: Target) -> Scheme | None:
    source: Any = target.source
    if isinstance(source, PetabSource):
        statement = source.problem.statement
        times = statement.measurements.time
        of_rows = [statement.observables[k] for k in statement.measurements.observable]
        seen = frozenset(leaves({one.formula for one in of_rows}, "symbol"))
        normal = [one.distribution == "normal" for one in of_rows]
        errors = np.asarray(source.problem.simulate(target.at)["noise"])[normal]
    elif isinstance(source, NetworkSource):
        train: Any = source.fit.train
        if "time" not in train.obs:
            return None
        times, seen = np.asarray(train.obs["time"], float), frozenset(map(str, train.var_names))
        given = source.fit.sd or {}
        errors = np.asarray(list(given.values()) if given else train.layers.get("sd", []), float).ravel()
    else:
        return None
    times, errors = np.unique(times[np.isfinite(times)]), errors[errors > 0]
    if not (times > 0).any():
        return None
    return Scheme(times=times, seen=seen, error=float(errors.min()) if len(errors) else 0.0)


def _sensitivities(
    target: Target, unit: np.ndarray, ts: np.ndarray, least: float
) -> tuple[tuple[str, ...], Float[np.ndarray, "t s q"]] | None:
    """Return states and their derivatives by e-folds of parameters, in units of the assumed error."""
    steps = np.diag(_STEP * unit)
    thetas = np.concatenate([target.at + steps, target.at - steps])
    networks = [target.network(theta) for theta in thetas]
    run = _simulated(networks, ts)
    if run is None:
        return None
    names, values = run
    error = np.maximum(ERROR * np.abs(values).max(axis=(0, 1)), max(least, 1e-300))
    q = len(target)
    slopes = (values[:q] - values[q:]) / (2 * _STEP) / error
    # what its bounds fix is known
    slopes[~target.free] = 0.0
    return names, np.moveaxis(slopes, 0, -1)


def _simulated(networks: list[ReactionNetwork], ts: np.ndarray) -> Any:
    """Return states of all networks, (lanes, times, states), computed together."""
    import pandas as pd

    first = networks[0]
    ids = list(first.equations.constants)
    values = pd.DataFrame([np.asarray(n.values, float) for n in networks], columns=pd.Index(ids))
    moved = values.loc[:, (values != values.iloc[0]).any()]
    if moved.empty:
        return None
    grid = np.union1d(0.0, ts)
    run = simulate(first, t1=float(grid[-1]), ts=grid, conditions=moved)
    names = tuple(first.equations.states)
    found = np.stack([np.asarray(run[name], float).reshape(len(networks), -1) for name in names], axis=-1)
    found = found[:, np.searchsorted(grid, ts)]
    return (names, found) if np.isfinite(found).all() else None
