"""Scores of the intervals of a calibrated ensemble, beside those of a ridge with normal errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell.data import PerturbationData
from hybridcell.evaluate import metrics

if TYPE_CHECKING:
    from hybridcell._core.ensemble import Ensemble

LEVELS = (0.5, 0.8, 0.9, 0.95)


@dataclass(frozen=True, eq=False)
class Distributions:
    """Intervals at `LEVELS`, (L, 2, C, R), and the score of each measured value, (C, R)."""

    intervals: np.ndarray
    crps: np.ndarray

    def scores(self, measured: np.ndarray, columns: np.ndarray) -> dict[str, float]:
        """Return coverages, the mean width at 0.9, and the mean score of some readouts."""
        y = measured[:, columns]
        out = {}
        for level, (low, high) in zip(LEVELS, self.intervals[:, :, :, columns]):
            out[f"coverage_{round(100 * level)}"] = metrics.coverage(y, low, high)
        seen = ~np.isnan(y)
        low, high = self.intervals[LEVELS.index(0.9)][:, :, columns]
        out["width_90"] = metrics.mean_width(low[seen], high[seen])
        scored = self.crps[:, columns][seen]
        out["crps"] = float(scored.mean()) if scored.size else float("nan")
        return out


def no_scores() -> dict[str, float]:
    """Return the columns of a predictor without a distribution."""
    names = [f"coverage_{round(100 * level)}" for level in LEVELS]
    return dict.fromkeys([*names, "width_90", "crps"], float("nan"))


def of_ensemble(ensemble: Ensemble, test: PerturbationData) -> Distributions:
    """Return the distributions of a calibrated ensemble; a readout that was never held out has none."""
    from hybridcell.simulate import predictive

    found = predictive(ensemble, test)
    assert ensemble.calibration is not None
    known = ensemble.calibration.readouts
    shape = (len(test), len(test.readouts))
    intervals = np.stack([np.full((len(LEVELS), *shape), s * np.inf) for s in (-1, 1)], axis=1)
    crps = np.full(shape, np.nan)
    here = [j for j, name in enumerate(test.readouts) if name in known]
    there = [known.index(test.readouts[j]) for j in here]
    for k, level in enumerate(LEVELS):
        intervals[k][:, :, here] = found.interval(level)[:, :, there]
    y = np.full((len(test), len(known)), np.nan)
    y[:, there] = test.values[:, here]
    crps[:, here] = found.crps(y)[:, there]
    return Distributions(intervals, crps)


def of_ridge(train: PerturbationData, test: PerturbationData) -> Distributions:
    """Return normal distributions around a ridge regression, as wide as its leave-one-out errors."""
    from scipy import stats

    from hybridcell.evaluate.baselines import Ridge

    ridge: Any = Ridge().fit(train)
    columns = [train.readouts.index(name) for name in test.readouts]
    mean = ridge.predict(test)[:, columns]
    sd = np.broadcast_to(ridge.error_sd[columns], mean.shape)
    reach = [stats.norm.ppf(0.5 + level / 2) * sd for level in LEVELS]
    intervals = np.stack([np.stack([mean - r, mean + r]) for r in reach])
    crps = np.full(mean.shape, np.nan)
    for i, j in zip(*np.nonzero(~np.isnan(test.values))):
        crps[i, j] = metrics.crps_gaussian([test.values[i, j]], [mean[i, j]], [sd[i, j]])
    return Distributions(intervals, crps)
