"""The absolute tolerance of reaction networks, where none is asked for."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Float

from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.self_growth import self_grown
from hybridcell.mechanisms.reactions.signs import signed
from hybridcell.simulate.solve import SMALLNESS, SMALLNESS_SELF_GROWN

_sizes: WeakKeyDictionary[Equations, float] = WeakKeyDictionary()


def default_atol(equations: Equations, rtol: float) -> float:
    """Return an absolute tolerance for amounts of the size that this network starts with.

    Amounts of published networks span more than thirty orders of magnitude, so that no fixed number will do.
    Where a state only grows from itself, how small it became decides when it is back.
    """
    smallness = SMALLNESS_SELF_GROWN if self_grown(equations).any() else SMALLNESS
    return rtol * smallness * _usual_size(equations)


def default_atols(equations: Equations, rtol: float) -> Float[np.ndarray, " n"]:
    """Return the tolerance of each state, for integrators that start with steps of low order.

    It is `default_atol` but for states that may be of either sign, and those with a rate rule, such as the
    signals of a coupled CellBox, that do not grow from themselves. They may be at rest at zero, where a step
    of first order is wrong by all that they move, and what moves them is known to rounding of its parts only:
    no step would be small enough for a tolerance that is next to nothing.
    """
    found = np.full(equations.n, default_atol(equations, rtol))
    grown = self_grown(equations)
    if grown.any():
        loose = signed(equations).copy()
        loose[list(equations.rates)] = True
        found[loose & ~grown] = rtol * SMALLNESS * _usual_size(equations)
    return found


def _usual_size(equations: Equations) -> float:
    """Return the size that amounts start with, found once for each network."""
    if equations not in _sizes:
        evaluate = Interpreter(equations.initial, equations)
        start = np.abs(evaluate(0.0, np.zeros(equations.n), equations.values))
        sizes = start[np.isfinite(start) & (start > 0) & ~equations.discrete]
        _sizes[equations] = float(np.median(sizes)) if sizes.size else 1.0
    return _sizes[equations]
