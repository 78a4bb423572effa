"""`hc.predict`: what a model, a fit or an ensemble expects under given conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractModel
from hybridcell._core.number_checks import checked_share
from hybridcell._core.predictive import Predictive
from hybridcell.data import Conditions, PerturbationData, as_conditions
from hybridcell.data.trained_signs import check_trained_signs
from hybridcell.mechanisms import ReactionNetwork
from hybridcell.simulate.intervals import interval_layers, predicted_by, states_with_folds
from hybridcell.simulate.member_states import model_states
from hybridcell.simulate.network_prediction import is_kinetic, predict_networks
from hybridcell.simulate.solve import Solve
from hybridcell.simulate.tables import dose_tables, node_table
from hybridcell.simulate.words import lower_words

if TYPE_CHECKING:
    import anndata


def predict(
    model: Any,
    conditions: Any,
    *,
    level: float = 0.9,
    time: float | None = None,
    solve: Solve | None = None,
) -> anndata.AnnData:
    """Predict every node under each condition, with intervals where the ensemble is calibrated.

    Parameters
    ----------
    model
        A model, a `Fit` or an `Ensemble`; also of reaction networks, with `time`.
    conditions
        As for `hc.simulate`. Where conditions have times, the prediction is for those times; else for the
        steady state.
    level : float
        The share of new measurements that an interval shall hold.
    time : float, optional
        One time for all conditions.
    solve : Solve, optional

    Returns
    -------
    AnnData, conditions x nodes
        X and layer ``predicted``: of an ensemble the mean over members, by `Ensemble.weights`. Members whose
        fit did not succeed are left out. Of an ensemble also, in the units of the readouts,

        - ``lower``, ``upper``: the interval of a new measurement, from errors on conditions that were held
          out (see `hc.infer.calibrate`). The spread of the members is never taken for one: without a
          calibration, of nodes that were never measured, and where too few conditions were held out for the
          level, they are infinite, and ``uns["hybridcell"]["interval"]["reason"]`` says why;
        - ``epistemic``: standard deviation of what more conditions would tell: how far the folds (or, of an
          ensemble that is not calibrated, the members) disagree, and for a perturbation never trained on
          what such perturbations added to the held-out errors;
        - ``aleatoric``: standard deviation of the rest of these errors; NaN where nothing was held out.

        ``uns["hybridcell"]["interval"]``: ``level``, ``method`` and ``reason`` in words.
        obs: ``success``, True or False; for an ensemble the share of its members that were solved. Values
        of conditions without any success are NaN.

    Raises
    ------
    UnknownNameError
        On a perturbation that the model does not have.
    InvalidValueError
        On a level that does not lie between 0 and 1; on a negative dose asked of a `Fit` or `Ensemble` that
        was trained on doses.

    Warns
    -----
    UserWarning
        When a strength has a sign that this perturbation never had in training.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    >>> hc.predict(model, [{"d": -1.0}, {"d": -2.0}]).X.shape
    (2, 2)
    >>> two = hc.predict(hc.Ensemble.from_models([model, model]), {"d": -1.0})
    >>> float(two.layers["upper"][0, 0]), two.uns["hybridcell"]["interval"]["reason"][:30]
    (inf, 'The ensemble is not calibrated')

    References
    ----------
    Barber, Candes, Ramdas and Tibshirani, Annals of Statistics 49 (2021).
    """
    import anndata
    import pandas as pd

    ready = isinstance(model, AbstractModel | Ensemble | ReactionNetwork)
    single = model if ready else getattr(model, "model", None)
    if not isinstance(single, AbstractModel | Ensemble | ReactionNetwork):
        raise InvalidValueError(
            f"predict was given a {type(model).__name__}; wanted a model, a Fit or an Ensemble."
        )
    level = checked_share("level", level, 0.9)
    if isinstance(single, ReactionNetwork) or is_kinetic(single):
        return predict_networks(single, conditions, level=level, time=time, solve=solve)
    _, lowered = lower_words(single.model if isinstance(single, Ensemble) else single, conditions)
    given = as_conditions(lowered)
    train = getattr(model, "train", None)
    # words such as "ERK knockout" become strengths of whatever sign does that
    if isinstance(train, PerturbationData) and lowered is conditions:
        check_trained_signs(given, train)
    times = _times(given, time)
    obs: dict[str, Any] = {}
    uns: dict[str, Any] = {}
    if isinstance(single, Ensemble):
        values, success, folds = states_with_folds(single, given, times=times, solve=solve)
        found = predicted_by(single, given, values, folds)
        layers, about = interval_layers(single, given, found, level)
        uns["hybridcell"] = {"interval": about}
        obs["success"] = success.mean(axis=0)
    else:
        values, obs["success"] = model_states(single, given, times=times, solve=solve)
        layers = {"predicted": values}
    if times is not None:
        obs["time"] = times
    index = pd.Index(list(given.names), name="condition")
    return anndata.AnnData(
        X=layers["predicted"].copy(),
        obs=pd.DataFrame(obs, index=index),
        var=node_table(single),
        layers=layers,
        obsm=dose_tables(given, index),
        uns=uns,
    )


def predictive(
    ensemble: Ensemble, conditions: Any, *, time: float | None = None, solve: Solve | None = None
) -> Predictive:
    """Return the distributions behind the intervals of `predict`, columns as in ``calibration.readouts``.

    Raises
    ------
    InvalidValueError
        For an ensemble that is not calibrated.
    """
    given = as_conditions(conditions)
    times = _times(given, time)
    values, _, folds = states_with_folds(ensemble, given, times=times, solve=solve)
    found = predicted_by(ensemble, given, values, folds).predictive
    if found is None:
        raise InvalidValueError("The ensemble is not calibrated; use hc.infer.calibrate(ensemble, key=...).")
    return found


def _times(given: Conditions, time: float | None) -> np.ndarray | None:
    if time is not None:
        if not np.isfinite(time) or time < 0:
            raise InvalidValueError(f"time is {time}; wanted a finite time that is not negative.")
        return np.full(len(given.names), float(time))
    if given.time is None or np.isnan(given.time).all():
        return None
    wrong = ~(np.isfinite(given.time) & (given.time >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InvalidValueError(
            f"The time of condition {given.names[row]!r} is {given.time[row]}; wanted a time from 0 on for "
            "every condition, or for none."
        )
    return given.time
