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

from hybridcell.mechanisms.program.layout import along_rows
from hybridcell.simulate.kinetics.compiled.control import Tolerance
from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.kinetics.compiled.run import still


def falls_below_zero(
    field: Field,
    tolerance: Tolerance,
    after: Float[Array, " c"],
    x0: Float[Array, " n *c"],
    x1: Float[Array, " n *c"],
) -> Bool[Array, " c"]:
    """Tell in which lanes a step from x0 to x1, by state, at the time `after`, takes one where it cannot get.

    States that do cross zero have a negative rate there, if not with what the others are after a long step,
    then after a shorter one.
    """
    nothing = jnp.zeros(len(after), bool)
    if field.system.mass is not None:
        return nothing
    after, x0, x1 = still((after, x0, x1))
    counts, absolute = along_rows(tolerance.counts, x0), tolerance.absolute
    size = jnp.where(counts, jnp.abs(x0), 0.0)
    own = absolute + tolerance.relative * size
    # what is below zero already may follow the errors of others
    common = absolute + tolerance.relative * jnp.max(size, axis=0)
    low = ((x0 >= 0) & (x1 < -own)) | ((x0 >= -common) & (x1 < -common))
    low &= counts

    def by_rates() -> Array:
        at = after[0] if len(after) == 1 else after
        rate = still(field).rate_by_state(at, jnp.where(low, 0.0, x1))
        return jnp.atleast_1d(jnp.any(low & (rate >= 0), axis=0))

    # such steps are rare: the rates of others are not asked for
    return jax.lax.cond(jnp.any(low), by_rates, lambda: nothing)
