"""`hc.evaluate`: a model beside every baseline, on data it was not fitted to."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from hybridcell._core.errors import DataError, InvalidValueError, unknown_name
from hybridcell.data import PerturbationData, as_perturbation_data
from hybridcell.data.split import in_both
from hybridcell.evaluate import metrics
from hybridcell.evaluate.coverage import Distributions, no_scores, of_ensemble, of_ridge

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

_SCOPES = ("measured", "all")


def evaluate(
    model_or_ensemble: Any,
    data: AnnData | PerturbationData,
    *,
    train: AnnData | PerturbationData | None = None,
    baselines: bool | Sequence[str] = True,
    readouts: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Score predictions of held-out data, beside the baselines fitted to the same training part.

    Parameters
    ----------
    model_or_ensemble
        A model, a `Fit` or an `Ensemble` (its mean prediction is scored).
    data
        Held-out conditions x readouts.
    train
        What the model was fitted to; a `Fit` or `Ensemble` carries it.
    baselines
        True for all of `hc.baselines.available()`, a list of names, or False.
    readouts
        Names of readouts to score; None scores all.

    Returns
    -------
    DataFrame
        Rows ``(readouts, predictor)``: first the scope ``measured`` (without readouts of kind drug, which are
        inputs again), then ``all``; in each first ``model``, then the baselines. Columns:

        - ``r``: Pearson correlation pooled over all entries, which flatters (see ``training_mean``'s);
        - ``r_centered``: the same after the training mean of each readout is removed;
        - ``r_node_median``: median over readouts of the correlation over conditions;
        - ``mse``: mean squared error, in squared units of the values;
        - ``r_phenotype``: pooled correlation of the phenotypes;
        - ``n_conditions``, ``n_values``: conditions with a measured value, and measured values;
        - ``n_trained``: perturbed conditions among them that the training part holds, too: 0 for a score of
          predictions (NaN where the training part is not known);
        - ``n_failed``: conditions the model could not solve; they are scored as if the control was predicted;
        - ``residual_share``: the share of the response that the model's neural part supplies (0: none);
        - of a calibrated ensemble ``coverage_50``, ``coverage_80``, ``coverage_90``, ``coverage_95``: the
          share of measured values inside the intervals of these levels; ``width_90``: mean width at 0.9, and
          ``crps``: continuous ranked probability score, both in the unit of the values. The baseline
          ``ridge`` has them too, from normal errors as large as its leave-one-condition-out errors.

        NaN where a score does not exist. ``attrs`` holds the sizes of ``train`` and ``test``.

    Raises
    ------
    InvalidValueError
        When baselines are wanted and the training part is not known.
    UnknownNameError
        When a readout is not a node of the model, or not in the data.
    DataError
        When nothing is measured.

    Warns
    -----
    UserWarning
        When conditions are scored that the model was fitted to.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> train, test = hc.split(hc.datasets.demo(), by="single-to-combo")
    >>> model = hc.CellBox.from_data(train, key=jr.key(0))
    >>> table = hc.evaluate(model, test, train=train, baselines=["training_mean", "additive"])
    >>> table.loc["measured"].index.tolist()
    ['model', 'training_mean', 'additive']
    """
    test = _chosen(as_perturbation_data(data), readouts)
    train = train if train is not None else getattr(model_or_ensemble, "train", None)
    trained = None if train is None else as_perturbation_data(train)
    if baselines is not False and trained is None:
        raise InvalidValueError(
            f"The baselines need the data that this {type(model_or_ensemble).__name__} was fitted to: "
            f"pass train=..., or baselines=False to score the model alone."
        )
    predicted, n_failed, share = _model_prediction(model_or_ensemble, test, trained)
    predictions = {"model": predicted}
    if baselines is not False and trained is not None:
        predictions |= _baseline_predictions(None if baselines is True else baselines, trained, test)
    distributions: dict[str, Distributions] = {}
    if getattr(model_or_ensemble, "calibration", None) is not None:
        distributions["model"] = of_ensemble(model_or_ensemble, test)
        if "ridge" in predictions and trained is not None:
            distributions["ridge"] = of_ridge(trained, test)
    _warn_of_trained(test, trained)
    return _table(
        test, predictions, trained, n_failed=n_failed, residual_share=share, distributions=distributions
    )


@dataclass(frozen=True, eq=False)
class _Scope:
    """The measured values of some readouts of the test part."""

    columns: np.ndarray
    values: np.ndarray
    kinds: list[str]
    training_mean: np.ndarray | None
    n_trained: float

    @classmethod
    def of(cls, test: PerturbationData, columns: np.ndarray, train: PerturbationData | None) -> _Scope:
        mean = None if train is None else _training_mean(train, [test.readouts[j] for j in columns])
        values = test.values[:, columns]
        seen: float = float("nan")
        if train is not None:
            seen = int((in_both(train, test) & ~np.isnan(values).all(axis=1)).sum())
        return cls(columns, values, [test.kinds[j] for j in columns], mean, seen)

    def scores(self, predicted: np.ndarray) -> dict[str, float | int]:
        y, p = self.values, predicted[:, self.columns]
        mean = self.training_mean
        return {
            "r": metrics.pearson(y, p),
            "r_centered": float("nan") if mean is None else metrics.pearson_centered(y, p, mean),
            "r_node_median": metrics.pearson_readout_median(y, p),
            "mse": metrics.mse(y, p),
            "r_phenotype": metrics.pearson_phenotype(y, p, self.kinds),
            "n_conditions": int((~np.isnan(y)).any(axis=1).sum()),
            "n_trained": self.n_trained,
            "n_values": int((~np.isnan(y)).sum()),
        }


