"""Steps below zero that no estimate of errors sees.

A saturated rate, ``x / (k + x)``, is the same on both sides of its corner at zero where x is large beside k:
a step that jumps from one side to the other looks smooth, and on the wrong side amounts run away. A state
that fell below the absolute tolerance may have either sign, and grows again with the wrong one. The equations
know better: where the rate of a state at zero is not negative, it cannot fall below.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from hybridcell.simulate.kinetics.compiled.control import Tolerance
from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.kinetics.compiled.run import still


def falls_below_zero(
    field: Field,
    tolerance: Tolerance,
    after: Float[Array, " c"],
    x0: Float[Array, "c n"],
    x1: Float[Array, "c n"],
) -> Bool[Array, " c"]:
    """Tell in which lanes a step from x0 to x1, at the time `after`, takes a state where it cannot get.

    States that do cross zero have a negative rate there, if not with what the others are after a long step,
    then after a shorter one.
    """
    nothing = jnp.zeros(len(x0), bool)
    if field.system.mass is not None:
        return nothing
    after, x0, x1 = still((after, x0, x1))
    size = jnp.where(tolerance.counts, jnp.abs(x0), 0.0)
    absolute = tolerance.absolute[:, None]
    own = absolute + tolerance.relative * size
    # what is below zero already may follow the errors of others
    common = absolute + tolerance.relative * jnp.max(size, axis=-1, keepdims=True)
    low = ((x0 >= 0) & (x1 < -own)) | ((x0 >= -common) & (x1 < -common))
    low &= tolerance.counts

    def by_rates() -> Array:
        rate = still(field).derivative(after, jnp.where(low, 0.0, x1))
        return jnp.any(low & (rate >= 0), axis=-1)

    # such steps are rare: the rates of others are not asked for
    return jax.lax.cond(jnp.any(low), by_rates, lambda: nothing)
