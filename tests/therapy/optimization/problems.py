"""A small model of growth and stress under three drugs, and its parts."""

from __future__ import annotations

import functools

import numpy as np

import hybridcell as hc

NAMES = ["K", "growth", "stress", "a", "b", "c"]
KINDS = ["protein", "phenotype", "phenotype", "drug", "drug", "drug"]


@functools.cache
def model(scale: float = 1.0) -> hc.CellBox:
    """Return a network in which a is strong and toxic, b mild, c good for growth."""
    w = np.zeros((6, 6))
    w[0, 3], w[0, 4], w[1, 0], w[1, 4], w[2, 3], w[2, 4], w[1, 5], w[0, 1] = (
        1.0, 0.3, 0.9, 0.3, -0.8, -0.1, -0.5, 0.2,
    )  # fmt: skip
    return hc.CellBox(NAMES, KINDS, scale * w)


@functools.cache
def ensemble() -> hc.Ensemble:
    """Return three such networks of different strengths."""
    return hc.Ensemble.from_models([model(s) for s in (0.7, 1.0, 1.2)])
