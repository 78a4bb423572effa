"""The mean response, whatever was given."""

from __future__ import annotations

import numpy as np

from hybridcell.evaluate.baselines._base import Baseline, mean_effect


class TrainingMean(Baseline):
    """Predict the mean effect of all treated training conditions, for every condition.

    Examples
    --------
    >>> from hybridcell.data import PerturbationData
    >>> from hybridcell.evaluate.baselines import TrainingMean
    >>> train = PerturbationData(
    ...     values=[[2.0], [3.0]], readouts=["a"], kinds=["protein"], conditions=["c", "d"],
    ...     perturbations=["drug"], doses=[[1], [2]], control="implied",
    ... )
    >>> TrainingMean().fit(train).predict({"drug": 9.0})
    array([[2.5]])
    """

    name = "training_mean"

    def _fit(self, x: np.ndarray, effects: np.ndarray) -> None:
        treated = (x != 0).any(axis=1)
        self._mean = mean_effect(effects[treated] if treated.any() else effects)

    def _predict(self, x: np.ndarray, unseen: np.ndarray) -> np.ndarray:
        return np.tile(self._mean, (len(x), 1))
