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
    fast = Interpreter(equations.residuals, equations)
    slow = Interpreter((*equations.fluxes, *equations.rates.values()), equations)
    somewhere = np.random.default_rng(0).uniform(0.5, 2.0, (4, equations.n))
    for p in np.asarray(constants, dtype=float):
        at_rest, others_at_rest = (
            np.all([np.asarray(rates(0.0, x, p), dtype=float) == 0 for x in somewhere], axis=0)
            for rates in (fast, slow)
        )
        if at_rest.any() and not others_at_rest.all():
            raise UnsupportedSBMLError(
                "the rate of a fast reaction is 0 in every state, so that it has no equilibrium",
                "fast reaction",
                hint="Give its rate constant another value than 0, or make it a slow reaction.",
            )
