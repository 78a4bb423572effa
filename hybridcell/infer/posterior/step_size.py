"""Step sizes that trajectories learn from how often they are accepted."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array

#: Constants of dual averaging, as in Stan.
_GAMMA, _DELAY, _KAPPA = 0.05, 10.0, 0.75


class StepSize(NamedTuple):
    """Dual averaging of the logarithm of a step size.

    Attributes
    ----------
    log, average : ()
        The step that is tried next, and that of the end.
    error, seen, anchor : ()
        The running deviation from the wanted acceptance, how many steps were seen, and where the logarithm
        is pulled to.

    References
    ----------
    Hoffman and Gelman (2014), J. Mach. Learn. Res. 15:1593, section 3.2.
    """

    log: Array
    average: Array
    error: Array
    seen: Array
    anchor: Array


def begin(step: Array | float) -> StepSize:
    """Return the state around a first guess."""
    log = jnp.log(jnp.asarray(step, float))
    zero = jnp.zeros(())
    return StepSize(log, log, zero, zero, log + jnp.log(10.0))


def learn(state: StepSize, acceptance: Array, wanted: float) -> StepSize:
    """Return the state after a trajectory."""
    count = state.seen + 1
    weight = 1 / (count + _DELAY)
    error = (1 - weight) * state.error + weight * (wanted - acceptance)
    log = state.anchor - jnp.sqrt(count) / _GAMMA * error
    share = count**-_KAPPA
    return StepSize(log, share * log + (1 - share) * state.average, error, count, state.anchor)
