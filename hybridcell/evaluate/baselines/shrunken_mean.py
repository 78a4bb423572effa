"""For a perturbation never seen: what the others do on average, shrunken."""

from __future__ import annotations

import numpy as np

from hybridcell.evaluate.baselines._base import Baseline
from hybridcell.evaluate.baselines.ridge import choose_penalty, fit_coefficients


class ShrunkenMean(Baseline):
    """Ridge effects for known perturbations, and a shrunken mean of them for those never trained on.

    The effect of a perturbation that was never trained on is its input times the mean ridge effect per unit
    of input of the trained perturbations, times a factor between 0 and 1. The factor is the least-squares
    one when each training perturbation is left out in turn with all its conditions; with one perturbation it
    is 0.
    Without a new perturbation the predictions are those of `Ridge`.

    Examples
    --------
    >>> from hybridcell.data import PerturbationData
    >>> from hybridcell.evaluate.baselines import ShrunkenMean
    >>> train = PerturbationData(
    ...     values=[[1.0], [1.0]], readouts=["a"], kinds=["protein"], conditions=["c", "d"],
    ...     perturbations=["A", "B"], doses=[[1, 0], [0, 1]], control="implied",
    ... )
    >>> ShrunkenMean().fit(train).predict({"new": 1.0}).shape
    (1, 1)
    """

    name = "shrunken_mean"

    def _fit(self, x: np.ndarray, effects: np.ndarray) -> None:
        penalty = choose_penalty(x, effects)
        self.coefficients = fit_coefficients(x, effects, penalty)
        self.factor = _shrinkage(x, effects, penalty)

    def _predict(self, x: np.ndarray, unseen: np.ndarray) -> np.ndarray:
        predicted = x @ self.coefficients
        if unseen.shape[1] and len(self.coefficients):
            mean = self.factor * self.coefficients.mean(axis=0)
            predicted = predicted + unseen.sum(axis=1, keepdims=True) * mean
        return predicted


def _shrinkage(x: np.ndarray, effects: np.ndarray, penalty: float) -> float:
    """Return the factor that predicts each left-out perturbation best from the others."""
    explained = squared = 0.0
    for j in range(x.shape[1]):
        out = x[:, j] != 0
        others = (x[~out] != 0).any(axis=0)
        if not others.any():
            continue
        coefficients = fit_coefficients(x[~out], effects[~out], penalty)
        guess = x[out, j : j + 1] * coefficients[others].mean(axis=0)
        left = effects[out] - x[out] @ coefficients
        explained += np.nansum(guess * left)
        squared += np.where(np.isnan(left), 0.0, guess**2).sum()
    return float(np.clip(explained / squared, 0.0, 1.0)) if squared > 0 else 0.0
