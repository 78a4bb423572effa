"""Responses that are known functions of the doses, so that nothing is simulated."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from hybridcell.therapy.optimization.problem import Limit, Problem

WEIGHTS = np.array([1.0, 2.0, 1.0])


class Made:
    """sin of a weighted sum of the doses; members, drugs and readouts differ in the weights."""

    def __init__(self, readouts=("growth", "stress"), *, seed=0, drugs=("a", "b", "c"), lost=()):
        self.readouts, self.drugs, self.seed, self.lost = tuple(readouts), tuple(drugs), seed, lost
        self.by_dose = np.random.default_rng(seed).uniform(-1, 1, (3, len(readouts), len(drugs)))
        self.ensemble = SimpleNamespace(weights=WEIGHTS)
        self.n_simulations = 0

    def values(self, doses):
        self.n_simulations += len(doses)
        found = np.sin(np.einsum("cd,mkd->mck", doses, self.by_dose))
        found[list(self.lost)] = np.nan
        return found

    def values_and_slopes(self, dose):
        self.n_simulations += 1
        inner = self.by_dose @ dose
        values, slopes = np.sin(inner), np.cos(inner)[..., None] * self.by_dose
        values[list(self.lost)], slopes[list(self.lost)] = np.nan, np.nan
        return values, slopes

    def watching(self, readout):
        assert readout in self.readouts
        return Made(self.readouts, seed=self.seed, drugs=self.drugs, lost=self.lost)


LIMITS = [Limit(0, "stress", 1.0, 0.3), Limit(0, "stress", -1.0, -0.4), Limit(1, "growth", 1.0, 0.2)]


def problem(**changes: Any) -> Problem:
    """Return a problem of three drugs whose largest doses have either sign, with a healthy model."""
    given = {
        "systems": [Made(), Made(seed=1)], "readout": "growth", "sign": 1.0, "limits": LIMITS,
        "tops": np.array([-1.0, 2.0, 0.5]), "costs": np.array([1.0, 3.0, 0.5]), "budget": np.inf,
        "risk": "mean", "tail": 0.4,
    } | changes  # fmt: skip
    return Problem(**given)
