"""The optimization problem in numbers: what is to be small, and what must not be exceeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hybridcell.therapy.optimization.responses import Responses
from hybridcell.therapy.optimization.risk import weights_of_risk

#: What a condition in which a member does not settle is worth: nothing that is looked for.
UNSETTLED = 1e6


@dataclass(frozen=True)
class Limit:
    """A readout that must stay at or below (sign 1) or at or above (sign -1) a bound.

    Attributes
    ----------
    system
        0: the model that is treated; 1: the healthy one.
    """

    system: int
    readout: str
    sign: float
    bound: float

    @property
    def text(self) -> str:
        """Such as "ERK >= -0.5 (healthy)"."""
        where = " (healthy)" if self.system else ""
        return f"{self.readout} {'<=' if self.sign > 0 else '>='} {self.bound:g}{where}"


@dataclass(frozen=True, eq=False)
class Problem:
    """Doses of D drugs as shares z of their largest doses, 0 to 1.

    Attributes
    ----------
    systems
        The model that is treated and, where there is one, the healthy one.
    readout, sign
        What is to be small: sign times the readout.
    limits
        Readouts with bounds.
    tops
        Largest doses, signed, in the model's input.
    costs
        Cost of the largest dose of each drug.
    budget
        Most that all drugs may cost together; infinite for none.
    """

    systems: Sequence[Responses]
    readout: str
    sign: float
    limits: Sequence[Limit]
    tops: Float[np.ndarray, " d"]
    costs: Float[np.ndarray, " d"]
    budget: float
    risk: str
    tail: float

    @property
    def n_simulations(self) -> int:
        """Conditions simulated so far (each of them for all members)."""
        return sum(system.n_simulations for system in self.systems)

    def evaluate(self, z: Float[np.ndarray, " d"]) -> tuple[np.ndarray, np.ndarray]:
        """Return the objective and the excess over each limit, shape (1 + L,), and slopes, (1 + L, D)."""
        found = [system.values_and_slopes(z * self.tops) for system in self.systems]
        rows = [self._row(found, 0, self.readout, self.sign, 0.0)]
        rows += [self._row(found, one.system, one.readout, one.sign, one.bound) for one in self.limits]
        return np.array([value for value, _ in rows]), np.array([slope for _, slope in rows])

    def certified(self, z: Float[np.ndarray, "c d"]) -> Float[np.ndarray, "c l"]:
        """Return the same numbers for many doses, with every state checked; no slopes."""
        found = [system.values(z * self.tops) for system in self.systems]
        asked = [(0, self.readout, self.sign, 0.0)]
        asked += [(one.system, one.readout, one.sign, one.bound) for one in self.limits]
        columns = []
        for which, readout, sign, bound in asked:
            values = sign * (found[which][:, :, self.systems[which].readouts.index(readout)] - bound)
            columns.append([self._risk(which, values[:, c]) for c in range(len(z))])
        return np.array(columns).T

    def feasible(self, numbers: np.ndarray, z: np.ndarray, slack: float = 1e-6) -> np.ndarray:
        """Tell which rows keep the limits and the budget."""
        kept = (numbers[:, 1:] <= slack).all(axis=1)
        return kept & (z @ self.costs <= self.budget + slack) & (numbers[:, 0] < UNSETTLED)

    def _risk(self, which: int, values: np.ndarray) -> float:
        if not np.isfinite(values).all():
            return UNSETTLED
        share = weights_of_risk(values, self._weights(which), self.risk, self.tail)
        return float(share @ values)

    def _row(
        self,
        found: Sequence[tuple[np.ndarray, np.ndarray]],
        which: int,
        readout: str,
        sign: float,
        bound: float,
    ) -> tuple[float, np.ndarray]:
        k = self.systems[which].readouts.index(readout)
        values, slopes = sign * (found[which][0][:, k] - bound), sign * found[which][1][:, k]
        if not np.isfinite(values).all():
            return UNSETTLED, np.zeros(len(self.tops))
        share = weights_of_risk(values, self._weights(which), self.risk, self.tail)
        return float(share @ values), share @ slopes * self.tops

    def _weights(self, which: int) -> np.ndarray:
        weights = self.systems[which].ensemble.weights
        return weights / weights.sum()
