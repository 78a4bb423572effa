"""The absolute tolerance of reaction networks, where none is asked for."""

from __future__ import annotations

import numpy as np

from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.self_growth import self_grown
from hybridcell.simulate.solve import SMALLNESS, SMALLNESS_SELF_GROWN


def default_atol(equations: Equations, rtol: float) -> float:
    """Return an absolute tolerance for amounts of the size that this network starts with.

    Amounts of published networks span more than thirty orders of magnitude, so that no fixed number will do.
    Where a state only grows from itself, how small it became decides when it is back.
    """
    start = np.abs(Interpreter(equations.initial, equations)(0.0, np.zeros(equations.n), equations.values))
    sizes = start[np.isfinite(start) & (start > 0) & ~equations.discrete]
    smallness = SMALLNESS_SELF_GROWN if self_grown(equations).any() else SMALLNESS
    return rtol * smallness * (float(np.median(sizes)) if sizes.size else 1.0)
