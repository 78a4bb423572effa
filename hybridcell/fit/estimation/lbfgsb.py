"""L-BFGS-B of SciPy: gradients only, curvature from the last steps, bounds by projection."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybridcell.fit.estimation.objective import Found
from hybridcell.fit.estimation.run import GAVE_UP, GRADIENT, ITERATIONS, REASONS, VALUE, Tolerances
from hybridcell.fit.estimation.threads import Caller


class Lbfgsb:
    """A minimizer for `Threads`.

    Parameters
    ----------
    memory
        How many steps the curvature is made from.

    References
    ----------
    Byrd, Lu, Nocedal and Zhu (1995), SIAM J. Sci. Comput. 16:1190.
    """

    kind = "gradients"

    def __init__(
        self,
        *,
        lower: np.ndarray,
        upper: np.ndarray,
        tolerances: Tolerances,
        max_iterations: int,
        memory: int = 10,
    ):
        self._bounds = np.stack([lower, upper], axis=1)
        self._options = {
            "maxiter": max_iterations, "maxfun": 20 * max_iterations, "maxcor": memory,
            "ftol": tolerances.value, "gtol": tolerances.gradient,
        }  # fmt: skip

    def __call__(self, caller: Caller, first: Found) -> str:
        """Minimize, and return why it ended."""
        from scipy.optimize import minimize

        known: dict[bytes, Found] = {caller.theta0.tobytes(): first}
        worst = float(first.values)

        def value_and_gradient(theta: np.ndarray) -> tuple[float, np.ndarray]:
            nonlocal worst
            found = known.pop(np.asarray(theta, dtype=float).tobytes(), None) or caller(theta)
            assert found.gradients is not None
            if not np.isfinite(found.values):
                # the line search interpolates, which it cannot with infinity
                return worst + 1.0 + abs(worst), np.zeros(len(theta))
            worst = max(worst, float(found.values))
            return float(found.values), np.array(found.gradients)

        def count(_: Any) -> None:
            caller.iteration += 1

        done = minimize(
            value_and_gradient, caller.theta0, jac=True, method="L-BFGS-B", bounds=self._bounds,
            options=self._options, callback=count,
        )  # fmt: skip
        if done.status == 1:
            return REASONS[ITERATIONS]
        if done.status != 0:
            return REASONS[GAVE_UP]
        return REASONS[GRADIENT if "GRADIENT" in str(done.message).upper() else VALUE]
