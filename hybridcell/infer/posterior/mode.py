"""The mode of the density of scaled parameters, which Jacobians of scales pull away from the optimum."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from hybridcell.infer.profiles.box import least_in_box
from hybridcell.infer.target import Target

#: Newton steps, times that one is halved, and the gain in log-density below which no other is taken.
_STEPS, _HALVINGS, _GAIN = 20, 8, 1e-6
#: Longest step, for parameters without bounds.
_FAR = 1e6


def density_mode(target: Target, movable: Bool[np.ndarray, " q"]) -> Float[np.ndarray, " q"]:
    """Return where the density of scaled parameters is largest, from the optimum of the objective on.

    The optimum itself where the two agree: without priors of linear values on parameters that are scaled.

    Parameters
    ----------
    target : Target
        At the optimum of its objective.
    movable : ndarray, shape (q,)
        Parameters with a curvature of their own; others stay where they are.
    """
    pull = _slope_of_stretch(target)
    if not pull[movable].any():
        return target.at
    theta, (value, slope) = target.at, _minus_log_density(target, target.at, pull)
    for _ in range(_STEPS):
        step = _newton_step(target, theta, slope, movable)
        if -float(step @ slope) < _GAIN:
            break
        for halving in range(_HALVINGS):
            tried = theta + 0.5**halving * step
            value_there, slope_there = _minus_log_density(target, tried, pull)
            if value_there < value:
                break
        else:
            break
        theta, value, slope = tried, value_there, slope_there
    return theta


def _slope_of_stretch(target: Target) -> Float[np.ndarray, " q"]:
    """Return the slopes of the logarithm of the Jacobian, which is linear in scaled parameters."""
    unit = np.eye(len(target))
    return target.source.log_stretch(unit) - target.source.log_stretch(np.zeros_like(unit))


def _minus_log_density(
    target: Target, theta: Float[np.ndarray, " q"], pull: Float[np.ndarray, " q"]
) -> tuple[float, Float[np.ndarray, " q"]]:
    values, slopes = target.values_and_gradients(theta[None])
    return float(values[0] - pull @ theta), slopes[0] - pull


def _newton_step(
    target: Target,
    theta: Float[np.ndarray, " q"],
    slope: Float[np.ndarray, " q"],
    movable: Bool[np.ndarray, " q"],
) -> Float[np.ndarray, " q"]:
    lower, upper = target.source.support()
    k, step = np.flatnonzero(movable), np.zeros(len(theta))
    information = target.information(theta)[np.ix_(k, k)]
    if np.isfinite(information).all():
        low, high = np.maximum(lower - theta, -_FAR)[k], np.minimum(upper - theta, _FAR)[k]
        step[k] = least_in_box(information, slope[k], np.minimum(low, 0.0), np.maximum(high, 0.0))
    return step
