"""`hc.predict`: what a model, a fit or an ensemble expects under given conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from hybridcell._core.ensemble import Ensemble, members_in_tiles
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractModel
from hybridcell.data import Conditions, as_conditions
from hybridcell.simulate.simulate import simulate
from hybridcell.simulate.solve import Solve
from hybridcell.simulate.steady.fixed_point import iterate, residual_norm
from hybridcell.simulate.steady.solve import solve_steady_state
from hybridcell.simulate.tables import dose_tables, node_table
from hybridcell.simulate.tiles import in_tiles

if TYPE_CHECKING:
    import anndata

#: Share of the members between `lower` and `upper`.
SPREAD = 0.9
#: How far from the start the iteration begins, so that an unstable start is not taken for a steady state.
_NUDGE = 1e-3


def predict(
    model: Any,
    conditions: Any,
    *,
    time: float | None = None,
    solve: Solve | None = None,
) -> anndata.AnnData:
    """Predict every node under each condition.

    Parameters
    ----------
    model
        A model, a `Fit` or an `Ensemble`.
    conditions
        As for `hc.simulate`. Where conditions have times, the prediction is for those times; else for the
        steady state.
    time : float, optional
        One time for all conditions.
    solve : Solve, optional

    Returns
    -------
    AnnData, conditions x nodes
        X and layer ``predicted``; for an ensemble the mean over members and layers ``lower`` and ``upper``:
        the central 90 % of the *members*. That is the spread of the fits, not a calibrated interval. Members
        whose fit did not succeed are left out.
        obs: ``success``, True or False; for an ensemble the share of its members that were solved. Values
        of conditions without any success are NaN.

    Raises
    ------
    UnknownNameError
        On a perturbation that the model does not have.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    >>> hc.predict(model, [{"d": -1.0}, {"d": -2.0}]).X.shape
    (2, 2)
    """
    import anndata
    import pandas as pd

    given = as_conditions(conditions)
    single = model if isinstance(model, AbstractModel | Ensemble) else getattr(model, "model", None)
    if not isinstance(single, AbstractModel | Ensemble):
        raise InvalidValueError(
            f"predict was given a {type(model).__name__}; wanted a model, a Fit or an Ensemble."
        )
    times = _times(given, time)
    obs: dict[str, Any] = {}
    if isinstance(single, Ensemble):
        values, success = ensemble_states(single, given, times=times, solve=solve)
        layers = _spread(values)
        obs["success"] = success.mean(axis=0)
    else:
        values, obs["success"] = model_states(single, given, times=times, solve=solve)
        layers = {"predicted": values}
    if times is not None:
        obs["time"] = times
    index = pd.Index(list(given.names), name="condition")
    return anndata.AnnData(
        X=layers["predicted"].copy(),
        obs=pd.DataFrame(obs, index=index),
        var=node_table(single),
        layers=layers,
        obsm=dose_tables(given, index),
    )


def _spread(values: np.ndarray) -> dict[str, np.ndarray]:
    """Return mean and central spread over members (M, C, n); NaN where no member settled."""
    ordered = np.sort(values, axis=0)  # NaN come last
    count = np.sum(~np.isnan(values), axis=0)
    total = np.nansum(values, axis=0)
    tail = (1 - SPREAD) / 2
    return {
        "predicted": np.where(count > 0, total / np.maximum(count, 1), np.nan),
        "lower": _quantile(ordered, count, tail),
        "upper": _quantile(ordered, count, 1 - tail),
    }


def _quantile(ordered: np.ndarray, count: np.ndarray, share: float) -> np.ndarray:
    """Return a quantile over the first `count` of sorted members; np.nanquantile takes seconds for this."""
    place = share * np.maximum(count - 1, 0)
    left = np.floor(place).astype(int)
    right = np.minimum(left + 1, np.maximum(count - 1, 0))
    low, high = (np.take_along_axis(ordered, k[None], axis=0)[0] for k in (left, right))
    return low + (place - left) * (high - low)


def _times(given: Conditions, time: float | None) -> np.ndarray | None:
    if time is not None:
        if not np.isfinite(time) or time < 0:
            raise InvalidValueError(f"time is {time}; wanted a finite time that is not negative.")
        return np.full(len(given.names), float(time))
    if given.time is None or np.isnan(given.time).all():
        return None
    wrong = ~(np.isfinite(given.time) & (given.time >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InvalidValueError(
            f"The time of condition {given.names[row]!r} is {given.time[row]}; wanted a time from 0 on for "
            "every condition, or for none."
        )
    return given.time


def model_states(
    model: AbstractModel, given: Conditions, *, times: np.ndarray | None = None, solve: Solve | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return states (C, n) of one model, NaN where not solved, and success per condition."""
    if times is None:
        found = solve_steady_state(model, model.inputs(given), solve=solve)
        return np.where(found.success[:, None], found.x, np.nan), found.success
    grid, place = np.unique(times, return_inverse=True)
    trajectory = simulate(model, t1=float(grid[-1]), ts=grid, conditions=given, solve=solve)
    values = np.asarray(trajectory.values)[np.arange(len(times)), place.reshape(-1)]
    # what counts is the condition's own time: it may fail later
    return values, np.asarray(np.isfinite(values).all(axis=1))


