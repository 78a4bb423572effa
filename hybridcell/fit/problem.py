"""A fitting problem as arrays: inputs, measurements, and where to find them in the states."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from hybridcell._core.errors import DataError, unknown_name
from hybridcell._core.model import AbstractModel
from hybridcell._core.padding import pad_rows
from hybridcell.data import PerturbationData
from hybridcell.simulate import Solve


class Problem(eqx.Module):
    """What a model is fitted to.

    Rows are measurements; the conditions that are simulated are the distinct inputs among them, so that
    replicates and time points of one condition cost one simulation. Both are padded with rows of weight 0.

    Attributes
    ----------
    u : Array, shape (C, n)
        Inputs of the distinct conditions.
    y : Array, shape (N, R)
        Measurements, 0 where not measured.
    weight : Array, shape (N, R)
        Weight of each entry in the loss, 0 where not measured.
    row : Array, shape (N,)
        The condition of each measurement.
    columns : Array, shape (R,)
        The node of each readout.
    when : Array, shape (N,)
        The time of each measurement, as a position in `ts`.
    ts : tuple of float, length T
        Distinct times; empty for steady states.
    """

    u: Float[Array, "c n"]
    y: Float[Array, "m r"]
    weight: Float[Array, "m r"]
    row: Int[Array, " m"]
    columns: Int[Array, " r"]
    when: Int[Array, " m"]
    ts: tuple[float, ...] = eqx.field(static=True)
    solve: Solve = eqx.field(static=True)

    @property
    def is_steady(self) -> bool:
        """Whether measurements are of steady states."""
        return not self.ts


def make_problem(model: AbstractModel, data: PerturbationData, *, loss: str, solve: Solve | None) -> Problem:
    """Lay out a screen for a model.

    Raises
    ------
    UnknownNameError
        If a readout or a perturbation of the data is no node of the model.
    DataError
        If nothing is measured, or the loss is "gaussian" and measurement errors are missing.
    """
    for readout in data.readouts:
        if readout not in model.names:
            raise unknown_name("node (named by the data's readouts)", readout, model.names)
    values, observed = np.asarray(data.values, dtype=float), np.isfinite(np.asarray(data.values, dtype=float))
    if not observed.any():
        raise DataError("There is nothing to fit: every entry of the data is missing.")
    weight = np.where(observed, 1.0, 0.0)
    if data.weight is not None:
        weight = weight * np.nan_to_num(np.asarray(data.weight, dtype=float))
    if loss == "gaussian":
        if data.sd is None:
            raise DataError(
                'loss="gaussian" needs measurement errors in layers["sd"]; give them, or use loss="mse".'
            )
        sd = np.asarray(data.sd, dtype=float)
        weight = np.where(observed, weight / np.where(observed, sd, 1.0) ** 2, 0.0)
        if (weight > np.finfo(jnp.zeros(()).dtype).max).any():
            raise DataError(
                f'The smallest error in layers["sd"] is {sd[observed].min():g}, whose inverse square is no '
                "finite number in this precision. Set hc.config.precision = 'float64', or give the values in "
                "a smaller unit."
            )
    inputs = model.inputs(data)
    u, row = np.unique(inputs, axis=0, return_inverse=True)
    times = _times(data)
    ts, when = (
        (np.zeros(0), np.zeros(len(inputs), int)) if times is None else np.unique(times, return_inverse=True)
    )
    solve = Solve(rtol=1e-5, atol=1e-7) if solve is None else solve
    _check_times(ts, solve)
    return Problem(
        u=jnp.asarray(pad_rows(u)),
        y=jnp.asarray(pad_rows(np.where(observed, values, 0.0))),
        weight=jnp.asarray(pad_rows(weight)),
        row=jnp.asarray(pad_rows(row.reshape(-1))),
        columns=jnp.asarray([model.index(r) for r in data.readouts]),
        when=jnp.asarray(pad_rows(when.reshape(-1))),
        ts=tuple(float(t) for t in ts),
        solve=solve,
    )


def check_measured(problem: Problem, train: np.ndarray, valid: np.ndarray) -> None:
    """Refuse rows (M, N) to train or validate on that hold no measurement of any weight."""
    counted = np.asarray(jnp.sum(problem.weight, axis=1))[: train.shape[1]] > 0
    for what, rows in (("train", train), ("validate", valid)):
        empty = rows.any(axis=1) & ~(rows[:, counted] > 0).any(axis=1)
        if empty.any():
            raise DataError(
                f"Nothing is measured in the rows to {what} on (member {int(np.argmax(empty))}): their "
                "entries are missing or have weight 0. Choose other rows, or another key."
            )


def _times(data: PerturbationData) -> np.ndarray | None:
    """Return the times of the rows, None for a screen without times."""
    times: Any = data.time
    if times is None:
        return None
    times = np.asarray(times, dtype=float)
    if not np.isfinite(times).any():
        return None
    if not np.isfinite(times).all():
        raise DataError("Some rows have a time and others have none; give all rows a time, or none.")
    return times


def _check_times(ts: np.ndarray, solve: Solve) -> None:
    if not ts.size:
        return
    if ts[0] < 0 or ts[-1] <= 0:
        raise DataError(
            f"Times run from {ts[0]:g} to {ts[-1]:g}; wanted times from 0 on, one of them positive."
        )
    if solve.is_fixed_step:
        steps = ts / solve.step
        off = np.abs(steps - np.round(steps)) > 1e-6
        if off.any():
            raise DataError(
                f"Time {ts[off][0]:g} is no multiple of the step dt={solve.step:g}; choose a dt that divides "
                "the times, or an adaptive method."
            )
