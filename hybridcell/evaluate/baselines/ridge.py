"""Linear regression of every readout on the inputs."""

from __future__ import annotations

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.number_checks import is_finite_number
from hybridcell.evaluate.baselines._base import Baseline
from hybridcell.evaluate.baselines._spectral import (
    PENALTIES,
    best_penalty,
    dual_weights,
    held_out_error,
    leave_one_out_errors,
    linear,
)


class Ridge(Baseline):
    """Ridge regression of the effects on the inputs, without intercept: no input, no effect.

    One penalty for all readouts, by exact leave-one-condition-out error. A perturbation that was never
    trained on contributes nothing.

    Parameters
    ----------
    penalty
        Fixed penalty in the units of the inputs; None chooses it.
    transform
        "identity" regresses on the inputs u (doses in units of their median); "tanh" on tanh of them, so that
        strong inputs saturate.

    Examples
    --------
    >>> from hybridcell.data import PerturbationData
    >>> from hybridcell.evaluate.baselines import Ridge
    >>> train = PerturbationData(
    ...     values=[[1.0], [2.0]], readouts=["a"], kinds=["protein"], conditions=["c", "d"],
    ...     perturbations=["A"], doses=[[-1], [-2]], input="strength", control="implied",
    ... )
    >>> Ridge(penalty=1e-6).fit(train).predict({"A": -3.0}).round(3)
    array([[3.]])
    """

    name = "ridge"

    def __init__(self, *, penalty: float | None = None, transform: str = "identity") -> None:
        if penalty is not None and not (is_finite_number(penalty) and penalty > 0):
            raise InvalidValueError(
                f"penalty is {penalty!r}; wanted a positive number, or None to choose it."
            )
        self._given_penalty = penalty
        self._transform = check_choice("transform", transform, ("identity", "tanh"))

    def _features(self, x: np.ndarray) -> np.ndarray:
        return np.tanh(x) if self._transform == "tanh" else x

    def _fit(self, x: np.ndarray, effects: np.ndarray) -> None:
        x = self._features(x)
        self.penalty = self._given_penalty or choose_penalty(x, effects)
        self.coefficients = fit_coefficients(x, effects, self.penalty)
        self._held_out = leave_one_out_errors(linear(x), effects, self.penalty)

    @property
    def error_sd(self) -> np.ndarray:
        """Root mean square of leave-one-condition-out errors per readout, (R,); NaN where never measured."""
        seen = ~np.isnan(self._held_out)
        squares = np.where(seen, self._held_out, 0.0) ** 2
        count = seen.sum(axis=0)
        return np.where(count > 0, np.sqrt(squares.sum(axis=0) / np.maximum(count, 1)), np.nan)

    def _predict(self, x: np.ndarray, unseen: np.ndarray) -> np.ndarray:
        return self._features(x) @ self.coefficients


class SaturatingRidge(Ridge):
    """Ridge regression on tanh of the inputs; otherwise as `Ridge`.

    Parameters
    ----------
    penalty
        As for `Ridge`.

    Examples
    --------
    >>> from hybridcell.data import PerturbationData
    >>> from hybridcell.evaluate.baselines import SaturatingRidge
    >>> train = PerturbationData(
    ...     values=[[1.0], [1.2]], readouts=["a"], kinds=["protein"], conditions=["c", "d"],
    ...     perturbations=["A"], doses=[[-1], [-2]], input="strength", control="implied",
    ... )
    >>> SaturatingRidge(penalty=1e-6).fit(train).predict({"A": -9.0}).round(2)
    array([[1.27]])
    """

    name = "saturating_ridge"

    def __init__(self, *, penalty: float | None = None) -> None:
        super().__init__(penalty=penalty, transform="tanh")


def choose_penalty(x: np.ndarray, effects: np.ndarray) -> float:
    """Return the penalty with the smallest leave-one-row-out error."""
    return best_penalty(held_out_error(linear(x), effects, PENALTIES), PENALTIES)


def fit_coefficients(x: np.ndarray, effects: np.ndarray, penalty: float) -> np.ndarray:
    """Return coefficients (P, R) of the effects on x."""
    return x.T @ dual_weights(linear(x), effects, penalty)
