"""Levenberg-Marquardt: least squares by damped Gauss-Newton steps within bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

#: Longest step of one number, in its own unit: numbers on a log scale and weights are of order one.
_LONGEST = 2.0
#: Damping relative to the curvature, at the start, and where no step helps any more.
_FIRST, _LAST = 1e-2, 1e10


@dataclass(frozen=True, eq=False)
class Minimum:
    """Where a minimization ended.

    Attributes
    ----------
    theta : ndarray, shape (q,)
    cost : float
        Half of the sum of squares.
    residuals, jacobian : ndarray
        There.
    reason : str
        Why it ended: "converged", "no better step", "iterations".
    history : list of float
        Cost at the start and after every accepted step.
    """

    theta: Float[np.ndarray, " q"]
    cost: float
    residuals: Float[np.ndarray, " n"]
    jacobian: Float[np.ndarray, "n q"]
    reason: str
    history: list[float] = field(default_factory=list)


def minimize(
    residuals: Callable[[np.ndarray], np.ndarray],
    linearized: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    start: Float[np.ndarray, " q"],
    *,
    low: Float[np.ndarray, " q"],
    high: Float[np.ndarray, " q"],
    iterations: int,
    tolerance: float = 1e-4,
    on_step: Callable[[float], None] | None = None,
) -> Minimum:
    """Minimize half of the sum of squares.

    Parameters
    ----------
    residuals, linearized
        theta -> r, and theta -> (r, dr/dtheta). Values that are not finite count as infinite cost.
    tolerance : float
        Relative decrease below which three steps in a row are the end.

    References
    ----------
    Nielsen (1999), IMM-REP-1999-05, for the damping.
    """
    theta = np.clip(np.asarray(start, dtype=float), low, high)
    r, j = linearized(theta)
    cost = _cost(r, j)
    if not np.isfinite(cost):
        return Minimum(theta, np.inf, r, j, "the start cannot be simulated", [np.inf])
    history, damping, growth, slow = [cost], _FIRST, 2.0, 0
    reason = "iterations"
    for _ in range(iterations):
        step = _step(theta, r, j, damping, low, high)
        trial = np.clip(theta + step, low, high)
        moved = trial - theta
        expected = -(j.T @ r) @ moved - 0.5 * np.sum((j @ moved) ** 2)
        found = residuals(trial)
        new = 0.5 * float(found @ found) if np.isfinite(found).all() else np.inf
        if new < cost:
            gain = min((cost - new) / max(expected, 1e-300), 10.0)
            r_new, j_new = linearized(trial)
            if not np.isfinite(_cost(r_new, j_new)):
                damping, growth = damping * growth, growth * 2
                continue
            slow = slow + 1 if cost - new <= tolerance * cost else 0
            theta, r, j, cost = trial, r_new, j_new, new
            history.append(cost)
            damping *= max(1 / 5, 1 - (2 * gain - 1) ** 3)
            damping, growth = max(damping, 1e-12), 2.0
            if on_step is not None:
                on_step(cost)
            if slow >= 3:
                reason = "converged"
                break
        else:
            damping, growth = damping * growth, growth * 2
            if damping > _LAST:
                reason = "no better step"
                break
    return Minimum(theta, cost, r, j, reason, history)


def _cost(r: np.ndarray, j: np.ndarray) -> float:
    return 0.5 * float(r @ r) if np.isfinite(r).all() and np.isfinite(j).all() else np.inf


def _step(
    theta: np.ndarray, r: np.ndarray, j: np.ndarray, damping: float, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Return the damped step of the numbers that no bound holds."""
    slope = j.T @ r
    free = ~(((theta <= low) & (slope > 0)) | ((theta >= high) & (slope < 0)))
    curvature = j.T @ j
    scale = np.maximum(np.diag(curvature), 1e-6 * max(float(np.max(np.diag(curvature), initial=0.0)), 1e-12))
    matrix = (curvature + damping * np.diag(scale))[np.ix_(free, free)]
    step = np.zeros_like(theta)
    try:
        step[free] = -np.linalg.solve(matrix, slope[free])
    except np.linalg.LinAlgError:
        step[free] = -slope[free] / scale[free]
    longest = np.max(np.abs(step), initial=0.0)
    return step * min(1.0, _LONGEST / longest) if longest > 0 else step
