"""The folds that `hc.fit_ensemble` and `hc.infer.calibrate` fit beside members, and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.calibration import METHODS
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import DataError, InvalidValueError, check_choice
from hybridcell._core.model import AbstractModel
from hybridcell.data import PerturbationData
from hybridcell.fit.folds import (
    FEWEST,
    Folds,
    calibrated,
    default_count,
    labeled_folds,
    measured_conditions,
    never_given,
    perturbation_folds,
    random_folds,
)
from hybridcell.simulate import Solve

BY = ("auto", "condition", "perturbation")
#: `jackknife+` is CV+ with each condition in a fold of its own.
_NAMES = {"auto": "widened", "jackknife+": "cv+"}
CHOICES = ("auto", "jackknife+", *METHODS)


@dataclass(frozen=True, eq=False)
class Plan:
    """Folds to fit members to, or none and the reason."""

    folds: Folds | None
    method: str = "widened"
    reason: str = ""


def method_named(method: str) -> str:
    """Return how errors become intervals for what a user asks for."""
    check_choice("method", method, CHOICES)
    return _NAMES.get(method, method)


def make_folds(
    model: AbstractModel,
    data: PerturbationData,
    key: PRNGKeyArray,
    *,
    by: str = "auto",
    folds: int | Sequence[Any] | None = None,
) -> Folds:
    """Return the folds that imitate what may be asked.

    "condition": random folds of conditions, for conditions like those that were fitted to. "perturbation":
    besides them each perturbation is left out with all its rows, for perturbations never given. "auto": the
    latter where the model has perturbations that the data never give.
    """
    check_choice("by", by, BY)
    if folds is None:
        folds = default_count(data)
    if not isinstance(folds, int | np.integer):
        if by == "perturbation":
            raise InvalidValueError(
                "by='perturbation' says what is left out, and so do labels in folds. Give one of them."
            )
        return labeled_folds(data, folds)
    found = random_folds(data, int(folds), jr.fold_in(key, 0))
    if by == "perturbation":
        return found + perturbation_folds(data, jr.fold_in(key, 1))
    if by == "auto" and never_given(model.names, model.kinds, data):
        try:
            found = found + perturbation_folds(data, jr.fold_in(key, 1))
        except DataError:  # too few to leave one out: intervals of new ones will be unbounded, and say so
            return found
    return found


def default_plan(model: AbstractModel, data: PerturbationData, key: PRNGKeyArray) -> Plan:
    """Return the folds of an ensemble for which nothing else was asked."""
    n = len(measured_conditions(data))
    if n < FEWEST:
        return Plan(None, reason=f"Only {n} conditions could be held out; intervals of 0.9 need {FEWEST}.")
    return Plan(make_folds(model, data, key))


def with_calibration(
    ensemble: Ensemble, members: Ensemble, plan: Plan, data: PerturbationData, *, solve: Solve | None
) -> Ensemble:
    """Return the ensemble with the errors of its folds' members, or with the reason for having none."""
    if plan.folds is None:
        return replace(ensemble, info={**ensemble.info, "calibration": plan.reason})
    own = members is ensemble
    calibration = calibrated(plan.folds, members, data, method=plan.method, solve=solve, own=own)
    if np.isnan(calibration.errors).all():
        why = "No member of a fold could be fitted and solved; see .result of the ensemble."
        return replace(ensemble, info={**ensemble.info, "calibration": why})
    return replace(ensemble, calibration=calibration)
