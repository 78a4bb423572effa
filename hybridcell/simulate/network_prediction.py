"""Predictions of reaction networks, one or an ensemble of them, at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError
from hybridcell.mechanisms import ReactionNetwork
from hybridcell.simulate.intervals import weighted_mean, weighted_sd
from hybridcell.simulate.simulate import simulate
from hybridcell.simulate.solve import Solve

if TYPE_CHECKING:
    import anndata


def is_kinetic(model: Any) -> bool:
    """Tell whether predictions are those of reaction networks."""
    return isinstance(model.members if isinstance(model, Ensemble) else model, ReactionNetwork)


def predict_networks(
    model: Any, conditions: Any, *, level: float, time: float | None, solve: Solve | None
) -> anndata.AnnData:
    """Return states x conditions of reaction networks at one time; see `hybridcell.simulate.predict.predict`.

    Raises
    ------
    InvalidValueError
        Without a time, or one that is not positive.
    """
    import anndata
    import pandas as pd

    if time is None or not np.isfinite(time) or time <= 0:
        raise InvalidValueError(
            f"time is {time}; of a reaction network a prediction is for a positive time: "
            "predict(..., time=60.0)."
        )
    several = isinstance(model, Ensemble)
    members = [model.member(i) for i in range(model.n)] if several else [model]
    usable = [r == "success" for r in model.result] if several else [True]
    at = np.array([float(time)])
    runs = [simulate(m, t1=float(time), ts=at, conditions=conditions, solve=solve) for m in members]
    first = runs[0]
    values = np.stack([np.asarray(run.values)[:, -1] for run in runs])
    success = np.stack([run.success & good for run, good in zip(runs, usable)])
    values = np.where(success[:, :, None], values, np.nan)
    layers, uns = {"predicted": values[0]}, {}
    if several:
        mean = weighted_mean(values, model.weights)
        layers = {
            "predicted": mean,
            "lower": np.full(mean.shape, -np.inf),
            "upper": np.full(mean.shape, np.inf),
            "epistemic": weighted_sd(values, model.weights),
            "aleatoric": np.full(mean.shape, np.nan),
        }
        reason = (
            "Reaction networks are not calibrated by folds; the spread of the members (layer 'epistemic') is "
            "that of their parameters, without the noise of a measurement."
        )
        uns["hybridcell"] = {"interval": {"level": float(level), "method": "none", "reason": reason}}
    obs = {"success": success.mean(axis=0) if several else success[0], "time": float(time)}
    return anndata.AnnData(
        X=layers["predicted"].copy(),
        obs=pd.DataFrame(obs, index=pd.Index(list(first.conditions), name="condition")),
        var=pd.DataFrame({"kind": list(first.kinds)}, index=pd.Index(list(first.names))),
        layers=layers,
        uns=uns,
    )
