"""Scores of predictions (`hc.metrics`): plain NumPy, NaN in the measurement means not measured.

Every function takes ``measured`` and ``predicted`` as arrays of the same shape, conditions x readouts
(correlations and errors without a readout axis take any shape). A NaN in the prediction where something was
measured makes the score NaN: a failed prediction is never passed over in silence. A correlation of something
constant is NaN.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from hybridcell._core.errors import InvalidValueError, check_is_list
from hybridcell.evaluate.probabilistic import coverage as coverage
from hybridcell.evaluate.probabilistic import crps_gaussian as crps_gaussian
from hybridcell.evaluate.probabilistic import crps_quantiles as crps_quantiles
from hybridcell.evaluate.probabilistic import mean_width as mean_width
from hybridcell.evaluate.probabilistic import pit as pit
from hybridcell.evaluate.probabilistic import pit_gaussian as pit_gaussian

__all__ = [
    "coverage",
    "crps_gaussian",
    "crps_quantiles",
    "mean_width",
    "mse",
    "pearson",
    "pearson_centered",
    "pearson_per_readout",
    "pearson_phenotype",
    "pearson_readout_median",
    "pit",
    "pit_gaussian",
    "rmse",
    "spearman",
]

# A spread this small beside the numbers themselves is rounding: the values are constant.
_CONSTANT = 1e-12


def pearson(measured: ArrayLike, predicted: ArrayLike) -> float:
    """Pearson correlation over all measured entries, pooled over conditions and readouts.

    Pooled r flatters when readouts have different means: a predictor that only knows the means scores high.
    Read it beside `pearson_centered`.

    Parameters
    ----------
    measured, predicted
        Arrays of equal shape.

    Returns
    -------
    float
        Between -1 and 1; NaN with fewer than two entries or where either side is constant.

    Raises
    ------
    InvalidValueError
        When the shapes differ.

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> round(metrics.pearson([[0.0, 1.0], [2.0, float("nan")]], [[0.1, 0.9], [2.0, 7.0]]), 4)
    0.9959
    """
    y, p = _measured_pairs(measured, predicted)
    return _correlation(y, p)


def pearson_centered(measured: ArrayLike, predicted: ArrayLike, training_mean: ArrayLike) -> float:
    """Pearson correlation over all measured entries after the training mean of each readout is removed.

    Parameters
    ----------
    measured, predicted
        (C, R) arrays.
    training_mean
        (R,) mean of each readout over the training conditions, from measured values.

    Returns
    -------
    float
        NaN for a predictor that knows nothing but the training mean.

    Raises
    ------
    InvalidValueError
        When the shapes do not fit.

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> measured, mean = [[1.0, 9.0], [2.0, 8.0]], [1.5, 8.5]
    >>> metrics.pearson_centered(measured, [mean, mean], mean)
    nan
    """
    measured, predicted = _same_shape(measured, predicted)
    mean = np.asarray(training_mean, dtype=float)
    if measured.ndim != 2 or mean.shape != measured.shape[1:]:
        raise InvalidValueError(
            f"training_mean has shape {mean.shape}; wanted one number per readout of {measured.shape}."
        )
    return _correlation(*_measured_pairs(_shift(measured, mean), _shift(predicted, mean)))


def pearson_per_readout(measured: ArrayLike, predicted: ArrayLike) -> np.ndarray:
    """Pearson correlation over conditions, one per readout.

    Parameters
    ----------
    measured, predicted
        (C, R) arrays.

    Returns
    -------
    ndarray, shape (R,)
        NaN for readouts with fewer than two measured values or where either side is constant.

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> metrics.pearson_per_readout([[0.0, 1.0], [1.0, 0.0]], [[0.0, 0.0], [2.0, 3.0]])
    array([ 1., -1.])
    """
    measured, predicted = _same_shape(measured, predicted)
    if measured.ndim != 2:
        raise InvalidValueError(f"measured has shape {measured.shape}; wanted conditions x readouts.")
    return np.array([pearson(measured[:, j], predicted[:, j]) for j in range(measured.shape[1])])


def pearson_readout_median(measured: ArrayLike, predicted: ArrayLike) -> float:
    """Median over readouts of the correlation over conditions; readouts without one are left out.

    Parameters
    ----------
    measured, predicted
        (C, R) arrays.

    Returns
    -------
    float
        Between -1 and 1; NaN where no readout has a correlation.

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> round(metrics.pearson_readout_median([[0.0, 1.0], [1.0, 0.0]], [[0.0, 3.0], [2.0, 0.0]]), 6)
    1.0
    """
    r = pearson_per_readout(measured, predicted)
    return float(np.median(r[~np.isnan(r)])) if (~np.isnan(r)).any() else float("nan")


def pearson_phenotype(measured: ArrayLike, predicted: ArrayLike, kinds: Sequence[str]) -> float:
    """Pearson correlation pooled over the readouts of kind phenotype; NaN when there are none.

    Parameters
    ----------
    measured, predicted
        (C, R) arrays.
    kinds
        R kinds.

    Returns
    -------
    float
        Between -1 and 1, or NaN.

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> kinds = ["protein", "phenotype"]
    >>> round(metrics.pearson_phenotype([[5.0, 1.0], [0.0, 2.0]], [[0.0, 1.0], [9.0, 3.0]], kinds), 6)
    1.0
    """
    check_is_list("kinds", kinds)
    measured, predicted = _same_shape(measured, predicted)
    if measured.ndim != 2 or measured.shape[1] != len(kinds):
        raise InvalidValueError(f"There are {len(kinds)} kinds for values of shape {measured.shape}.")
    columns = np.array([kind == "phenotype" for kind in kinds], dtype=bool)
    return pearson(measured[:, columns], predicted[:, columns])


def spearman(measured: ArrayLike, predicted: ArrayLike) -> float:
    """Spearman rank correlation over all measured entries; ties get their mean rank.

    Parameters
    ----------
    measured, predicted
        Arrays of equal shape.

    Returns
    -------
    float
        Between -1 and 1; NaN where one of the two is constant.

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> round(metrics.spearman([1.0, 2.0, 30.0], [0.1, 0.5, 0.6]), 6)
    1.0
    """
    y, p = _measured_pairs(measured, predicted)
    if np.isnan(p).any():
        return float("nan")
    return _correlation(_ranks(y), _ranks(p))


def mse(measured: ArrayLike, predicted: ArrayLike) -> float:
    """Mean squared error over all measured entries, in squared units of the values.

    Parameters
    ----------
    measured, predicted
        Arrays of equal shape.

    Returns
    -------
    float

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> metrics.mse([[1.0, float("nan")]], [[3.0, 0.0]])
    4.0
    """
    y, p = _measured_pairs(measured, predicted)
    return float(np.mean((y - p) ** 2)) if y.size else float("nan")


def rmse(measured: ArrayLike, predicted: ArrayLike) -> float:
    """Root of the mean squared error, in the unit of the values.

    Parameters
    ----------
    measured, predicted
        Arrays of equal shape.

    Returns
    -------
    float

    Examples
    --------
    >>> from hybridcell.evaluate import metrics
    >>> metrics.rmse([[1.0, float("nan")]], [[3.0, 0.0]])
    2.0
    """
    return float(np.sqrt(mse(measured, predicted)))


def _same_shape(measured: ArrayLike, predicted: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    y, p = np.asarray(measured, dtype=float), np.asarray(predicted, dtype=float)
    if y.shape != p.shape:
        raise InvalidValueError(f"measured has shape {y.shape} and predicted {p.shape}; wanted equal shapes.")
    return y, p


def _measured_pairs(measured: ArrayLike, predicted: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    y, p = _same_shape(measured, predicted)
    seen = ~np.isnan(y)
    return y[seen], p[seen]


def _shift(values: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Subtract the mean; what only rounding leaves is zero, so that it cannot correlate with anything."""
    shifted = values - mean
    return np.where(np.abs(shifted) <= _CONSTANT * np.abs(mean), 0.0, shifted)


def _correlation(y: np.ndarray, p: np.ndarray) -> float:
    if y.size < 2 or not (np.isfinite(y).all() and np.isfinite(p).all()):
        return float("nan")
    dy, dp = y - y.mean(), p - p.mean()
    sy, sp = np.linalg.norm(dy), np.linalg.norm(dp)
    if sy <= _CONSTANT * np.linalg.norm(y) or sp <= _CONSTANT * np.linalg.norm(p):
        return float("nan")
    return float(np.clip((dy / sy) @ (dp / sp), -1.0, 1.0))


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place]
