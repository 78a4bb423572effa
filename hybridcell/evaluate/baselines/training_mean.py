"""The mean response, whatever was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell.data import as_perturbation_data
from hybridcell.evaluate.baselines._base import Baseline, mean_effect

if TYPE_CHECKING:
    from typing import Self


class TrainingMean(Baseline):
    """Predict the mean effect of all treated training conditions, for every condition.

    Every row counts once, replicates included, as in the training mean that `r_centered` removes.

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

    def fit(self, train: Any) -> Self:
        """Fit to a training part; see `Baseline.fit`."""
        super().fit(train)
        data = as_perturbation_data(train)
        effects = data.values - self._reference.at(data)
        treated = np.flatnonzero(data.order)
        self._mean = mean_effect(effects[treated] if treated.size else effects)
        return self

    def _fit(self, x: np.ndarray, effects: np.ndarray) -> None:
        pass

    def _predict(self, x: np.ndarray, unseen: np.ndarray) -> np.ndarray:
        return np.tile(self._mean, (len(x), 1))
