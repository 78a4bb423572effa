"""Two baselines from measured single perturbations: their sum, and the strongest of them."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from hybridcell.evaluate.baselines._base import Baseline, mean_effect


class _FromSingles(Baseline):
    """Looks up the effect of each perturbation alone.

    See `Additive` for the rules.
    """

    def _fit(self, x: np.ndarray, effects: np.ndarray) -> None:
        given = x != 0
        single = given.sum(axis=1) == 1
        self._singles = [(x[rows, j], effects[rows]) for j, rows in enumerate((single[:, None] & given).T)]
        treated = given.any(axis=1)
        self._mean = mean_effect(effects[treated] if treated.any() else effects)

    def _predict(self, x: np.ndarray, unseen: np.ndarray) -> np.ndarray:
        parts = np.stack(
            [self._alone(j, x[:, j]) for j in range(x.shape[1])]
            or [np.full((len(x), len(self.readouts)), np.nan)]
        )
        predicted = self._combine(parts)
        treated = (x != 0).any(axis=1) | (unseen != 0).any(axis=1)
        unknown = np.isnan(parts).all(axis=0) & treated[:, None]
        return np.where(unknown, self._mean, predicted)

    def _alone(self, j: int, doses: np.ndarray) -> np.ndarray:
        """Return the effect of perturbation j alone at each dose, NaN where it is not given or not known."""
        measured, effects = self._singles[j]
        found = np.full((len(doses), effects.shape[1]), np.nan)
        for dose in np.unique(doses[doses != 0]):
            effect = np.full(effects.shape[1], np.nan)
            # A readout that was not measured at the nearest dose is taken from the next nearest.
            for k in np.argsort(np.abs(measured - dose), kind="stable"):
                effect = np.where(np.isnan(effect), effects[k] * (dose / measured[k]), effect)
            found[doses == dose] = effect
        return found

    @abstractmethod
    def _combine(self, parts: np.ndarray) -> np.ndarray:
        """Combine effects (P, C, R), NaN where absent, into (C, R)."""


class Additive(_FromSingles):
    """Predict a combination as the sum of its measured singles.

    The single at the same dose is used where it was measured, else the one at the nearest measured dose,
    scaled linearly to the dose asked for. A perturbation without a measured single contributes nothing; a
    treated condition none of whose perturbations has one gets the mean effect of the treated training
    conditions.

    Examples
    --------
    >>> from hybridcell.data import PerturbationData
    >>> from hybridcell.evaluate.baselines import Additive
    >>> train = PerturbationData(
    ...     values=[[1.0], [-3.0]], readouts=["a"], kinds=["protein"], conditions=["c", "d"],
    ...     perturbations=["A", "B"], doses=[[1, 0], [0, 2]], control="implied",
    ... )
    >>> Additive().fit(train).predict({"A": 2.0, "B": 2.0})
    array([[-1.]])
    """

    name = "additive"

    def _combine(self, parts: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(parts), 0.0, parts).sum(axis=0)


class HighestSingle(_FromSingles):
    """Predict, for each readout, the measured single effect of largest magnitude among those given.

    Sign and size are that single's; of equal magnitudes the first in the order of the training data.
    Singles are looked up, and missing ones treated, as in `Additive`.

    Examples
    --------
    >>> from hybridcell.data import PerturbationData
    >>> from hybridcell.evaluate.baselines import HighestSingle
    >>> train = PerturbationData(
    ...     values=[[1.0], [-3.0]], readouts=["a"], kinds=["protein"], conditions=["c", "d"],
    ...     perturbations=["A", "B"], doses=[[1, 0], [0, 2]], control="implied",
    ... )
    >>> HighestSingle().fit(train).predict({"A": 2.0, "B": 2.0})
    array([[-3.]])
    """

    name = "highest_single"

    def _combine(self, parts: np.ndarray) -> np.ndarray:
        filled = np.where(np.isnan(parts), 0.0, parts)
        return np.take_along_axis(filled, np.abs(filled).argmax(axis=0)[None], axis=0)[0]
