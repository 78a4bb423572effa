"""The priors of the estimated parameters, equal ones together: thousands of weights share one formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from hybridcell.fit.estimation.priors import log_density, prior_bounds
from hybridcell.io.petab.statement import PetabParameter, Prior


class PriorGroup(NamedTuple):
    """Parameters with the same prior.

    Attributes
    ----------
    prior : Prior
    bounds : (float, float)
        On the scale on which the prior is one.
    places : ndarray of int, shape (k,)
        Of the parameters among the estimated ones.
    """

    prior: Prior
    bounds: tuple[float, float]
    places: Int[np.ndarray, " k"]

    def log_density(self, theta: Float[Array, "b q"], linear: Float[Array, "b q"]) -> Float[Array, " b"]:
        """Return the log density, given the parameters on their scales and on the linear one."""
        x = theta if self.prior.on_scale else linear
        return jnp.sum(log_density(self.prior, x[:, self.places], *self.bounds), axis=1)


def group_priors(parameters: Sequence[PetabParameter], version: int) -> list[PriorGroup]:
    """Return the priors of estimated parameters, also those that version 2 means by none."""
    groups: dict[tuple[Prior, tuple[float, float]], list[int]] = {}
    for place, parameter in enumerate(parameters):
        prior = parameter.prior or implicit_prior(parameter, version)
        if prior is not None:
            groups.setdefault((prior, prior_bounds(prior, parameter)), []).append(place)
    return [PriorGroup(*of, np.array(places)) for of, places in groups.items()]


def implicit_prior(parameter: PetabParameter, version: int) -> Prior | None:
    """Return what version 2 means by no prior: a uniform one within finite bounds."""
    bounds = (parameter.lower, parameter.upper)
    if version == 1 or not np.isfinite(bounds).all() or bounds[0] == bounds[1]:
        return None
    return Prior(family="uniform", parameters=bounds)
