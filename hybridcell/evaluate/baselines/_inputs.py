"""Doses as the numbers that baselines regress on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Inputs:
    """The perturbations of a training part and the unit of each.

    Signed strengths u are used as they are, as a CellBox does. Doses have any unit, so each is divided by
    the median dose at which the perturbation was given (perturbations that were only switched on stay 1).
    """

    perturbations: tuple[str, ...]
    unit: np.ndarray
    strength: bool

    @classmethod
    def of(cls, train: Any) -> Inputs:
        """Read names and units from the rows of a training part; what was never given counts as unseen."""
        given = np.flatnonzero((train.doses != 0).any(axis=0))
        strength = train.input == "strength"
        return cls(
            tuple(train.perturbations[j] for j in given), _units(train.doses[:, given], strength), strength
        )

    def seen_doses(self, conditions: Any) -> np.ndarray:
        """Return inputs (C, P) of the perturbations that were trained on, in training order."""
        column = {name: j for j, name in enumerate(conditions.perturbations)}
        x = np.zeros((len(conditions.doses), len(self.perturbations)))
        for j, name in enumerate(self.perturbations):
            if name in column:
                x[:, j] = conditions.doses[:, column[name]]
        return x / self.unit

    def unseen_doses(self, conditions: Any) -> np.ndarray:
        """Return inputs (C, Q) of perturbations that are given here and were never trained on.

        Their unit can only come from the conditions asked about.
        """
        new = [
            j
            for j, name in enumerate(conditions.perturbations)
            if name not in self.perturbations and (conditions.doses[:, j] != 0).any()
        ]
        doses = np.asarray(conditions.doses, dtype=float)[:, new]
        return doses / _units(doses, self.strength)


def _units(doses: np.ndarray, strength: bool) -> np.ndarray:
    if strength:
        return np.ones(doses.shape[1])
    return np.array([np.median(np.abs(column[column != 0])) for column in doses.T])
