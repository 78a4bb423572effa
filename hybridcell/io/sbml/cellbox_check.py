"""What a network of interactions does, to be found again in its file."""

from __future__ import annotations

import warnings
from typing import Any

import jax.numpy as jnp
import numpy as np

from hybridcell._core.model import AbstractModel, plain_field
from hybridcell.io.sbml.simulators import Simulation

#: Times at which trajectories are compared, in units of the median 1 / alpha.
_REACH, _N_TIMES = 10.0, 21
_RTOL, _ATOL = 1e-10, 1e-12


def cellbox_simulation(
    model: AbstractModel, ids: dict[str, str], inputs: dict[str, str], u: np.ndarray
) -> Simulation | str:
    """Return the trajectories of a model, or why there are none.

    Parameters
    ----------
    model : AbstractModel
    ids, inputs : dict of str to str
        In the file, of states and of inputs by node.
    u : ndarray, shape (C, n)
        Inputs of the conditions to compare.
    """
    times = np.linspace(0.0, _REACH / float(np.median(plain_field(model).relaxation)), _N_TIMES)
    values = []
    for row in u:
        found = _trajectory(model, row, times)
        if found is None:
            return "our own solver gave up on a condition"
        values.append(found)
    return Simulation(
        ids=tuple(ids.values()),
        times=times,
        changes=tuple({sid: float(row[model.index(name)]) for name, sid in inputs.items()} for row in u),
        values=tuple(values),
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
