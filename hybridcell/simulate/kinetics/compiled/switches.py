"""Sides: on which side of its root each switch is held, and where a step makes one change.

A side is -1, 0 or 1. It is held between stops, whatever the sign of the root: equations stay smooth within a
step, and noise at a root flips nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from hybridcell.mechanisms.program.layout import along_rows
from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.rodas5p.step import interpolate

#: Shares of a step at which sides are looked at: two crossings between two of them go unseen.
_LOOKS = (0.25, 0.5, 0.75, 1.0)
#: How exactly a crossing is found, as a share of the step.
_EXACT = 2.0**-50
#: Most evaluations: 48 halve a quarter of a step to that, 8 more may lead nowhere.
_MOST = 56


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
    """Find the first place in a step, given by state, where a watched root leaves its side."""
    # side by side in all lanes: of everything, the last axis, which a single lane leaves out
    single = len(t) == 1
    t, h = (t[0], h[0]) if single else (t, h)
    held, p = field.by_state(sides), field.constants_by_state()
    watched = along_rows(watched_switches(field.system), held)

    def roots(share: Float[Array, "*c"]) -> Float[Array, " s *c"]:
        at, x = t + share * h, interpolate(x0, x1, dense, share)
        return field.system.roots(at, x, p, *field.given(at, x))

    def look(share: Float[Array, "*c"]) -> tuple[Float[Array, "*c"], Float[Array, " s *c"]]:
        """Return how far watched roots are from leaving their sides (behind: below 0), and the new sides of
        those that have left theirs, 0 of others.
        """
        here = roots(share)
        far = jnp.where(held == 0, -jnp.abs(here), held * here)
        now = jnp.sign(here)
        left = watched & (now != held) & (now != 0)
        return jnp.min(jnp.where(watched, far, jnp.inf), axis=0), jnp.where(left, now, 0.0)

    shares = along_rows(jnp.asarray(_LOOKS, x0.dtype), x0) * jnp.ones_like(t)
    seen = jax.lax.map(lambda share: _any_flips(look(share)[1]), shares)
    found = jnp.any(seen, axis=0)

    def search() -> tuple[Array, Array]:
        high = jnp.asarray(_LOOKS, x0.dtype)[jnp.argmax(seen, axis=0)]
        return _narrow(look, high - _LOOKS[0], high, found)

    def nothing() -> tuple[Array, Array]:
        return jnp.ones_like(t), jnp.zeros_like(held)

    share, target = jax.lax.cond(jnp.any(found), search, nothing)
    share, target = jnp.where(found, share, 1.0), jnp.where(found, target, 0.0)
    return Crossing(jnp.atleast_1d(found), jnp.atleast_1d(share), field.by_lane(target))


def _any_flips(target: Float[Array, " s *c"]) -> Bool[Array, "*c"]:
    return jnp.any(target != 0, axis=0)


def _narrow(
    look: Callable[[Array], tuple[Array, Array]],
    low: Float[Array, "*c"],
    high: Float[Array, "*c"],
    wanted: Bool[Array, "*c"],
) -> tuple[Float[Array, "*c"], Float[Array, " s *c"]]:
    """Return the first place behind the root, to `_EXACT`, given one before and one behind; and what flips.

    The method of interpolation, truncation and projection (Oliveira & Takahashi 2020): as sure as bisection,
    which it becomes where values are of no use, but usually with a quarter of its evaluations.
    """
    width = high - low

    def going(carry: tuple[Array, ...]) -> Array:
        low, high, *_, count = carry
        return jnp.any(wanted & (high - low > _EXACT)) & (count < _MOST)

    def narrow(carry: tuple[Array, ...]) -> tuple[Array, ...]:
        low, high, before, behind, target, count = carry
        middle, gap = 0.5 * (low + high), high - low
        straight = high + behind / jnp.where(before > behind, before - behind, 1.0) * gap
        straight = jnp.where((before >= 0) & (behind < 0), straight, middle)
        # a little towards the middle, to come out on the other side of the root
        further = jnp.maximum(0.2 / width * gap**2, 0.5 * _EXACT)
        off = jnp.maximum(jnp.abs(middle - straight) - further, 0.0)
        # and never so far from it that halvings could not make up for it
        room = jnp.maximum(_EXACT * 2.0 ** (_MOST - 1 - count) - 0.5 * gap, 0.0)
        place = middle - jnp.sign(middle - straight) * jnp.minimum(off, room)
        here, flips = look(place)
        beyond = _any_flips(flips)
        return (
            jnp.where(beyond, low, place),
            jnp.where(beyond, place, high),
            jnp.where(beyond, before, here),
            jnp.where(beyond, here, behind),
            jnp.where(beyond, flips, target),
            count + 1,
        )

    (before, behind), targets = jax.lax.map(look, jnp.stack([low, high]))
    begun = (low, high, before, behind, targets[1], jnp.zeros((), low.dtype))
    _, share, _, _, target, _ = jax.lax.while_loop(going, narrow, begun)
    return share, target
