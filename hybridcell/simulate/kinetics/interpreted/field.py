"""The right-hand side of one run: constants in place, switches held, the past at hand."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from hybridcell.mechanisms.interpreter import Bound
from hybridcell.simulate.kinetics.interpreted.history import History
from hybridcell.simulate.kinetics.interpreted.programs import Derivatives, Programs


class BoundDerivatives:
    """A matrix of partial derivatives at fixed constants."""

    def __init__(self, derivatives: Derivatives, p: np.ndarray):
        self._of, self._values = derivatives, derivatives.values.bind(p)

    def __call__(
        self, t: float, x: np.ndarray, delayed: np.ndarray | None, modes: np.ndarray | None
    ) -> np.ndarray:
        matrix = np.zeros(self._of.shape)
        values = self._values(t, x, delayed, modes)
        # at the edge of a domain a slope may be infinite; the matrix only guides Newton's iteration
        matrix[self._of.rows, self._of.columns] = np.where(np.isfinite(values), values, 0.0)
        return matrix


class Field:
    """Rates and residuals over the full state x, for fixed constants and held switches."""

    def __init__(self, programs: Programs, p: np.ndarray, t0: float):
        self.programs, self.p = programs, p
        self.equations = programs.equations
        self.moving = programs.moving
        self.history = History(programs, p, t0) if programs.delays else None
        #: Truth values of the switches, None without any.
        self.modes: np.ndarray | None = None
        self.rates: Bound = programs.rates.bind(p)

    @cached_property
    def residuals(self) -> Bound:
        return self.programs.residuals.bind(self.p)

    @cached_property
    def rate_derivatives(self) -> BoundDerivatives:
        return BoundDerivatives(self.programs.rate_derivatives, self.p)

    @cached_property
    def residual_derivatives(self) -> BoundDerivatives:
        return BoundDerivatives(self.programs.residual_derivatives, self.p)

    def delayed(self, t: float, x: np.ndarray) -> np.ndarray | None:
        """Return the delayed values, None where the network has none."""
        return None if self.history is None else self.history.values(t, x)

    def moved(self, t: float, x: np.ndarray) -> np.ndarray:
        """Return the rates of change of the moving states."""
        return self.rates(t, x, self.delayed(t, x), self.modes)

    def slopes(self, t: float, x: np.ndarray) -> np.ndarray:
        """Return the derivatives of these rates with respect to all states."""
        return self.rate_derivatives(t, x, self.delayed(t, x), self.modes)
