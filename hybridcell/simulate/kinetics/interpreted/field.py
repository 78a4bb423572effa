"""The right-hand side of one run: constants in place, switches held, the past at hand."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from hybridcell.mechanisms.interpreter import Bound
from hybridcell.simulate.kinetics.interpreted.history import History
from hybridcell.simulate.kinetics.interpreted.programs import Derivatives, Programs

#: Integrators bound the mean error of all states, in units of the tolerance: that of one may be larger.
_ABOUT = 10.0


def lifted(x: np.ndarray, atol: np.ndarray | float) -> np.ndarray:
    """Return states with zero for those that are below it by no more than the tolerance explains."""
    return np.where((x < 0) & (x > -_ABOUT * atol), 0.0, x)


class BoundDerivatives:
    """A matrix of partial derivatives at fixed constants."""

    def __init__(self, derivatives: Derivatives, p: np.ndarray):
        self._of, self._values = derivatives, derivatives.values.bind(p)

    def __call__(
        self, t: float, x: np.ndarray, delayed: np.ndarray | None, modes: np.ndarray | None
    ) -> np.ndarray:
        """Return the matrix at a point."""
        matrix = np.zeros(self._of.shape)
        values = self._values(t, x, delayed, modes)
        # at the edge of a domain a slope may be infinite; the matrix only guides Newton's iteration
        matrix[self._of.rows, self._of.columns] = np.where(np.isfinite(values), values, 0.0)
        return matrix


class Field:
    """Rates and residuals over the full state x, for fixed constants and held switches.

    With the tolerances `atol` of the states, those that are about as little below zero count as zero in rates
    that may be no number there, such as x^1.5: what has died out is on either side of zero.
    """

    def __init__(self, programs: Programs, p: np.ndarray, t0: float, atol: np.ndarray | None = None):
        self.programs, self.p = programs, p
        self._nothing = None if atol is None or not programs.have_edges else atol
        self.equations = programs.equations
        self.moving = programs.moving
        self.history = History(programs, p, t0) if programs.delays else None
        #: Truth values of the switches, None without any.
        self.modes: np.ndarray | None = None
        self.rates: Bound = programs.rates.bind(p)

    @cached_property
    def _residuals(self) -> Bound:
        return self.programs.residuals.bind(self.p)

    @cached_property
    def _rate_derivatives(self) -> BoundDerivatives:
        return BoundDerivatives(self.programs.rate_derivatives, self.p)

    @cached_property
    def _residual_derivatives(self) -> BoundDerivatives:
        return BoundDerivatives(self.programs.residual_derivatives, self.p)

    def delayed(self, t: float, x: np.ndarray) -> np.ndarray | None:
        """Return the delayed values, None where the network has none."""
        return None if self.history is None else self.history.values(t, x)

    def read(self, values: Bound, t: float, x: np.ndarray) -> np.ndarray:
        """Evaluate something under the held switches and with the past, if it reads that."""
        delayed = self.delayed(t, x) if values.interpreter.reads_past else None
        return values(t, x, delayed, self.modes)

    def moved(self, t: float, x: np.ndarray) -> np.ndarray:
        """Return the rates of change of the moving states."""
        return self.rates(t, self._lifted(x), self._past(t, x), self.modes)

    def slopes(self, t: float, x: np.ndarray) -> np.ndarray:
        """Return the derivatives of these rates with respect to all states."""
        return self._rate_derivatives(t, self._lifted(x), self._past(t, x), self.modes)

    def missed(self, t: float, x: np.ndarray) -> np.ndarray:
        """Return the residuals."""
        return self._residuals(t, x, self._past(t, x), self.modes)

    def missed_slopes(self, t: float, x: np.ndarray) -> np.ndarray:
        """Return the derivatives of the residuals with respect to all states."""
        return self._residual_derivatives(t, x, self._past(t, x), self.modes)

    def lag(self, t: float, x: np.ndarray) -> float:
        """Return how long ago the rates look at least, inf where they look at no past."""
        if self.history is None or not self.programs.moving_delays:
            return np.inf
        lags = self.history.lags(t, x, self.programs.moving_delays)
        return float(np.min(lags, initial=np.inf, where=lags > 0))

    def _lifted(self, x: np.ndarray) -> np.ndarray:
        if self._nothing is None:
            return x
        return lifted(x, self._nothing)

    def _past(self, t: float, x: np.ndarray) -> np.ndarray | None:
        which = self.programs.moving_delays
        return self.history.values(t, x, which) if self.history is not None and which else None
