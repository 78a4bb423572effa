"""Growth and stress under a strong toxic drug and a mild one, and a plan for them."""

from __future__ import annotations

import functools

import numpy as np

import hybridcell as hc

NAMES = ["growth", "stress", "a", "b"]
KINDS = ["phenotype", "phenotype", "drug", "drug"]
GIVEN = {
    "a": hc.Schedule.bolus([0.0, 1.0, 2.0], -2.0, half_life=4.0),
    "b": hc.Schedule.pulses([0.0, 8.0], 4.0, -1.0),
}
LIMITS = {"stress": (None, 0.5)}
ASKED = {"drugs": GIVEN, "t1": 24.0, "minimize": "growth", "gap": 1.0, "progress": False}


@functools.cache
def model(scale: float = 1.0) -> hc.CellBox:
    """Return a network in which b helps a, and a makes stress."""
    w = [[0, 0, 1.0, 0.5], [0, 0, -0.8 * scale, -0.1], [0, 0, 0, 0], [0, 0, 0.3, 0]]
    return hc.CellBox(NAMES, KINDS, np.array(w))


@functools.cache
def ensemble() -> hc.Ensemble:
    """Return three such networks with other toxicities."""
    return hc.Ensemble.from_models([model(scale) for scale in (0.7, 1.0, 1.2)])
