"""The average of the most alike training conditions."""

from __future__ import annotations

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import is_whole
from hybridcell.evaluate.baselines._base import Baseline, mean_effect

_MOST_NEIGHBORS = 20


class NearestNeighbors(Baseline):
    """Predict the mean of the k nearest training conditions, weighted by inverse distance.

    Distances are Euclidean between tanh of the inputs, so that one strong perturbation does not decide
    alone; k minimizes the leave-one-condition-out error. A perturbation that was never trained on adds the
    same to all distances of a condition.

    Parameters
    ----------
    k
        Number of neighbors; None chooses 1 to 20.

    Examples
    --------
    >>> from hybridcell.data import PerturbationData
    >>> from hybridcell.evaluate.baselines import NearestNeighbors
    >>> train = PerturbationData(
    ...     values=[[1.0], [2.0]], readouts=["a"], kinds=["protein"], conditions=["c", "d"],
    ...     perturbations=["A"], doses=[[1], [2]], control="implied",
    ... )
    >>> NearestNeighbors(k=1).fit(train).predict({"A": 2.1}).round(3)
    array([[2.]])
    """

    name = "nearest_neighbors"

    def __init__(self, *, k: int | None = None) -> None:
        if k is not None and (not is_whole(k) or k < 1):
            raise InvalidValueError(f"k is {k!r}; wanted at least one neighbor, or None to choose.")
        self._given_k = k

    def _fit(self, x: np.ndarray, effects: np.ndarray) -> None:
        self._x, self._effects = np.tanh(x), effects
        self.k = min(self._given_k or self._choose(), len(x))

    def _choose(self) -> int:
        most = min(_MOST_NEIGHBORS, len(self._x) - 1)
        if most < 1:
            return 1
        distance = _distances(self._x, self._x)
        np.fill_diagonal(distance, np.inf)
        errors = [np.nansum((self._average(distance, k) - self._effects) ** 2) for k in range(1, most + 1)]
        return int(np.argmin(errors)) + 1

    def _predict(self, x: np.ndarray, unseen: np.ndarray) -> np.ndarray:
        away = (np.tanh(unseen) ** 2).sum(axis=1, keepdims=True)
        return self._average(np.sqrt(_distances(np.tanh(x), self._x) ** 2 + away), self.k)

    def _average(self, distance: np.ndarray, k: int) -> np.ndarray:
        """Average the measured values of k neighbors; where none was measured, all training conditions."""
        near = np.argsort(distance, axis=1, kind="stable")[:, :k]
        weights = np.zeros(distance.shape)
        np.put_along_axis(weights, near, 1 / (np.take_along_axis(distance, near, axis=1) + 1e-9), axis=1)
        seen = ~np.isnan(self._effects)
        total = weights @ np.where(seen, self._effects, 0.0)
        weight = weights @ seen
        return np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), mean_effect(self._effects))


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    squared = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squared, 0.0))
