"""Where the prior of a PEtab parameter has mass."""

from __future__ import annotations

import numpy as np

from hybridcell.fit.estimation.priors import scaled
from hybridcell.io.petab.statement import PetabParameter

#: Families of values from 0 on.
_POSITIVE = ("log-normal", "log-laplace", "chisquare", "exponential", "gamma", "rayleigh")


def support_of(parameter: PetabParameter) -> tuple[float, float]:
    """Return the least and the greatest value that the prior allows, on the scale of the parameter."""
    prior = parameter.prior
    if prior is None:
        return -np.inf, np.inf
    if prior.family in ("uniform", "log-uniform"):
        low, high = map(float, prior.parameters)
    elif prior.family in _POSITIVE:
        low, high = 0.0, np.inf
    else:
        return -np.inf, np.inf
    if prior.on_scale or parameter.scale == "lin":
        return low, high
    with np.errstate(divide="ignore"):
        low, high = (float(scaled(np.float64(max(x, 0.0)), parameter.scale)) for x in (low, high))
    return low, high
