"""Nothing happens."""

from __future__ import annotations

import numpy as np

from hybridcell.evaluate.baselines._base import Baseline


class Control(Baseline):
    """Predict the untreated control: 0 where it is implied, else the mean of the measured controls.

    Examples
    --------
    >>> from hybridcell.data import PerturbationData
    >>> from hybridcell.evaluate.baselines import Control
    >>> train = PerturbationData(
    ...     values=[[1.0], [3.0]], readouts=["a"], kinds=["protein"], conditions=["c", "d"],
    ...     perturbations=["drug"], doses=[[0], [1]],
    ... )
    >>> Control().fit(train).predict({"drug": 2.0})
    array([[1.]])
    """

    name = "control"

    def _fit(self, x: np.ndarray, effects: np.ndarray) -> None:
        pass

    def _predict(self, x: np.ndarray, unseen: np.ndarray) -> np.ndarray:
        return np.zeros((len(x), len(self.readouts)))
