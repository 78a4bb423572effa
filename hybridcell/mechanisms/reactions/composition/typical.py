"""Typical sizes of a network's quantities, before any data: what scales of inputs start from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hybridcell._core.expressions import Expression
from hybridcell.mechanisms.interpreter import Interpreter

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork


def typical_values(network: ReactionNetwork, expressions: Sequence[Expression]) -> Float[np.ndarray, " r"]:
    """Return expressions of the network at its start, with what starts at 0 at the median of the others."""
    equations, p = network.equations, np.asarray(network.values, dtype=float)
    with np.errstate(all="ignore"):
        start = Interpreter(equations.initial, equations)(0.0, np.zeros(equations.n), p)
        positive = start[np.isfinite(start) & (start > 0) & ~equations.discrete]
        middle = float(np.median(positive)) if positive.size else 1.0
        moved = ~equations.discrete & ~(np.isfinite(start) & (start > 0))
        at = np.where(moved, middle, start)
        return np.asarray(Interpreter(expressions, equations)(0.0, at, p), dtype=float)


def typical_scales(network: ReactionNetwork, ids: Sequence[str]) -> dict[str, float]:
    """Return a positive size for each id, 1 where nothing is known."""
    found = typical_values(network, [network.equations.observables[id] for id in ids])
    return {
        id: float(abs(v)) if np.isfinite(v) and v != 0 else 1.0
        for id, v in zip(ids, np.atleast_1d(found), strict=True)
    }
