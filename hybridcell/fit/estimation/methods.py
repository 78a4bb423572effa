"""The methods by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.number_checks import is_finite_number, is_number
from hybridcell.fit.estimation.gauss_newton import GaussNewton
from hybridcell.fit.estimation.interior import Interior
from hybridcell.fit.estimation.lockstep import Crew, Lockstep
from hybridcell.fit.estimation.objective import Objective
from hybridcell.fit.estimation.run import Tolerances
from hybridcell.fit.estimation.taking_turns import TakingTurns
from hybridcell.fit.estimation.threads import Threads
from hybridcell.fit.estimation.trust_region import TrustRegion

#: Methods, and the options of each.
METHODS: dict[str, tuple[str, ...]] = {
    "least-squares": (),
    "trust-region": (),
    "l-bfgs-b": ("memory",),
    "fides": ("options",),
    "adam": ("optimizer", "learning_rate", "rows"),
    "cma-es": ("population", "sigma"),
}
#: The least that whole numbers among the options may be, and options that are positive numbers.
_LEAST = {"memory": 1, "population": 2}
_POSITIVE = ("learning_rate", "sigma")


def crew_of(
    method: str,
    objective: Objective,
    *,
    capacity: int,
    max_iterations: int,
    tolerances: Tolerances,
    seed: int,
    options: Mapping[str, Any],
    patient: bool = False,
) -> Crew:
    """Return the crew of a method, whose runs are still to be admitted; patient: slow runs go on."""
    for name in options:
        if name not in METHODS[method]:
            raise unknown_name(f"option of {method!r}", name, METHODS[method])
    _check(options, tolerances)
    lower, upper = np.asarray(objective.lower, dtype=float), np.asarray(objective.upper, dtype=float)
    common: dict[str, Any] = {"capacity": capacity, "max_iterations": max_iterations}
    bounded: dict[str, Any] = {"lower": lower, "upper": upper, "tolerances": tolerances}
    if method in ("least-squares", "trust-region"):
        if method == "least-squares":
            pressed = GaussNewton(patient=patient, **bounded)
            # the few runs that go on are near something: one way will do
            steps = pressed if patient else TakingTurns((pressed, Interior(**bounded)))
            return Lockstep(steps, **common)
        return Lockstep(TrustRegion(**bounded), **common)
    if method == "adam":
        from hybridcell.fit.estimation.adam import Adam

        adam = Adam(objective, tolerances=tolerances, seed=seed, **common, **options)
        return Lockstep(adam, options=adam.options, **common)
    if method == "cma-es":
        from hybridcell.fit.estimation.cma_es import CmaEs

        return CmaEs(seed=seed, **bounded, **common, **options)
    bounded["max_iterations"] = max_iterations
    if method == "l-bfgs-b":
        from hybridcell.fit.estimation.lbfgsb import Lbfgsb

        foreign: Any = Lbfgsb(**bounded, **options)
    else:
        from hybridcell.fit.estimation.fides import Fides

        foreign = Fides(least_squares=objective.has_least_squares, **bounded, **options)
    return Threads(foreign, foreign.kind, capacity=capacity)


def _check(options: Mapping[str, Any], tolerances: Any) -> None:
    """Refuse options that a method would stumble over, or go uphill with."""
    for name, value in options.items():
        least = _LEAST.get(name)
        if least is not None and not (value is None and name == "population"):
            if not (is_finite_number(value) and value == int(value) >= least):
                raise InvalidValueError(f"{name} is {value!r}; wanted a whole number, at least {least}.")
        elif name in _POSITIVE and not (is_number(value) and 0 < value < np.inf):
            raise InvalidValueError(f"{name} is {value!r}; wanted a positive number.")
        elif name == "optimizer" and value is not None and not hasattr(value, "update"):
            raise InvalidValueError(
                f"optimizer is {value!r:.60}; wanted a gradient transformation, such as optax.sgd(0.01)."
            )
    if not isinstance(tolerances, Tolerances):
        raise InvalidValueError(f"tolerances is {tolerances!r:.60}; wanted Tolerances(value=1e-10, ...).")
