"""`hc.simulate`: a model over time."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jaxtyping import ArrayLike, PRNGKeyArray

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractModel, check_one_model, make_field
from hybridcell._core.number_checks import is_finite_number, is_whole
from hybridcell.data import read_schedules
from hybridcell.mechanisms import ReactionNetwork
from hybridcell.simulate.integrate import integrate_conditions
from hybridcell.simulate.scheduled import integrate_schedules
from hybridcell.simulate.scipy_backend import method_name
from hybridcell.simulate.solve import Solve
from hybridcell.simulate.trajectory import Trajectory
from hybridcell.simulate.words import lower_words


def simulate(
    model: AbstractModel | ReactionNetwork,
    *,
    t1: float,
    t0: float = 0.0,
    ts: ArrayLike | None = None,
    n_points: int = 101,
    conditions: Any = None,
    solve: Solve | None = None,
    key: PRNGKeyArray | None = None,
) -> Trajectory:
    """Integrate a model from t0 to t1 under one or more conditions.

    Parameters
    ----------
    model
        A CellBox network, a hybrid, or a reaction network. Of a reaction network, JAX can take derivatives:
        ``jax.grad(lambda p: loss(hc.simulate(network.with_values(p), t1=10.0).values))(network.values)``.
    t1, t0 : float
        End and start, in the model's unit of time.
    ts : array_like, shape (T,), optional
        Times to report, increasing, between t0 and t1. Default: `n_points` evenly spaced.
    n_points : int
        Number of times when `ts` is not given.
    conditions
        AnnData, PerturbationData, Conditions, a DataFrame of doses, a dict ``{"drug": dose}``, a list of
        dicts, or a dict of them by name; or words, as in `Perturbation`: ``["control", "MEKi 0.5 uM + BRAF
        knockout"]``. None: the control. For a reaction network the numbers are values of its constants
        (``{"k1": 0.5, "S1": 10.0}``: parameters, compartment sizes, initial amounts or concentrations as the
        file gives them); what is not named keeps the network's value. Where an interaction network's dose
        stands, there may be a `Schedule`.
    solve : Solve, optional
        Method and tolerances.
    key : PRNGKeyArray, optional
        Decides the order of simultaneous events of one priority, which SBML leaves to chance. None: always
        the same order.

    Returns
    -------
    Trajectory
        One condition that fails does not stop the others: see `Trajectory.result`.

    Raises
    ------
    InvalidValueError
        On times that are not finite and increasing or lie outside [t0, t1]; on more fixed steps than
        ``Solve.max_steps``.
    UnknownNameError
        On a perturbation that the model does not have.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    >>> both = hc.simulate(model, t1=50.0, ts=[0, 50.0], conditions=[{"d": -1.0}, {}])
    >>> both["a"].round(3).tolist()
    [[0.0, -0.642], [0.0, 0.0]]
    """
    check_one_model("simulate", model)
    solve = Solve() if solve is None else solve
    times = _check_times(t0, t1, ts, n_points)
    model, conditions = lower_words(model, conditions)
    if isinstance(model, ReactionNetwork):
        from hybridcell.simulate.kinetics.simulate import simulate_network

        return simulate_network(model, t0=float(t0), ts=times, conditions=conditions, solve=solve, key=key)
    given, schedules = read_schedules(conditions)
    u: Any = model.inputs(given)
    x0 = np.asarray(model.initial_state(u))
    how: dict[str, Any] = {"t0": float(t0), "ts": times, "solve": solve}
    if schedules:
        on_nodes = {(row, model.index(name)): schedule for (row, name), schedule in schedules.items()}
        values, results = integrate_schedules(make_field(model), x0, u, on_nodes, **how)
    else:
        values, results = integrate_conditions(make_field(model), x0, u, **how)
    return Trajectory(
        ts=times,
        values=jax.device_put(values),
        names=model.names,
        kinds=model.kinds,
        conditions=given.names,
        result=tuple(results),
        method=method_name(solve) if solve.backend == "numpy" else solve.resolved_method,
    )


def _check_times(t0: float, t1: float, ts: ArrayLike | None, n_points: int) -> np.ndarray:
    if not (is_finite_number(t0) and is_finite_number(t1) and t1 >= t0):
        raise InvalidValueError(f"t0 is {t0!r} and t1 is {t1!r}; wanted finite times with t1 >= t0.")
    if ts is None:
        if not (is_whole(n_points) and n_points >= 2):
            raise InvalidValueError(f"n_points is {n_points!r}; wanted a whole number, at least 2.")
        return np.linspace(t0, t1, n_points)
    try:
        times = np.atleast_1d(np.asarray(ts, dtype=float))
    except (TypeError, ValueError):
        raise InvalidValueError(f"ts is {ts!r:.60}; wanted a list of numbers.") from None
    if times.ndim != 1 or times.size == 0 or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise InvalidValueError("ts must be a list of finite, increasing times with at least one entry.")
    if times[0] < t0 or times[-1] > t1:
        raise InvalidValueError(f"ts spans {times[0]:g} to {times[-1]:g}, outside t0={t0:g} to t1={t1:g}.")
    return times
