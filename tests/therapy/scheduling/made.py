"""Courses that are known functions of a regimen, so that nothing is simulated."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from hybridcell.therapy.optimization.problem import Limit
from hybridcell.therapy.scheduling.problem import ScheduleProblem
from tests.therapy.scheduling.test_regimen import _regimen

WEIGHTS = np.array([1.0, 3.0])
TIMES = np.linspace(0.0, 1.0, 61)


class Made:
    """Courses of two members that are linear in starts and amounts, with another wave for each number."""

    def __init__(self, regimen=None, *, readouts=("growth", "stress"), lost=()):
        self.regimen = _regimen() if regimen is None else regimen
        self.readouts, self.lost, self.n_simulations = tuple(readouts), lost, 0
        self.ensemble = SimpleNamespace(weights=WEIGHTS)
        phase = np.random.default_rng(0).uniform(0, 6, (2, 1, len(readouts), 3 * self.regimen.k))
        self.wave = np.sin(phase + 7.0 * TIMES[None, :, None, None]) / 4

    def values(self, points, *, finer=False):
        self.n_simulations += len(points)
        states = np.einsum("etrm,cm->cetr", self.wave, points)
        states[:, list(self.lost)] = np.nan
        return states[:, :, -1], states.mean(axis=2), states

    def values_and_slopes(self, point, free):
        _, mean, states = self.values(point[None])
        slopes = self.wave[..., free]
        return states[0], mean[0], slopes, slopes.mean(axis=1)


def problem(**changes: Any) -> ScheduleProblem:
    """Return a problem of two drugs with a limit on either side."""
    given = {
        "systems": [Made()], "readout": "growth", "sign": 1.0, "over": "mean",
        "limits": [Limit(0, "stress", 1.0, 0.6), Limit(0, "stress", -1.0, -0.6)], "budget": np.inf,
        "risk": "mean", "tail": 0.3,
    } | changes  # fmt: skip
    return ScheduleProblem(**given)
