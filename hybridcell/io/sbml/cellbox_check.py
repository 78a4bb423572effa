"""What a network of interactions does, to be found again in its file."""

from __future__ import annotations

import warnings
from typing import Any, TypeAlias

import jax.numpy as jnp
import numpy as np

from hybridcell._core.model import AbstractModel, plain_field
from hybridcell.io.sbml.simulators import Simulation

#: Times at which trajectories are compared, in units of the median 1 / alpha.
_REACH, _N_TIMES = 10.0, 21
_RTOL, _ATOL = 1e-10, 1e-12
#: Times, and the states (T, n) of each condition.
Courses: TypeAlias = tuple[np.ndarray, tuple[np.ndarray, ...]]


def cellbox_courses(model: AbstractModel, u: np.ndarray) -> Courses | str:
    """Return times and trajectories (T, n) under the conditions u, shape (C, n), or why there are none."""
    times = np.linspace(0.0, _REACH / float(np.median(plain_field(model).relaxation)), _N_TIMES)
    values = []
    for row in u:
        found = _trajectory(model, row, times)
        if found is None:
            return "our own solver gave up on a condition"
        values.append(found)
    return times, tuple(values)


def cellbox_simulation(
    model: AbstractModel,
    courses: Courses,
    ids: dict[str, str],
    inputs: dict[str, str],
    u: np.ndarray,
) -> Simulation:
    """Return the trajectories of a model, to be found again in its file.

    Parameters
    ----------
    model : AbstractModel
    courses : times and trajectories
        Of the conditions.
    ids, inputs : dict of str to str
        In the file, of states and of inputs by node.
    u : ndarray, shape (C, n)
        Inputs of the conditions to compare.
    """
    times, values = courses
    return Simulation(
        ids=tuple(ids.values()),
        times=times,
        changes=tuple({sid: float(row[model.index(name)]) for name, sid in inputs.items()} for row in u),
        values=values,
        scale=np.ones(len(ids)),
        rtol=_RTOL,
        atol=_ATOL,
        over=f"{len(u)} conditions, {len(times)} times from 0 to {times[-1]:.3g}, all nodes",
    )


def _trajectory(model: AbstractModel, u: np.ndarray, times: np.ndarray) -> np.ndarray | None:
    from scipy.integrate import solve_ivp

    field: Any = plain_field(model)
    x0 = np.asarray(model.initial_state(jnp.asarray(u[None])))[0]
    # a model that runs away overflows, which the result then says
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = solve_ivp(
            lambda t, x: np.asarray(field(t, x[None], u[None]))[0],
            (times[0], times[-1]),
            x0,
            method="LSODA",
            t_eval=times,
            rtol=_RTOL,
            atol=_ATOL,
        )
    return found.y.T if found.success and np.isfinite(found.y).all() else None
