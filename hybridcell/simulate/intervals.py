"""What an ensemble's calibration says about predictions: bounds, the two parts of the error, and why not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from hybridcell._core.calibration import NEW, Calibration, jackknife_sd
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.predictive import Predictive
from hybridcell.data import Conditions
from hybridcell.simulate.member_states import ensemble_states
from hybridcell.simulate.solve import Solve

_HOW = {
    "widened": "conformal (CV+), wider where the folds disagree more",
    "cv+": "conformal (CV+)",
    "gaussian": "Student's t, assuming normal errors",
}


@dataclass(frozen=True, eq=False)
class Predicted:
    """Predictions of an ensemble, (C, n), and the distribution of measurements of its calibrated readouts.

    `predictive` is None for an ensemble that is not calibrated; `columns` are the nodes of the readouts,
    `kinds` what each condition is to the training data.
    """

    mean: Float[np.ndarray, "c n"]
    members: Float[np.ndarray, "m c n"]
    spread: Float[np.ndarray, "c n"]
    columns: np.ndarray
    predictive: Predictive | None
    kinds: Int[np.ndarray, " c"]


def predicted_by(
    ensemble: Ensemble, given: Conditions, values: Float[np.ndarray, "m c n"], folds: Any
) -> Predicted:
    """Combine the states of members (M, C, n) with those of the folds' members (K, C, n), None without."""
    mean = weighted_mean(values, ensemble.weights)
    calibration = ensemble.calibration
    if calibration is None:
        spread = weighted_sd(values, ensemble.weights)
        nothing = np.zeros(0, dtype=int)
        return Predicted(mean, values, spread, nothing, None, np.zeros(len(mean), dtype=int))
    spread = (
        jackknife_sd(folds[calibration.spreading]) if calibration.spreading.size else np.zeros(mean.shape)
    )
    columns = np.array([ensemble.names.index(name) for name in calibration.readouts], dtype=int)
    kinds = calibration.kinds(given.perturbations, given.doses)
    predictive = calibration.predictive(mean[:, columns], folds[:, :, columns], kinds)
    return Predicted(mean, values, spread, columns, predictive, kinds)


def interval_layers(
    ensemble: Ensemble, given: Conditions, found: Predicted, level: float
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the layers of a prediction, and level, method and what is missing in words."""
    layers = {
        "predicted": found.mean,
        "lower": np.full(found.mean.shape, -np.inf),
        "upper": np.full(found.mean.shape, np.inf),
        "epistemic": found.spread.copy(),
        "aleatoric": np.full(found.mean.shape, np.nan),
    }
    predictive, calibration = found.predictive, ensemble.calibration
    if predictive is None or calibration is None:
        why = ensemble.info.get("calibration") or "The ensemble is not calibrated."
        reason = (
            f"{why} The spread of its members (layer 'epistemic') is no interval: calibrate with "
            "hc.infer.calibrate(ensemble, data, key=...)."
        )
        return layers, {"level": float(level), "method": "none", "reason": reason}
    low, high = predictive.interval(level)
    for name, values in (
        ("lower", low), ("upper", high),
        ("epistemic", predictive.epistemic), ("aleatoric", predictive.aleatoric),
    ):  # fmt: skip
        layers[name][:, found.columns] = values
    about = {
        "level": float(level),
        "method": f"{_HOW[calibration.method]}; {calibration.design}",
        "reason": " ".join(_reasons(ensemble, calibration, found, low, level)),
    }
    return layers, about


def _reasons(
    ensemble: Ensemble, calibration: Calibration, found: Predicted, low: np.ndarray, level: float
) -> list[str]:
    """Say why some intervals are unbounded."""
    out = []
    hidden = len(ensemble.names) - len(calibration.readouts)
    if hidden:
        out.append(f"{hidden} nodes were never measured and have no interval.")
    failed = ~np.isfinite(found.mean).all(axis=1) | np.isnan(found.spread).any(axis=1)
    if failed.any():
        out.append(
            f"{int(failed.sum())} conditions were not solved by the ensemble or by every fold's member."
        )
    for new in (False, True):
        rows = ((found.kinds == NEW) == new) & ~failed
        if not rows.any() or np.isfinite(low[rows]).all():
            continue
        n, needed = calibration.n_units(unseen=new), math.ceil(round(level / (1 - level), 9))
        if new:
            out.append(
                f"{int(rows.sum())} conditions hold a perturbation that was never trained on, and held-out "
                f"errors of {n} such perturbations do not tell the level {level:g} (it needs {needed}): "
                'calibrate with hc.infer.calibrate(..., by="perturbation").'
            )
        else:
            out.append(
                f"{n} held-out conditions do not tell the level {level:g}: (n + 1) (1 - level) must reach 1, "
                f'which needs {needed}; ask for a lower level, or calibrate with method="gaussian".'
            )
    return out


def weighted_mean(values: Float[np.ndarray, "m ..."], weights: Float[np.ndarray, " m"]) -> np.ndarray:
    """Return the mean over members that have a value; NaN where none has."""
    share = _shares(values, weights)
    return np.where(share.any(axis=0), np.sum(share * np.nan_to_num(values), axis=0), np.nan)


def weighted_sd(values: Float[np.ndarray, "m ..."], weights: Float[np.ndarray, " m"]) -> np.ndarray:
    """Return the standard deviation over members that have a value; NaN where fewer than two have one."""
    share = _shares(values, weights)
    squares = np.sum(share * np.nan_to_num(values - weighted_mean(values, weights)) ** 2, axis=0)
    return np.where((share > 0).sum(axis=0) > 1, np.sqrt(squares), np.nan)


def _shares(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    weight = weights.reshape(-1, *[1] * (values.ndim - 1)) * ~np.isnan(values)
    total = weight.sum(axis=0)
    return weight / np.where(total > 0, total, 1.0)


def fold_models(ensemble: Ensemble) -> Ensemble | None:
    """Return the members of the folds as an ensemble; None where they are those of the ensemble itself."""
    calibration = ensemble.calibration
    if calibration is None or calibration.members is None:
        return None
    count = int(calibration.fold.max(initial=-1)) + 1
    n = max(count, int(calibration.spreading.max(initial=-1)) + 1)
    return Ensemble(members=calibration.members, losses=np.zeros(n), result=("success",) * n)


def states_with_folds(
    ensemble: Ensemble, given: Conditions, *, times: np.ndarray | None, solve: Solve | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return states (M, C, n) and success (M, C) of the members, and states of the folds' members."""
    values, success = ensemble_states(ensemble, given, times=times, solve=solve)
    if ensemble.calibration is None:
        return values, success, None
    folds = fold_models(ensemble)
    if folds is None:
        return values, success, values
    return values, success, ensemble_states(folds, given, times=times, solve=solve)[0]
