"""The conditions of a training as experiments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import is_finite_number, is_number, is_whole, plain
from hybridcell.data import as_conditions
from hybridcell.io.omex.experiment import Experiment
from hybridcell.mechanisms.reactions.network import ReactionNetwork

CONTROL = "control"


def experiments_of(
    model: Any,
    inputs: Mapping[str, str],
    *,
    data: Any,
    conditions: Any,
    t1: float | None,
    n_points: int,
) -> tuple[Experiment, ...]:
    """Return an experiment for each distinct condition.

    Parameters
    ----------
    model : CellBox, hybrid or ReactionNetwork
    inputs : mapping of str to str
        Id of the input of each perturbation, of a network of interactions.
    data
        Whose conditions are taken where `conditions` are not given, and whose last time where `t1` is not.
    conditions
        As `hybridcell.simulate` takes them.
    t1 : float, optional
        End of the time courses; without it and without times in the data, steady states.
    n_points : int
    """
    if isinstance(model, ReactionNetwork):
        rows = _network_rows(data if conditions is None else conditions)
    else:
        rows = _interaction_rows(data if conditions is None else conditions, inputs)
    if t1 is not None and not (is_finite_number(t1) and t1 > 0):
        raise InvalidValueError(f"t1 is {t1!r}; wanted a positive number, or None for steady states.")
    if not (is_whole(n_points) and n_points >= 2):
        raise InvalidValueError(f"n_points is {n_points!r}; wanted a whole number, at least 2.")
    end = _last_time(data) if t1 is None else float(t1)
    distinct = {frozenset(changes.items()): (name, changes) for name, changes in reversed(rows)}
    return tuple(
        Experiment(name, changes, end=end, n_points=n_points) for name, changes in reversed(distinct.values())
    )


def _network_rows(conditions: Any) -> list[tuple[str, dict[str, float]]]:
    if conditions is None:
        return [(CONTROL, {})]
    if hasattr(conditions, "obsm"):
        conditions = conditions.obsm.get("doses")
        if conditions is None:
            return [(CONTROL, {})]
    if hasattr(conditions, "columns") and hasattr(conditions, "index"):
        # without columns there are no records, and each row is the control
        records = conditions.to_dict("records") or [{} for _ in conditions.index]
        return [(str(name), _numbers(row)) for name, row in zip(conditions.index, records, strict=True)]
    if isinstance(conditions, Mapping):
        nested = conditions and all(isinstance(v, Mapping) for v in conditions.values())
        if nested:
            return [(str(name), _numbers(row)) for name, row in conditions.items()]
        conditions = [conditions]
    if isinstance(conditions, list | tuple) and all(isinstance(row, Mapping) for row in conditions):
        return [(_label(changes), changes) for changes in map(_numbers, conditions)]
    raise InvalidValueError(
        f"conditions are {type(conditions).__name__} {conditions!r:.60}; wanted None, a dict such as "
        "{'k1': 0.5}, a list of such dicts, or a DataFrame with ids as columns."
    )


def _numbers(row: Mapping[Any, Any]) -> dict[str, float]:
    numbers = {str(id): _number(id, value) for id, value in row.items()}
    return {id: value for id, value in numbers.items() if not np.isnan(value)}


def _number(id: Any, value: Any) -> float:
    found = plain(value)
    if not is_number(found) or math.isinf(found):
        raise InvalidValueError(f"The value of {str(id)!r} is {found!r:.60}; wanted a number that is finite.")
    return float(found)


def _label(changes: Mapping[str, float]) -> str:
    return ", ".join(f"{id}={value:g}" for id, value in changes.items()) or CONTROL


def _interaction_rows(conditions: Any, inputs: Mapping[str, str]) -> list[tuple[str, dict[str, float]]]:
    given = as_conditions(conditions)
    used = [p for i, p in enumerate(given.perturbations) if np.any(given.doses[:, i] != 0)]
    for name in used:
        if name not in inputs:
            raise InvalidValueError(
                f"{name!r} is no input of the file, which has those of drugs: {', '.join(inputs)}. Leave "
                "conditions that perturb other nodes out."
            )
    place = {name: given.perturbations.index(name) for name in used}
    return [
        (name, {inputs[p]: float(row[place[p]]) for p in used if row[place[p]] != 0})
        for name, row in zip(given.names, given.doses)
    ]


def _last_time(data: Any) -> float | None:
    times = data.obs.get("time") if hasattr(data, "obs") else getattr(data, "time", None)
    if times is None:
        return None
    known = np.asarray(times, dtype=float)
    # an infinite time is one at rest
    last = float(np.max(known, where=np.isfinite(known), initial=0.0))
    return last if last > 0 else None
