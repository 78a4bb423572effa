"""What every baseline shares: fitted to a training part, asked about conditions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hybridcell._core.errors import DataError, HybridCellError
from hybridcell.data import as_conditions, as_perturbation_data
from hybridcell.evaluate.baselines._inputs import Inputs
from hybridcell.evaluate.baselines._reference import Reference

if TYPE_CHECKING:
    from typing import Self

    from hybridcell.data.conditions import ConditionsLike


class Baseline(ABC):
    """A simple predictor of every readout, as effect relative to the control.

    Training rows with the same doses (replicates, or the same dose in several contexts or at several
    times) are averaged first, so that leaving out one row leaves out one condition. Time and context shape
    only the control that effects are relative to; loss weights and measurement errors are not used.

    Examples
    --------
    >>> import hybridcell as hc
    >>> train, test = hc.split(hc.datasets.demo(seed=0), by="random")
    >>> all(issubclass(one, hc.baselines.Baseline) for one in (hc.baselines.Ridge, hc.baselines.Additive))
    True
    >>> hc.baselines.Additive().fit(train).predict(test).shape == test.shape
    True
    """

    #: Name in tables.
    name: ClassVar[str]

    def fit(self, train: Any) -> Self:
        """Fit to a training part.

        Parameters
        ----------
        train
            AnnData or `PerturbationData`.

        Raises
        ------
        DataError
            When there is no row.
        """
        data = as_perturbation_data(train)
        if len(data) == 0:
            raise DataError("The training part has no rows; a baseline needs at least one.")
        self._readouts = data.readouts
        self._reference = Reference.of(data)
        self._inputs = Inputs.of(data)
        doses, place = np.unique(self._inputs.seen_doses(data), axis=0, return_inverse=True)
        effects = _means_of_groups(data.values - self._reference.at(data), place.reshape(-1), len(doses))
        self._fit(doses, effects)
        return self

    def predict(self, conditions: ConditionsLike) -> np.ndarray:
        """Predict every readout of the training part.

        Parameters
        ----------
        conditions
            As for `hc.simulate`; perturbations that were never trained on are allowed.

        Returns
        -------
        ndarray, shape (C, R)
            In the order of `readouts`; never NaN.
        """
        if not hasattr(self, "_inputs"):
            raise HybridCellError(
                f"The baseline {self.name!r} is not fitted; call fit(train) before predict()."
            )
        given = as_conditions(conditions)
        known, unseen = self._inputs.seen_doses(given), self._inputs.unseen_doses(given)
        return self._reference.at(given) + self._predict(known, unseen)

    @property
    def readouts(self) -> tuple[str, ...]:
        """Names of the predicted columns."""
        return self._readouts

    @abstractmethod
    def _fit(self, x: np.ndarray, effects: np.ndarray) -> None:
        """Learn from unique inputs x (n, P) and effects (n, R), NaN where nothing was measured."""

    @abstractmethod
    def _predict(self, x: np.ndarray, unseen: np.ndarray) -> np.ndarray:
        """Return effects (C, R) of inputs x (C, P) and of Q perturbations never trained on, (C, Q)."""


def mean_effect(effects: np.ndarray) -> np.ndarray:
    """Return the mean over measured rows per readout, 0 where nothing was measured."""
    seen = ~np.isnan(effects)
    return np.where(seen, effects, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)


def _means_of_groups(values: np.ndarray, place: np.ndarray, n: int) -> np.ndarray:
    seen = ~np.isnan(values)
    total, count = np.zeros((n, values.shape[1])), np.zeros((n, values.shape[1]))
    np.add.at(total, place, np.where(seen, values, 0.0))
    np.add.at(count, place, seen)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
