"""Sides: on which side of its root each switch is held, and where a step makes one change.

A side is -1, 0 or 1. It is held between stops, whatever the sign of the root: equations stay smooth within a
step, and noise at a root flips nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.rodas5p.step import interpolate

#: Shares of a step at which sides are looked at: two crossings between two of them go unseen.
_LOOKS = (0.25, 0.5, 0.75, 1.0)
_BISECTIONS = 48


def truth(system: System, sides: Float[Array, "*c s"]) -> Float[Array, "*c s"]:
    """Return the truth (0 or 1) of every switch's comparison, given the sides of its root."""
    at_zero, sign = system.switch_at_zero, system.switch_sign
    elsewhere = jnp.where(sign == 0, 1.0 - at_zero, (sign * sides > 0).astype(at_zero.dtype))
    return jnp.where(sides == 0, at_zero, elsewhere)


def watched_switches(system: System) -> Bool[Array, " s"]:
    """Return which switches have to be looked for along the solution."""
    read = system.switch_in_trigger | system.switch_in_rate
    return system.switch_mask & ~system.switch_timed & read


class Crossing(NamedTuple):
    """Where in a step the first switches flip.

    Attributes
    ----------
    found : (c,)
    share : (c,)
        Just behind the root, as a share of the step.
    target : (c, s)
        Side after it of those that flip, 0 of the others.
    """

    found: Bool[Array, " c"]
    share: Float[Array, " c"]
    target: Float[Array, "c s"]


def find_crossing(
    field: Field, sides: Float[Array, "c s"], t: Array, h: Array, x0: Array, x1: Array, dense: Array
) -> Crossing:
    """Find the first place in a step where a watched root leaves its side."""
    system = field.system
    watched = watched_switches(system)

    def left(share: Float[Array, " c"]) -> Float[Array, "c s"]:
        """Return the new side of switches that have left theirs, else 0."""
        x = interpolate(x0, x1, dense, share[:, None])
        now = jnp.sign(field.roots(t + share * h, x))
        return jnp.where(watched & (now != sides) & (now != 0), now, 0.0)

    shares = jnp.asarray(_LOOKS, x0.dtype)[:, None] * jnp.ones_like(t)
    seen = jax.lax.map(lambda share: jnp.any(left(share) != 0, axis=-1), shares)
    found = jnp.any(seen, axis=0)
    first = jnp.argmax(seen, axis=0)
    high = jnp.asarray(_LOOKS, x0.dtype)[first]
    low = high - _LOOKS[0]

    def halve(_: Array, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bracket
        middle = 0.5 * (low + high)
        beyond = jnp.any(left(middle) != 0, axis=-1)
        return jnp.where(beyond, low, middle), jnp.where(beyond, middle, high)

    def search() -> tuple[Array, Array]:
        share = jax.lax.fori_loop(0, _BISECTIONS, halve, (low, high))[1]
        return share, jnp.where(found[:, None], left(share), 0.0)

    def nothing() -> tuple[Array, Array]:
        return jnp.ones_like(t), jnp.zeros_like(sides)

    share, target = jax.lax.cond(jnp.any(found), search, nothing)
    return Crossing(found, jnp.where(found, share, 1.0), target)
