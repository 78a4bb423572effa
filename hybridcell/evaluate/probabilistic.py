"""Scores of intervals and distributions (in `hc.metrics`): NaN in the measurement means not measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hybridcell._core.errors import InvalidValueError

__all__ = ["coverage", "crps_gaussian", "crps_quantiles", "mean_width", "pit", "pit_gaussian"]


def coverage(measured: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> float:
    """Share of measured entries inside their intervals, ends included.

    Parameters
    ----------
    measured, lower, upper
        Arrays of equal shape; ends may be infinite. A NaN end counts as not covering.

    Returns
    -------
    float
        Between 0 and 1; NaN where nothing is measured.

    Raises
    ------
    InvalidValueError
        When the shapes differ.

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> metrics.coverage([0.0, 1.0, float("nan")], [-1.0, 2.0, 0.0], [1.0, 3.0, 1.0])
    0.5
    """
    y, low, high = _same_shapes(measured, lower=lower, upper=upper)
    seen = ~np.isnan(y)
    return float(((y >= low) & (y <= high))[seen].mean()) if seen.any() else float("nan")


def mean_width(lower: ArrayLike, upper: ArrayLike) -> float:
    """Mean width of intervals, in the unit of the values; infinite where one of them is.

    Parameters
    ----------
    lower, upper
        Arrays of equal shape.

    Returns
    -------
    float

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> metrics.mean_width([0.0, 1.0], [2.0, 2.0])
    1.5
    """
    low, high = _same_shapes(lower, upper=upper)
    width = high - low
    return float(width.mean()) if width.size else float("nan")


def crps_gaussian(measured: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> float:
    """Continuous ranked probability score of normal predictions, mean over measured entries.

    The integral of the squared difference between the predicted distribution function and the step at the
    measurement: sd (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi)), z = (y - mean) / sd. A point prediction
    (sd 0) scores its absolute error; lower is better.

    Parameters
    ----------
    measured, mean, sd
        Arrays that broadcast to the shape of `measured`; sd not negative.

    Returns
    -------
    float
        In the unit of the values; NaN where nothing is measured.

    Raises
    ------
    InvalidValueError
        When an sd is negative.

    References
    ----------
    Gneiting and Raftery, JASA 102 (2007).

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> round(metrics.crps_gaussian([0.0], [0.0], [1.0]), 6)
    0.233695
    """
    from scipy import stats

    y, mu, scale = _broadcast(measured, mean=mean, sd=sd)
    if (scale < 0).any():
        raise InvalidValueError(f"sd holds {scale.min():g}; wanted numbers that are not negative.")
    seen = ~np.isnan(y)
    if not seen.any():
        return float("nan")
    error, scale = (y - mu)[seen], scale[seen]
    positive = np.where(scale > 0, scale, 1.0)
    z = error / positive
    score = positive * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
    return float(np.where(scale > 0, score, np.abs(error)).mean())


def crps_quantiles(measured: ArrayLike, quantiles: ArrayLike, probabilities: ArrayLike) -> float:
    """Continuous ranked probability score of predictions given by quantiles, mean over measured entries.

    Twice the mean pinball loss over the probabilities, which approaches the integral where they lie evenly
    in 0 to 1 (at the middles of K equal parts). The lower and upper ends of central intervals are such
    quantiles, at (1 - level) / 2 and (1 + level) / 2.

    Parameters
    ----------
    measured
        Any shape.
    quantiles
        (K, ...) finite values, K before the shape of `measured`.
    probabilities
        (K,) increasing, between 0 and 1.

    Returns
    -------
    float
        In the unit of the values; 0 is best.

    Raises
    ------
    InvalidValueError
        When the shapes do not fit, or probabilities do not increase inside 0 to 1.

    References
    ----------
    Gneiting and Ranjan, Journal of Business and Economic Statistics 29 (2011).

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> metrics.crps_quantiles([2.0], [[1.0]], [0.5])
    1.0
    """
    y, q, p = _quantiles(measured, quantiles, probabilities)
    seen = ~np.isnan(y)
    error = y[seen] - q[:, seen]
    loss = np.maximum(p[:, None] * error, (p[:, None] - 1.0) * error)
    return float(2.0 * loss.mean()) if seen.any() else float("nan")


def pit(measured: ArrayLike, quantiles: ArrayLike, probabilities: ArrayLike) -> np.ndarray:
    """Probability integral transform: the predicted probability below each measured entry.

    Uniform between 0 and 1 where predicted distributions are right; heaped at both ends where they are too
    narrow. Between quantiles it is interpolated; beyond the outermost it is half of what is left there.

    Parameters
    ----------
    measured, quantiles, probabilities
        As for `crps_quantiles`.

    Returns
    -------
    ndarray
        One number for each measured entry.

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> metrics.pit([0.5, 9.0], [[0.0, 0.0], [1.0, 1.0]], [0.25, 0.75]).tolist()
    [0.5, 0.875]
    """
    y, q, p = _quantiles(measured, quantiles, probabilities)
    seen = ~np.isnan(y)
    values, ends = y[seen], q[:, seen]
    out = np.empty(values.size)
    for i, (value, column) in enumerate(zip(values, ends.T)):
        if value < column[0]:
            out[i] = p[0] / 2
        elif value > column[-1]:
            out[i] = (1.0 + p[-1]) / 2
        else:
            out[i] = np.interp(value, column, p)
    return out


def pit_gaussian(measured: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> np.ndarray:
    """Probability integral transform of normal predictions, one number for each measured entry.

    Parameters
    ----------
    measured, mean, sd
        Arrays that broadcast to the shape of `measured`; sd positive.

    Returns
    -------
    ndarray, shape (K,)
        Probabilities, uniform where the predictions are right.

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> metrics.pit_gaussian([0.0, float("nan")], 0.0, 1.0).tolist()
    [0.5]
    """
    from scipy import stats

    y, mu, scale = _broadcast(measured, mean=mean, sd=sd)
    if not (scale > 0).all():
        raise InvalidValueError(f"sd holds {np.min(scale):g}; wanted positive numbers.")
    seen = ~np.isnan(y)
    return np.asarray(stats.norm.cdf((y - mu)[seen] / scale[seen]))


def _same_shapes(first: ArrayLike, **others: ArrayLike) -> tuple[np.ndarray, ...]:
    y = np.asarray(first, dtype=float)
    out = [y]
    for name, value in others.items():
        array = np.asarray(value, dtype=float)
        if array.shape != y.shape:
            raise InvalidValueError(f"{name} has shape {array.shape}; wanted {y.shape}.")
        out.append(array)
    return tuple(out)


def _broadcast(measured: ArrayLike, **others: ArrayLike) -> tuple[np.ndarray, ...]:
    y = np.asarray(measured, dtype=float)
    out = [y]
    for name, value in others.items():
        array = np.asarray(value, dtype=float)
        try:
            out.append(np.broadcast_to(array, y.shape))
        except ValueError:
            raise InvalidValueError(
                f"{name} has shape {array.shape}, which does not fit measured values of shape {y.shape}."
            ) from None
    return tuple(out)


def _quantiles(
    measured: ArrayLike, quantiles: ArrayLike, probabilities: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, q, p = (np.asarray(a, dtype=float) for a in (measured, quantiles, probabilities))
    if p.ndim != 1 or not p.size or not ((p > 0) & (p < 1)).all() or (np.diff(p) <= 0).any():
        raise InvalidValueError(f"probabilities are {p!r:.80}; wanted increasing numbers between 0 and 1.")
    if q.shape != (p.size, *y.shape):
        raise InvalidValueError(f"quantiles have shape {q.shape}; wanted {(p.size, *y.shape)}.")
    return y, q, p
