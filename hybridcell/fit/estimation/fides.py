"""fides: a trust region of Coleman and Li, from the package of that name."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation.objective import Found
from hybridcell.fit.estimation.run import (
    GAVE_UP,
    GRADIENT,
    ITERATIONS,
    REASONS,
    STEP,
    VALUE,
    Tolerances,
)
from hybridcell.fit.estimation.threads import Caller


class Fides:
    """A minimizer for `Threads`; with the Hessian of Gauss and Newton, or BFGS without residuals.

    Raises
    ------
    InvalidValueError
        Where the package is not installed.

    References
    ----------
    Fröhlich and Sorger (2022), PLoS Comput. Biol. 18:e1010322.
    """

    def __init__(
        self,
        *,
        lower: np.ndarray,
        upper: np.ndarray,
        tolerances: Tolerances,
        max_iterations: int,
        least_squares: bool,
        options: Mapping[str, Any] | None = None,
    ):
        try:
            import fides
        except ImportError as error:
            raise InvalidValueError(
                'method="fides" needs the package fides: pip install fides. Or take method="least-squares", '
                "which needs nothing."
            ) from error
        self.kind = "least-squares" if least_squares else "gradients"
        self._fides: Any = fides
        self._lower, self._upper = lower, upper
        self._options = {
            "maxiter": max_iterations, "fatol": 0.0, "frtol": tolerances.value, "xtol": tolerances.step,
            "gatol": tolerances.gradient, "grtol": 0.0, **(options or {}),
        }  # fmt: skip

    def __call__(self, caller: Caller, first: Found) -> str:
        """Minimize, and return why it ended."""

        def function(theta: np.ndarray) -> tuple[Any, ...]:
            caller.iteration = max(caller.evaluations - 1, 0)
            found = caller(theta)
            assert found.gradients is not None
            value, gradient = float(found.values), np.array(found.gradients)
            if found.jacobians is None:
                return value, gradient
            return value, gradient, found.jacobians.T @ found.jacobians

        optimizer = self._fides.Optimizer(
            function, self._upper, self._lower, verbose=logging.CRITICAL, options=dict(self._options),
            hessian_update=None if self.kind == "least-squares" else self._fides.BFGS(),
        )  # fmt: skip
        try:
            optimizer.minimize(caller.theta0.copy())
        except (RuntimeError, np.linalg.LinAlgError, ValueError):
            return REASONS[GAVE_UP]
        flag = getattr(optimizer.exitflag, "name", "")
        known = {
            "FTOL": VALUE,
            "XTOL": STEP,
            "GTOL": GRADIENT,
            "DELTA_TOO_SMALL": STEP,
            "MAXITER": ITERATIONS,
        }
        return REASONS[known.get(flag, GAVE_UP)]
