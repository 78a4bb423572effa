"""Updates of screen models: members go on training from where they are, with all rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import DataError, InvalidValueError, unknown_name
from hybridcell._core.model import AbstractModel
from hybridcell.data import PerturbationData, as_perturbation_data, concatenate
from hybridcell.fit import fit
from hybridcell.fit.ensemble import bootstrap
from hybridcell.fit.losses import mechanism_of
from hybridcell.fit.result import Fit
from hybridcell.fit.scattering import scatter
from hybridcell.infer.updating.result import Update, moved_table, rms, share_outside
from hybridcell.mechanisms.cellbox import CellBox
from hybridcell.simulate.predict import predict

_LEVEL = 0.9
#: Arrived: the objective is within this share of where the fit from scratch ends.
_ARRIVED = 0.02


def update_screen(
    old: Fit | Ensemble, new_data: Any, *, compare: bool, options: dict[str, Any], key: PRNGKeyArray
) -> Update:
    """Return the update of a fit or an ensemble of screen models."""
    if old.train is None:
        raise InvalidValueError(
            "This ensemble does not know its data (train is None); fit it with hc.fit_ensemble."
        )
    train = as_perturbation_data(old.train)
    new = aligned(as_perturbation_data(new_data), train, old.best)
    joint = concatenate(*_alike(train, new))
    settings = {k: v for k, v in old.info.get("settings", {}).items() if k not in ("start", "solve")}
    settings = {**settings, **options, "progress": False}
    remarks: tuple[str, ...] = ()
    if isinstance(old, Ensemble):
        fitted, first = _members(old, joint, settings, key)
        remarks = ("Intervals were those of the old data: hc.infer.calibrate the new ensemble.",)
    else:
        fitted = first = fit(old.model, joint, start="given", key=key, **settings)
    steps = cold = None
    if compare:
        fresh = fit(_untrained(old.best, jr.fold_in(key, 1)), joint, start="ridge", key=key, **settings)
        steps, cold = _steps(first, fresh)
    table, told = _predictions(old, fitted, new)
    moved = moved_table(_edges(old, fitted))
    if isinstance(old, Fit):
        remarks += ("A single fit does not say how sure it is of edges or predictions; an ensemble does.",)
    elif not told.any():
        remarks += ("The old ensemble was not calibrated, so that surprise is not known.",)
    return Update(
        fit=fitted,
        predictions=table,
        moved=moved,
        error_before=rms(table["before"] - table["measured"]),
        error_after=rms(table["after"] - table["measured"]),
        surprise=share_outside(table["outside"], told),
        steps=steps,
        cold_steps=cold,
        remarks=remarks,
    )


def aligned(new: PerturbationData, train: PerturbationData, model: AbstractModel) -> PerturbationData:
    """Return the new data with the readouts and perturbations of the old ones; NaN where not measured."""
    known = [name for name in new.readouts if name in train.readouts]
    for name in new.readouts:
        if name not in model.names:
            raise unknown_name("readout", name, train.readouts)
    if not known:
        raise DataError(
            f"None of the {len(new.readouts)} readouts of the new data ({', '.join(new.readouts[:4])}) is "
            f"one of the old data ({', '.join(train.readouts[:4])}, ...); wanted at least one in common."
        )
    if not (new.observed[:, [new.readouts.index(name) for name in known]]).any():
        raise DataError(
            "The new data hold no measurement of a readout of the old data: nothing to learn from."
        )
    if new.input != train.input and np.any(new.doses != 0):
        raise DataError(
            f"The new data have doses as {new.input!r}, the old ones as {train.input!r}; give both as one."
        )
    model.inputs(new)  # unknown drugs
    unseen = [p for p in new.perturbations if p not in train.perturbations and np.any(
        new.doses[:, new.perturbations.index(p)] != 0)]  # fmt: skip
    if unseen:
        raise DataError(
            f"{unseen[0]!r} is no perturbation of the old data. Fit anew with all data, so that it "
            "gets a column."
        )
    values = np.full((len(new), len(train.readouts)), np.nan)
    sd = None if new.sd is None or train.sd is None else np.full(values.shape, np.nan)
    weight = None if new.weight is None else np.ones(values.shape)
    for k, name in enumerate(train.readouts):
        if name in new.readouts:
            values[:, k] = new.values[:, new.readouts.index(name)]
            if sd is not None and new.sd is not None:
                sd[:, k] = new.sd[:, new.readouts.index(name)]
            if weight is not None and new.weight is not None:
                weight[:, k] = new.weight[:, new.readouts.index(name)]
    doses = np.zeros((len(new), len(train.perturbations)))
    for k, name in enumerate(train.perturbations):
        if name in new.perturbations:
            doses[:, k] = new.doses[:, new.perturbations.index(name)]
    return PerturbationData(
        values=values, readouts=train.readouts, kinds=train.kinds, conditions=new.conditions,
        perturbations=train.perturbations, doses=doses, input=train.input, control=train.control, sd=sd,
        weight=weight, time=new.time, provenance=dict(train.provenance),
    )  # fmt: skip


def _alike(train: PerturbationData, new: PerturbationData) -> tuple[PerturbationData, PerturbationData]:
    """Return both with what both know of their rows."""
    if (train.time is None) != (new.time is None):
        raise DataError("Only one of old and new data has times; give them for both, or for neither.")
    both_sd = train.sd is not None and new.sd is not None
    weighted = train.weight is not None or new.weight is not None
    weights = [
        None if not weighted else np.ones_like(each.values) if each.weight is None else each.weight
        for each in (train, new)
    ]
    stripped = {"context": None, "replicate": None, "dose_labels": None}
    return (
        replace(train, sd=train.sd if both_sd else None, weight=weights[0], **stripped),
        replace(new, sd=new.sd if both_sd else None, weight=weights[1], **stripped),
    )


def _members(
    old: Ensemble, joint: PerturbationData, settings: dict[str, Any], key: PRNGKeyArray
) -> tuple[Ensemble, Fit]:
    """Return the ensemble of members that went on, and the fit of the best one."""
    resampled = old.info.get("resample") == "bootstrap"
    fits = []
    for i in range(old.n):
        data = joint
        if resampled:
            counts = bootstrap(joint, np.ones(len(joint)), jr.fold_in(key, 100 + i))
            weight = np.ones_like(joint.values) if joint.weight is None else joint.weight
            data = replace(joint, weight=counts[:, None] * weight)
        fits.append(fit(old.member(i), data, start="given", key=jr.fold_in(key, i), **settings))
    found = Ensemble.from_models(
        [one.model for one in fits], losses=np.array([one.loss for one in fits]), train=joint
    )
    info = {**old.info, "steps": max(one.info["steps"] for one in fits)}
    info.pop("folds", None)
    found = replace(found, result=tuple(one.result for one in fits), info=info)
    return found, fits[found.best_index]


def _untrained(model: AbstractModel, key: PRNGKeyArray) -> AbstractModel:
    """Return the model with small random edges and fresh residuals, as before any fit."""
    mechanism = mechanism_of(model)
    if isinstance(mechanism, CellBox):
        empty = mechanism._response.with_value(jnp.zeros_like(mechanism._response.value))
        bare = eqx.tree_at(lambda m: m._response, mechanism, empty)
        model = bare if mechanism is model else eqx.tree_at(lambda m: m.mechanism, model, bare)
    return scatter(model, key)


def _steps(warm: Fit, cold: Fit) -> tuple[int | None, int | None]:
    """Return when each objective has come to where the cold one ends, to 2 %."""
    goal = float(cold.history["objective"].iloc[-1])
    goal += _ARRIVED * abs(goal)
    found = []
    for one in (warm, cold):
        below = np.flatnonzero(one.history["objective"].to_numpy() <= goal)
        found.append(int(below[0]) + 1 if len(below) else None)
    return found[0], found[1]


def _predictions(old: Any, fitted: Any, new: PerturbationData) -> tuple[Any, np.ndarray]:
    """Return the table of new measurements, and which have an interval."""
    import pandas as pd

    before, after = predict(old, new, level=_LEVEL), predict(fitted, new)
    columns = [before.var_names.get_loc(name) for name in new.readouts]
    rows, places = np.nonzero(new.observed)
    at = (rows, np.array(columns)[places])
    pick = lambda adata, layer: np.asarray(adata.layers[layer])[at] if layer in adata.layers else np.full(  # noqa: E731
        len(rows), np.nan)  # fmt: skip
    lower, upper = pick(before, "lower"), pick(before, "upper")
    measured = new.values[rows, places]
    told = np.isfinite(lower) & np.isfinite(upper)
    table = pd.DataFrame(
        {
            "condition": [new.conditions[k] for k in rows],
            "readout": [new.readouts[k] for k in places],
            "measured": measured,
            "before": pick(before, "predicted"),
            "after": pick(after, "predicted"),
            "lower": np.where(told, lower, np.nan),
            "upper": np.where(told, upper, np.nan),
            "outside": told & ((measured < lower) | (measured > upper)),
        }
    )
    return table, told


def _edges(old: Any, fitted: Any) -> list[dict[str, Any]]:
    """Return all edges that are or were there, with the spread of the old members as their interval."""
    before, after = _weights(old), _weights(fitted)
    if before is None or after is None:
        return []
    names = old.best.names
    tail = 100 * (1 - _LEVEL) / 2
    low, high = np.percentile(before, [tail, 100 - tail], axis=0) if len(before) > 1 else (None, None)
    was, now = np.median(before, axis=0), np.median(after, axis=0)
    rows = []
    for i, j in np.argwhere((was != 0) | (now != 0)):
        lower, upper = (
            (np.nan, np.nan) if low is None or high is None else (float(low[i, j]), float(high[i, j]))
        )
        rows.append(
            {
                "name": f"{names[j]} -> {names[i]}", "source": names[j], "target": names[i],
                "before": float(was[i, j]), "after": float(now[i, j]), "lower": lower, "upper": upper,
                "beyond": bool(now[i, j] < lower or now[i, j] > upper),
            }
        )  # fmt: skip
    return rows


def _weights(given: Any) -> np.ndarray | None:
    members = [given.member(i) for i in range(given.n)] if isinstance(given, Ensemble) else [given.model]
    mechanisms = [mechanism_of(member) for member in members]
    found = [np.asarray(one.weights) for one in mechanisms if isinstance(one, CellBox)]
    return np.stack(found) if found else None
