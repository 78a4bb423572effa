"""`hc.infer.calibrate`: intervals from errors on conditions that were held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax.random as jr
from jaxtyping import PRNGKeyArray

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractModel
from hybridcell.data import as_perturbation_data
from hybridcell.fit.calibrating import Plan, make_folds, method_named, with_calibration
from hybridcell.fit.ensemble import fit_members
from hybridcell.fit.folds import leaves_one_out, measured_conditions
from hybridcell.fit.restart import restarted
from hybridcell.fit.settings import FitSettings, settings_from
from hybridcell.simulate import Solve


def calibrate(
    model_or_ensemble: Any,
    data: Any = None,
    *,
    method: str = "auto",
    folds: int | Sequence[Any] | None = None,
    by: str = "auto",
    executor: Any = None,
    progress: bool | None = None,
    key: PRNGKeyArray,
    **options: Any,
) -> Ensemble:
    """Fit the model anew without parts of the conditions, and keep the errors on them as intervals.

    What is asked decides what must be left out. Conditions like those fitted to are imitated by random folds
    of conditions. A perturbation never given (a drug that was not screened) is imitated by leaving out each
    perturbation with all its rows; only such errors are used for it, each perturbation counting once.
    Combinations of more perturbations than were ever given at once cannot be imitated: they take the errors
    on the held-out conditions as they are.

    Parameters
    ----------
    model_or_ensemble
        A fitted model, a `Fit`, or an `Ensemble`: what predicts stays as it is.
    data : AnnData or PerturbationData, optional
        What it was fitted to; a `Fit` or `Ensemble` carries it.
    method : {"auto", "widened", "cv+", "jackknife+", "gaussian"}
        "cv+": a level of 0.9 covers 0.9 of new conditions, and at least 0.8 for any data and model, if
        those are like the ones fitted to (Barber et al. 2021). "jackknife+" is CV+ with one fold per
        condition: a little narrower, dearer; other `folds` are refused. "widened" (and "auto"): CV+, made
        wider (never narrower) for a condition about which the folds disagree more than about the held-out
        ones. "gaussian": Student's t, as wide as noise and disagreement of the folds; it reaches any level
        with few conditions, and is right where errors are normal.
    folds : int or one label per row, optional
        Number of random folds (default 10, or each of up to 30 conditions), or labels of which one after the
        other is left out.
    by : {"auto", "condition", "perturbation"}
        What is left out: random folds of conditions, or besides them each perturbation. "auto": the latter
        where the model has perturbations that the data never give.
    executor : concurrent.futures.Executor, optional
        Spreads the members of folds over its workers, as for `hc.fit_ensemble`.
    progress : bool, optional
        Progress bar; default in a terminal or notebook.
    key : PRNGKeyArray
        For folds and starts.
    **options
        Settings of the fits as for `hc.fit`; by default those that the model was fitted with.

    Returns
    -------
    Ensemble
        With `calibration`, which `hc.predict` and `hc.evaluate` use. Where only another `method` is asked of
        a calibrated ensemble, nothing is fitted.

    Raises
    ------
    InvalidValueError
        For a model without data; for a reaction network; for folds that do not fit the data or the method.
    DataError
        When too few conditions or perturbations can be left out.

    References
    ----------
    Barber, Candes, Ramdas and Tibshirani, Annals of Statistics 49 (2021); Lei et al., JASA 113 (2018), for
    errors divided by their scale; Lee, Barber and Willett, arXiv:2306.06342, for conditions with many rows.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.infer.conformal import calibrate
    >>> screen = hc.datasets.demo(seed=0)
    >>> fitted = hc.fit(hc.CellBox.from_data(screen, key=jr.key(0)), screen, steps=20, key=jr.key(1))
    >>> ensemble = calibrate(fitted, folds=5, key=jr.key(2))
    >>> ensemble.n, ensemble.calibration.design
    (1, '5 folds of conditions')
    >>> float(hc.predict(ensemble, screen[:3], level=0.8).layers["upper"].max()) < float("inf")
    True
    """
    chosen = method_named(method)
    ensemble = _as_ensemble(model_or_ensemble)
    given = data if data is not None else ensemble.train
    same_folds = folds is None and by == "auto" and method != "jackknife+" and data is None and not options
    if ensemble.calibration is not None and same_folds:
        return replace(ensemble, calibration=replace(ensemble.calibration, method=chosen))
    if given is None:
        raise InvalidValueError(
            f"The {type(model_or_ensemble).__name__} carries no data: pass what it was fitted to, "
            "calibrate(model, data, key=...)."
        )
    screen = as_perturbation_data(given)
    settings = _settings(ensemble, options)
    if method == "jackknife+" and folds is None:
        folds = max(2, len(measured_conditions(screen)))
    start = restarted(ensemble.best, screen, jr.fold_in(key, 0))
    cut = make_folds(start, screen, jr.fold_in(key, 1), by=by, folds=folds)
    if method == "jackknife+" and not leaves_one_out(cut, screen):
        raise InvalidValueError(
            f"folds asks for {cut.design}; wanted each of {len(measured_conditions(screen))} conditions in a "
            "fold of its own, which is what method='jackknife+' means. Leave folds out, or take method='cv+'."
        )
    plan = Plan(cut, method=chosen)
    members, _ = fit_members(
        start, screen, plan, jr.fold_in(key, 2),
        n=0, resample="seeds", validation=None, settings=settings, executor=executor, progress=progress,
    )  # fmt: skip
    kept = {k: v for k, v in ensemble.info.items() if k != "calibration"}
    ensemble = replace(ensemble, train=screen, info=kept)
    return with_calibration(ensemble, members, plan, screen, solve=settings.solve)


def _as_ensemble(given: Any) -> Ensemble:
    if isinstance(given, Ensemble):
        if isinstance(given.members, AbstractModel):
            return given
        raise InvalidValueError(
            "The members of the ensemble are reaction networks, which are not calibrated by folds; "
            "hc.infer.sample draws their parameters."
        )
    model = getattr(given, "model", given)
    if not isinstance(model, AbstractModel):
        raise InvalidValueError(
            f"calibrate was given a {type(given).__name__}; wanted a CellBox, a hybrid, a Fit or an Ensemble."
        )
    losses = [getattr(given, "loss", 0.0)]
    found = Ensemble.from_models([model], losses=losses, train=getattr(given, "train", None))
    info = getattr(given, "info", {})
    return replace(found, info=dict(info), result=(getattr(given, "result", "success"),))


def _settings(ensemble: Ensemble, options: Mapping[str, Any]) -> FitSettings:
    stored = dict(ensemble.info.get("settings", {}))
    if isinstance(stored.get("solve"), Mapping):
        stored["solve"] = Solve(**stored["solve"])
    settings = settings_from({**stored, **options})
    if settings.start == "given":
        raise InvalidValueError(
            "The model was fitted with start='given', from a start that is not known any more; calibrate "
            "while fitting, with hc.fit_ensemble, or pass start='ridge' here."
        )
    return settings
