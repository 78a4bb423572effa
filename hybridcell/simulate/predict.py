"""`hc.predict`: what a model, a fit or an ensemble expects under given conditions."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from hybridcell._core.ensemble import Ensemble, members_in_tiles
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractModel
from hybridcell.data import as_conditions
from hybridcell.simulate.simulate import simulate
from hybridcell.simulate.solve import Solve
from hybridcell.simulate.steady.fixed_point import iterate, residual_norm
from hybridcell.simulate.steady.solve import solve_steady_state

if TYPE_CHECKING:
    import anndata

#: Share of the members between `lower` and `upper`.
SPREAD = 0.9


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
        X and layer ``predicted``; for an ensemble the mean over members and layers ``lower`` and ``upper``: the
        central 90 % of the *members*. That is the spread of the fits, not a calibrated interval.
        obs: ``success`` (share of members that settled), ``stable`` for single models.
        Values of conditions without success are NaN.

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
        raise InvalidValueError(f"predict was given a {type(model).__name__}; wanted a model, a Fit or an Ensemble.")
    times = _times(given, time)
    if isinstance(single, Ensemble):
        values, success = ensemble_states(single, given, times=times, solve=solve)
        layers = _spread(values)
        success = success.mean(axis=0)
    else:
        values, success = model_states(single, given, times=times, solve=solve)
        layers = {"predicted": values}
    index = pd.Index(list(given.names), name="condition")
    obs = pd.DataFrame({"success": success}, index=index)
    if times is not None:
        obs["time"] = times
    return anndata.AnnData(
        X=layers["predicted"].copy(),
        obs=obs,
        var=pd.DataFrame({"kind": list(single.kinds)}, index=list(single.names)),
        layers=layers,
        obsm={"doses": pd.DataFrame(np.asarray(given.doses), index=index, columns=list(given.perturbations))},
    )


def _spread(values: np.ndarray) -> dict[str, np.ndarray]:
    """Return mean and central spread over members (M, C, n); NaN where no member settled."""
    tail = (1 - SPREAD) / 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # means of nothing: conditions where no member settled
        return {
            "predicted": np.nanmean(values, axis=0),
            "lower": np.nanquantile(values, tail, axis=0),
            "upper": np.nanquantile(values, 1 - tail, axis=0),
        }


def _times(given: Any, time: float | None) -> np.ndarray | None:
    if time is not None:
        if not np.isfinite(time) or time < 0:
            raise InvalidValueError(f"time is {time}; wanted a finite time that is not negative.")
        return np.full(len(given.names), float(time))
    times = getattr(given, "time", None)
    if times is None or not np.isfinite(np.asarray(times, dtype=float)).all():
        return None
    return np.asarray(times, dtype=float)


def model_states(
    model: AbstractModel, given: Any, *, times: np.ndarray | None = None, solve: Solve | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return states (C, n) of one model, NaN where not solved, and success per condition."""
    if times is None:
        found = solve_steady_state(model, model.inputs(given), solve=solve)
        return np.where(found.success[:, None], found.x, np.nan), found.success
    grid, place = np.unique(times, return_inverse=True)
    grid = np.concatenate([[0.0], grid]) if grid[0] > 0 else grid
    place = place + (len(grid) - len(np.unique(times)))
    trajectory = simulate(model, t1=float(grid[-1]), ts=grid, conditions=given, solve=solve)
    values = np.asarray(trajectory.values)[np.arange(len(times)), place]
    return values, trajectory.success


@eqx.filter_jit
def _member_states(members: Any, u: Array, x0: Array, n_iterations: int, tol: float) -> tuple[Array, Array]:
    def one(model: AbstractModel) -> tuple[Array, Array]:
        field = model.field()
        x = iterate(field, u, x0, n_iterations=n_iterations, tol=tol)
        return x, residual_norm(field, x, u)

    return members_in_tiles(one, members)


def ensemble_states(
    ensemble: Ensemble, given: Any, *, times: np.ndarray | None = None, solve: Solve | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return states (M, C, n), NaN where not solved, and success (M, C).

    Steady states of all members come from one program; a member that the fixed-point iteration does
    not settle everywhere is solved again on its own, with the dearer methods.
    """
    if times is not None:
        solved = [model_states(member, given, times=times, solve=solve) for member in ensemble]
        return np.stack([x for x, _ in solved]), np.stack([ok for _, ok in solved])
    solve = Solve() if solve is None else solve
    first = ensemble.model
    u = first.inputs(given)
    x0 = first.initial_state(u)
    x, residual = _member_states(ensemble.members, jnp.asarray(u), jnp.asarray(x0), 300, solve.steadiness)
    values, success = np.array(x), np.asarray(residual) <= solve.steadiness
    for m in np.flatnonzero(~success.all(axis=1)):
        rows = np.flatnonzero(~success[m])
        found = solve_steady_state(ensemble.member(int(m)), u[rows], solve=solve)
        values[m, rows] = np.where(found.success[:, None], found.x, np.nan)
        success = success.copy()
        success[m, rows] = found.success
    return values, success
