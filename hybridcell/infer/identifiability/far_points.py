"""How well data can be described when one parameter is held away from its estimate.

This is a profile at single points: it tells whether an interval ends before a point, at the cost of a few
steps, and not where it ends. All points go in lock-step, so that an objective sees batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from hybridcell._core.progress import progress_bar
from hybridcell.infer.target import Target

#: Points that one call of the objective evaluates.
_BATCH = 16
#: Damping at the start, how it grows and shrinks, and where the steps are nothing.
_DAMPING, _MORE, _LESS, _MOST = 1e-2, 6.0, 0.25, 1e10
#: Decrease that the model predicts, below which a point has arrived.
_ARRIVED = 0.02
#: A point is given up as too high when, after a step, the model predicts less than this share of what is
#: missing.
_HOPELESS, _PATIENCE = 0.1, 1


@dataclass(frozen=True, kw_only=True, eq=False)
class FarPoints:
    """What was found with parameters held.

    Attributes
    ----------
    parameter : ndarray of int, shape (m,)
        Which one is held.
    value : ndarray, shape (m,)
        The least value that was found; inf where nothing could be computed.
    theta : ndarray, shape (m, q)
    settled : ndarray of bool, shape (m,)
        The minimum was found, or is sure to be above the limit; or a point below the limit was met.
    """

    parameter: Int[np.ndarray, " m"]
    value: Float[np.ndarray, " m"]
    theta: Float[np.ndarray, "m q"]
    settled: Bool[np.ndarray, " m"]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Model:
    """Quadratic models of rows: values, gradients and curvatures."""

    value: np.ndarray
    slope: np.ndarray
    bend: np.ndarray

    def at(self, rows: np.ndarray) -> _Model:
        return _Model(value=self.value[rows], slope=self.slope[rows], bend=self.bend[rows])


def far_points(
    target: Target,
    parameter: Int[np.ndarray, " m"],
    starts: Float[np.ndarray, "m q"],
    *,
    limit: float,
    max_iterations: int = 40,
    progress: bool | None = None,
) -> FarPoints:
    """Minimize with one parameter of each start held where it is, until the value falls below a limit.

    Parameters
    ----------
    target : Target
    parameter
        Which parameter each row holds.
    starts
        On the scales, within the bounds.
    limit : float
        A row ends when its value is not above: that settles the question.
    max_iterations : int
    progress : bool, optional
        As for `hc.fit`; the bar counts points.
    """
    with progress_bar(total=len(parameter), description="refits", show=progress) as bar:
        return _minimized(target, parameter, starts, limit, max_iterations, bar)


def _minimized(
    target: Target, parameter: np.ndarray, starts: np.ndarray, limit: float, max_iterations: int, bar: Any
) -> FarPoints:
    m = len(parameter)
    theta, damping = starts.copy(), np.full(m, _DAMPING)
    fallback = target.information() if not target.has_least_squares else np.zeros((0, 0))
    model = _models(target, theta, fallback)
    open_, settled, still = np.isfinite(model.value), np.zeros(m, bool), np.zeros(m, int)
    below = model.value <= limit
    settled |= below
    open_ &= ~below
    for _ in range(max_iterations):
        rows = np.flatnonzero(open_)
        bar.update(m - len(rows) - bar.n)
        if not len(rows):
            break
        now = model.at(rows)
        free = _free(target, theta[rows], now.slope, parameter[rows])
        predicted = _predicted(now, free)
        hopeless = (predicted < _HOPELESS * (now.value - limit)) & (still[rows] >= _PATIENCE)
        done = (predicted < _ARRIVED) | hopeless
        settled[rows[done]], open_[rows[done]] = True, False
        if done.all():
            continue
        rows, free, now = rows[~done], free[~done], now.at(~done)
        trial = np.clip(theta[rows] + _steps(now, free, damping[rows]), target.lower, target.upper)
        # what is held is held to the last bit
        held = parameter[rows]
        trial[np.arange(len(rows)), held] = theta[rows, held]
        found = _models(target, trial, fallback)
        better = found.value < now.value
        still[rows] += 1
        damping[rows] *= np.where(better, _LESS, _MORE)
        taken = rows[better]
        theta[taken] = trial[better]
        _put(model, taken, found.at(better))
        below = model.value[rows] <= limit
        settled[rows[below]] = True
        stuck = damping[rows] > _MOST
        settled[rows[stuck]] = True
        open_[rows[below | stuck]] = False
    return FarPoints(parameter=parameter, value=model.value, theta=theta, settled=settled)


def value_at(target: Target, theta: Float[np.ndarray, " q"]) -> tuple[float, float]:
    """Return the value of a point as `far_points` counts it, and what a step would gain by its model.

    The value is infinite where it cannot be computed.
    """
    fallback = target.information(theta) if not target.has_least_squares else np.zeros((0, 0))
    model = _models(target, theta[None], fallback)
    # no parameter is held
    free = _free(target, theta[None], model.slope, np.zeros((1, 0), int))
    return float(model.value[0]), float(_predicted(model, free)[0])


def _models(target: Target, thetas: np.ndarray, fallback: np.ndarray) -> _Model:
    parts = [_piece(target, thetas[i : i + _BATCH], fallback) for i in range(0, len(thetas), _BATCH)]
    joined = (np.concatenate([getattr(p, name) for p in parts]) for name in ("value", "slope", "bend"))
    value, slope, bend = joined
    fine = np.isfinite(value) & np.isfinite(slope).all(axis=1) & np.isfinite(bend).all(axis=(1, 2))
    return _Model(
        value=np.where(fine, value, np.inf),
        slope=np.where(fine[:, None], slope, 0.0),
        bend=np.where(fine[:, None, None], bend, 0.0),
    )


def _piece(target: Target, thetas: np.ndarray, fallback: np.ndarray) -> _Model:
    if not target.has_least_squares:
        value, slope = target.values_and_gradients(thetas)
        return _Model(
            value=value, slope=slope, bend=np.broadcast_to(fallback, (len(thetas), *fallback.shape))
        )
    # one size of batch is one compiled program
    padded = np.concatenate([thetas, np.full((_BATCH - len(thetas), thetas.shape[1]), np.nan)])
    residuals, jacobians = (part[: len(thetas)] for part in target.least_squares(padded))
    with np.errstate(all="ignore"):
        return _Model(
            value=0.5 * np.sum(residuals**2, axis=1),
            slope=np.matmul(residuals[:, None], jacobians)[:, 0],
            bend=np.matmul(jacobians.transpose(0, 2, 1), jacobians),
        )


def _free(target: Target, theta: np.ndarray, slope: np.ndarray, parameter: np.ndarray) -> np.ndarray:
    """Return which parameters may move: not the held one, nor those that a bound holds back."""
    free = ~((theta <= target.lower) & (slope > 0)) & ~((theta >= target.upper) & (slope < 0)) & target.free
    held = parameter.reshape(len(theta), -1)
    free[np.arange(len(theta))[:, None], held] = False
    return free


def _system(model: _Model, free: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return curvatures with a unit diagonal, slopes in the same units, and the units."""
    both = free[:, :, None] & free[:, None]
    bend = np.where(both, model.bend, 0.0)
    own = np.sqrt(np.maximum(np.diagonal(bend, axis1=1, axis2=2), 0.0))
    unit = np.where(own > 0, own, 1.0)
    return bend / unit[:, :, None] / unit[:, None], np.where(free, model.slope, 0.0) / unit, unit


def _solved(bend: np.ndarray, slope: np.ndarray, damping: np.ndarray | float) -> np.ndarray:
    added = np.asarray(damping)[..., None, None] * np.eye(slope.shape[1])
    return -np.linalg.solve(bend + added, slope[..., None])[..., 0]


def _steps(model: _Model, free: np.ndarray, damping: np.ndarray) -> np.ndarray:
    bend, slope, unit = _system(model, free)
    return _solved(bend, slope, damping) / unit


def _predicted(model: _Model, free: np.ndarray) -> np.ndarray:
    """Return the decrease that the quadratic model has from here to its minimum."""
    bend, slope, _ = _system(model, free)
    return -0.5 * np.sum(slope * _solved(bend, slope, 1e-6), axis=1)


def _put(model: _Model, rows: np.ndarray, found: _Model) -> None:
    for name in ("value", "slope", "bend"):
        getattr(model, name)[rows] = getattr(found, name)
