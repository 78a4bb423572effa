"""`hc.fit` of a prior network, with penalties by leave-one-out error within the data it is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import DataError, InvalidValueError, unknown_name
from hybridcell.data import PerturbationData, as_perturbation_data
from hybridcell.fit.prior_network.regression import Regression, regress
from hybridcell.fit.result import Fit
from hybridcell.mechanisms.prior_network import PriorNetwork
from hybridcell.mechanisms.prior_network.field import from_link

#: Activities nearer to 0 or 1 than this are moved here, where the logit still tells noise from signal.
MARGIN = 0.05
#: Rounds in which missing entries are filled in by what the fit expects.
_ROUNDS = 5
_FEWEST = 3


def fit_prior_network(model: PriorNetwork, data: Any, options: Mapping[str, Any]) -> Fit:
    """Fit a prior network in closed form.

    Readouts are turned into levels by the inverse link, levels into principal components, and each component
    is regressed on inputs and signals (see `regress`), with the penalty that has the least error on rows
    left out, which is the fit's `loss`. Rows of equal doses are averaged first, so that a row left out is a
    condition left out.
    Missing entries, and those of weight 0, are filled in by the fit; other weights and errors are not used.

    Raises
    ------
    InvalidValueError
        On an option: there is none.
    DataError
        On timed rows, fewer than three conditions, a readout that was never measured, or activities outside
        0 to 1 where the link is "logit".
    UnknownNameError
        On a readout or perturbation that the model lacks.
    """
    if options:
        raise InvalidValueError(
            f"A prior network is fitted in closed form, without the option {next(iter(options))!r}; its "
            "penalties come from leaving out conditions. Leave it out."
        )
    screen = as_perturbation_data(data)
    doses, values = _conditions(model, screen)
    levels = _to_link(model.link, values, screen.readouts)
    x = doses / model.unit
    parts, filled = _complete(x, x @ model.gains.T, levels, 0.0 if model.prior is None else model.prior_share)
    direct, routed = parts.weights()
    place = np.array([screen.readouts.index(name) for name in model.readouts])
    fitted = model.with_weights(bias=parts.intercept[place], direct=direct[place], routed=routed[place])
    errors = [
        _squared_error(model.link, filled - parts.regression.left_out @ parts.axes, values),
        _squared_error(model.link, parts.levels(x, x @ model.gains.T), values),
    ]
    return _result(fitted, parts.regression, screen, *errors)


def _complete(
    x: np.ndarray, signals: np.ndarray, levels: np.ndarray, share: float
) -> tuple[_Components, np.ndarray]:
    """Fit levels (N, R), filling in missing ones; return the fit and the levels that it was made to."""
    seen = np.isfinite(levels)
    filled = np.where(seen, levels, np.nanmean(levels, axis=0))
    parts = _Components.of(x, signals, filled, share)
    for _ in range(0 if seen.all() else _ROUNDS):
        filled = np.where(seen, levels, parts.levels(x, signals))
        parts = _Components.of(x, signals, filled, share)
    return parts, filled


@dataclass(frozen=True, eq=False)
class _Components:
    """Levels as principal components, each with its regression."""

    mean: Float[np.ndarray, " r"]
    axes: Float[np.ndarray, "k r"]
    regression: Regression

    @classmethod
    def of(cls, x: np.ndarray, signals: np.ndarray, levels: np.ndarray, share: float) -> _Components:
        """Decompose levels (N, R), and regress."""
        mean = levels.mean(axis=0)
        axes = np.linalg.svd(levels - mean, full_matrices=False)[2]
        return cls(mean, axes, regress(x, signals, (levels - mean) @ axes.T, share=share))

    @property
    def intercept(self) -> Float[np.ndarray, " r"]:
        """Level of each readout without any input."""
        return self.mean + self.regression.intercept @ self.axes

    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """Return effects of inputs (R, P) and of signals (R, F) on the level of each readout."""
        return (self.regression.direct @ self.axes).T, (self.regression.routed @ self.axes).T

    def levels(self, x: np.ndarray, signals: np.ndarray) -> np.ndarray:
        """Return fitted levels, (N, R)."""
        direct, routed = self.weights()
        return self.intercept + x @ direct.T + signals @ routed.T


def _conditions(model: PriorNetwork, screen: PerturbationData) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct doses (N, P) in the order of the model's inputs, and mean responses (N, R)."""
    for name in (*screen.readouts, *model.readouts):
        if name not in model.readouts:
            raise unknown_name("readout (of the data)", name, model.readouts)
        if name not in screen.readouts:
            raise unknown_name("readout (of the model, not in the data)", name, screen.readouts)
    if screen.time is not None:
        raise DataError("A prior network has no time course; wanted rows without times.")
    doses = model.inputs(screen)[:, : len(model.perturbations)]
    values = np.asarray(screen.values, dtype=float)
    if screen.weight is not None:
        values = np.where(screen.weight > 0, values, np.nan)
    distinct, place = np.unique(doses, axis=0, return_inverse=True)
    seen = np.isfinite(values)
    total, count = np.zeros((2, len(distinct), values.shape[1]))
    np.add.at(total, place.reshape(-1), np.where(seen, values, 0.0))
    np.add.at(count, place.reshape(-1), seen)
    measured = count.sum(axis=1) > 0
    if measured.sum() < _FEWEST:
        raise DataError(
            f"The data have {int(measured.sum())} measured conditions; wanted at least {_FEWEST}, so that "
            "some can be left out."
        )
    if not count.any(axis=0).all():
        name = screen.readouts[int(np.argmin(count.any(axis=0)))]
        raise DataError(f"Readout {name!r} was never measured; leave it out of the data and of the model.")
    means = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return distinct[measured], means[measured]


def _to_link(link: str, values: np.ndarray, readouts: tuple[str, ...]) -> np.ndarray:
    """Return unbounded levels; the inverse of `from_link`, save next to 0 and 1."""
    if link == "identity":
        return values
    outside = (values < 0) | (values > 1)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise DataError(
            f"{readouts[column]!r} has the value {values[row, column]:.4g}; link='logit' wants activities "
            "from 0 to 1. Scale the readouts, or use link='identity'."
        )
    inside = np.clip(values, MARGIN, 1 - MARGIN)
    return np.log(inside) - np.log1p(-inside)


def _squared_error(link: str, levels: np.ndarray, values: np.ndarray) -> float:
    """Return the mean squared error of the readouts that belong to levels."""
    return float(np.mean((np.asarray(from_link(link, levels)) - values)[np.isfinite(values)] ** 2))


def _result(
    model: PriorNetwork, regression: Regression, screen: PerturbationData, left_out: float, fitted: float
) -> Fit:
    sound = np.isfinite(np.asarray(model.weights)).all() and np.isfinite(left_out)
    return Fit(
        model=model,
        result="success" if sound else "the weights are not finite; check the data for extreme values",
        loss=left_out,
        train=screen,
        info={"components": len(regression.penalty), "penalties": regression.penalty.tolist()},
        _history={
            name: np.array([value])
            for name, value in (("objective", fitted), ("train_loss", fitted), ("validation_loss", left_out))
        },
    )