@eqx.filter_jit
def _member_states(members: Any, u: Array, x0: Array, n_iterations: int, tol: Any) -> tuple[Array, Array]:
    def one(model: AbstractModel) -> tuple[Array, Array]:
        field = model.field()
        x = iterate(field, u, x0 + _NUDGE, n_iterations=n_iterations, tol=tol)
        residual = residual_norm(field, x, u)
        # A start that is at rest (the control) is the steady state, unless the iteration leaves it.
        at_rest = residual_norm(field, x0, u) <= tol
        came_back = jnp.max(jnp.abs(x - x0), axis=-1) < _NUDGE
        x = jnp.where((at_rest & came_back)[:, None], x0, x)
        return x, jnp.where(at_rest & ~came_back, jnp.inf, residual)

    return members_in_tiles(one, members)


def ensemble_states(
    ensemble: Ensemble, given: Conditions, *, times: np.ndarray | None = None, solve: Solve | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return states (M, C, n), NaN where not solved, and success (M, C).

    Steady states of all members come from one program; a member that the fixed-point iteration does
    not settle everywhere is solved again on its own, with the dearer methods. A member whose fit did not
    succeed is NaN everywhere.
    """
    usable = np.array([result == "success" for result in ensemble.result])
    if times is not None:
        values = np.full((ensemble.n, len(given.names), len(ensemble.names)), np.nan)
        success = np.zeros(values.shape[:2], dtype=bool)
        for m in np.flatnonzero(usable):
            values[m], success[m] = model_states(ensemble.member(int(m)), given, times=times, solve=solve)
        return values, success
    solve = Solve() if solve is None else solve
    first = ensemble.model
    u: Any = first.inputs(given)
    start = np.asarray(first.initial_state(u))

    def run(u: Any, x0: Any) -> tuple[np.ndarray, np.ndarray]:
        x, residual = _member_states(ensemble.members, u, x0, 300, np.asarray(solve.steadiness))
        return np.asarray(x).swapaxes(0, 1), np.asarray(residual).T

    if solve.method == "auto" and solve.backend == "jax" and solve.dt is None:
        x, residual = in_tiles(run, u, start)
        values, success = x.swapaxes(0, 1), solve.steadiness >= residual.T
    else:
        values, success = np.zeros((ensemble.n, *u.shape)), np.zeros((ensemble.n, len(u)), dtype=bool)
    values[~usable], success[~usable] = np.nan, False
    for m in np.flatnonzero(usable & ~success.all(axis=1)):
        rows = np.flatnonzero(~success[m])
        found = solve_steady_state(ensemble.member(int(m)), u[rows], solve=solve)
        values[m, rows] = np.where(found.success[:, None], found.x, np.nan)
        success[m, rows] = found.success
    return values, success
