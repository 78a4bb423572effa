"""Fast reactions that have no equilibrium to be at."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybridcell._core.arrays import is_traced
from hybridcell._core.errors import UnsupportedSBMLError
from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.reactions.equations import Equations


def check_fast_reactions(equations: Equations, constants: Any) -> None:
    """Refuse a fast reaction whose rate is 0 whatever the state is, while others go on.

    Such a reaction does nothing, where others at rate 0 are at equilibrium: an equation of the form rate = 0
    cannot tell the two apart. In a network where nothing else moves either it does no harm.

    Parameters
    ----------
    equations
        Any network's; those without fast reactions pass.
    constants : array_like, shape (C, m)
        Of each condition. Not looked at while they are traced by JAX.

    Raises
    ------
    UnsupportedSBMLError
    """
    if equations.relaxation is None or is_traced(constants):
        return
    rates = Interpreter(equations.residuals, equations)
    somewhere = np.random.default_rng(0).uniform(0.5, 2.0, (4, equations.n))
    for p in np.asarray(constants, dtype=float):
        at_rest = np.all([np.asarray(rates(0.0, x, p), dtype=float) == 0 for x in somewhere], axis=0)
        if at_rest.any() and any(_something_moves(equations, x, p) for x in somewhere):
            raise UnsupportedSBMLError(
                "the rate of a fast reaction is 0 in every state, so that it has no equilibrium",
                "fast reaction",
                hint="Give its rate constant another value than 0, or make it a slow reaction.",
            )


def _something_moves(equations: Equations, x: np.ndarray, p: np.ndarray) -> bool:
    """Tell whether anything but fast reactions moves the state."""
    evaluate = Interpreter((*equations.fluxes, *equations.rates.values()), equations)
    values = np.asarray(evaluate(0.0, x, p), dtype=float)
    moved = np.zeros(equations.n)
    fluxes = values[: len(equations.fluxes)]
    np.add.at(moved, np.asarray(equations.rows, int), equations.coefficients * fluxes[equations.columns])
    moved[list(equations.rates)] += values[len(fluxes) :]
    others = np.abs(np.asarray(equations.differential) @ moved).max(initial=0.0)
    return bool(others > 1e-12 * np.abs(moved).max(initial=0.0))  # what fast reactions do is 0 to rounding