def _table(
    test: PerturbationData,
    predictions: dict[str, np.ndarray],
    train: PerturbationData | None,
    *,
    n_failed: int,
    residual_share: float,
    distributions: dict[str, Distributions],
) -> pd.DataFrame:
    import pandas as pd

    measured = np.flatnonzero([kind != "drug" for kind in test.kinds])
    rows, index = [], []
    for name, columns in zip(_SCOPES, (measured, np.arange(len(test.readouts)))):
        scope = _Scope.of(test, columns, train)
        for predictor, predicted in predictions.items():
            model = predictor == "model"
            spread = {}
            if distributions:
                known = distributions.get(predictor)
                spread = no_scores() if known is None else known.scores(test.values, columns)
            rows.append(
                {
                    **scope.scores(predicted),
                    "n_failed": n_failed if model else 0,
                    "residual_share": residual_share if model else float("nan"),
                    **spread,
                }
            )
            index.append((name, predictor))
    table = pd.DataFrame(rows, index=pd.MultiIndex.from_tuples(index, names=["readouts", "predictor"]))
    table.attrs["train"] = (
        None if train is None else {"conditions": len(train), "readouts": len(train.readouts)}
    )
    table.attrs["test"] = {"conditions": len(test), "readouts": len(test.readouts)}
    return table


def _warn_of_trained(test: PerturbationData, train: PerturbationData | None) -> None:
    seen = np.flatnonzero(in_both(train, test)) if train is not None else []
    if len(seen):
        warnings.warn(
            f"{len(seen)} of {len(test)} conditions to evaluate are in the training part, such as "
            f"{test.conditions[seen[0]]!r}: their scores say how well the fit describes what it has seen, "
            "not how well it predicts. Hold conditions out before fitting (hc.split); the column n_trained "
            "counts them.",
            stacklevel=3,
        )


def _chosen(test: PerturbationData, readouts: Sequence[str] | None) -> PerturbationData:
    if isinstance(readouts, str):
        raise InvalidValueError(f"readouts is the text {readouts!r}; wanted a list of names, [{readouts!r}].")
    if readouts is not None:
        columns = [_position(name, test.readouts, "readout") for name in readouts]
        test = replace(
            test,
            values=test.values[:, columns],
            readouts=tuple(test.readouts[j] for j in columns),
            kinds=tuple(test.kinds[j] for j in columns),
            sd=None if test.sd is None else test.sd[:, columns],
            weight=None if test.weight is None else test.weight[:, columns],
        )
    if not test.observed.any():
        raise DataError(
            f"Nothing is measured in the data to evaluate ({len(test)} conditions x {len(test.readouts)} "
            f"readouts); wanted at least one value."
        )
    return test


def _position(name: str, names: Sequence[str], what: str) -> int:
    try:
        return list(names).index(name)
    except ValueError:
        raise unknown_name(what, str(name), names) from None


def _training_mean(train: PerturbationData, readouts: Sequence[str]) -> np.ndarray:
    """Return the mean of each readout over the treated training conditions, 0 where never measured."""
    rows = ~train.is_control if (~train.is_control).any() else np.ones(len(train), dtype=bool)
    values = train.values[rows][:, [_position(name, train.readouts, "training readout") for name in readouts]]
    seen = ~np.isnan(values)
    return np.where(seen, values, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)


def _baseline_predictions(
    names: Sequence[str] | None, train: PerturbationData, test: PerturbationData
) -> dict[str, np.ndarray]:
    from hybridcell.evaluate.baselines import fit_predict

    columns = [_position(name, train.readouts, "training readout") for name in test.readouts]
    return {name: values[:, columns] for name, values in fit_predict(names, train, test).items()}


def _model_prediction(
    model: Any, test: PerturbationData, train: PerturbationData | None
) -> tuple[np.ndarray, int, float]:
    """Return predictions (C, R), the number of failed conditions and the residual share."""
    from hybridcell.evaluate.baselines import Control
    from hybridcell.simulate import predict

    states = predict(model, test)
    columns = [_position(name, list(states.var_names), "node") for name in test.readouts]
    x = np.asarray(states.X, dtype=float)
    failed = np.logical_not(np.isfinite(x).all(axis=1))
    predicted = x[:, columns]
    if failed.any():
        control = Control().fit(test if train is None else train)
        order = [_position(name, control.readouts, "training readout") for name in test.readouts]
        predicted = np.where(failed[:, None], control.predict(test)[:, order], predicted)
    share = _residual_share(model, x[~failed], test.subset(~failed)) if not failed.all() else float("nan")
    return predicted, int(failed.sum()), share


def _residual_share(model: Any, x: np.ndarray, conditions: PerturbationData) -> float:
    """Return the neural share at the predicted states; of an ensemble the mean over its members."""
    from hybridcell._core.ensemble import Ensemble
    from hybridcell._core.model import Hybrid
    from hybridcell.hybrid import residual_share

    single = model if isinstance(model, Ensemble) else getattr(model, "model", model)
    members = list(single) if isinstance(single, Ensemble) else [single]
    if not isinstance(members[0], Hybrid):
        return 0.0
    u = members[0].inputs(conditions)
    states, inputs = jnp.asarray(x), jnp.asarray(u)
    return float(np.mean([np.asarray(residual_share(member, states, inputs)) for member in members]))
