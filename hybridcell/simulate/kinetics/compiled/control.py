"""The size of steps."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from hybridcell.mechanisms.program.layout import along_rows
from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.kinetics.compiled.lanes import by_state
from hybridcell.simulate.solve import SMALLNESS, SMALLNESS_SELF_GROWN

#: Errors are estimated to this order in h: of every method here.
_ORDER = 5
_SAFETY, _SHRINK, _GROW = 0.9, 0.2, 8.0
_INTEGRAL, _PROPORTIONAL = 0.7, 0.4
#: The error is estimated for a result of order four, but that of order five is kept, which is far better:
#: with a third of the estimate, the true error on published stiff models still stays near the tolerance. With
#: delays, states between the steps, of order four, feed back: there the estimate stands.
_OVERESTIMATE, _OVERESTIMATE_WITH_DELAYS = 3.0, 1.0


class Tolerance(NamedTuple):
    """How exact: relative, absolute (per lane), which states count (others never move on their own), and how
    many times too large the errors are that steps report.
    """

    relative: Float[Array, ""]
    absolute: Float[Array, " c"]
    counts: Bool[Array, " n"]
    overestimate: float

    def norm(self, vector: Float[Array, " n *c"], *states: Float[Array, " n *c"]) -> Float[Array, " c"]:
        """Root mean square over states, in units of the tolerance.

        Vectors stand by state, that of a single lane without its axis.
        """
        size = jnp.abs(states[0])
        for state in states[1:]:
            size = jnp.maximum(size, jnp.abs(state))
        share = vector / (self.absolute + self.relative * size)
        squares = jnp.where(along_rows(self.counts, share), jnp.square(share), 0.0)
        return jnp.atleast_1d(jnp.sqrt(jnp.sum(squares, axis=0) / jnp.maximum(jnp.sum(self.counts), 1)))

    def error(self, estimate: Float[Array, " n *c"], *states: Float[Array, " n *c"]) -> Float[Array, " c"]:
        """Size of an estimated error: the step is good if it is at most 1."""
        return self.norm(estimate, *states) / self.overestimate


def make_tolerance(
    system: System, x: Float[Array, "c n"], relative: Float[Array, ""], absolute: Float[Array, ""]
) -> Tolerance:
    """Return the tolerance; one of NaN is as `tolerance.default_atol`, by each lane's start."""
    x, counts = jax.lax.stop_gradient(x), system.state_mask & ~system.discrete
    sizes = jnp.sort(jnp.where(counts & (x != 0), jnp.abs(x), jnp.inf), axis=-1)
    found = jnp.sum(jnp.isfinite(sizes), axis=-1)
    middle = jnp.take_along_axis(sizes, jnp.maximum(found - 1, 0)[:, None] // 2, axis=-1)[:, 0]
    scale = jnp.where(found > 0, middle, 1.0)
    smallness = jnp.where(jnp.any(system.self_grown), SMALLNESS_SELF_GROWN, SMALLNESS)
    absolute = jnp.where(jnp.isnan(absolute), smallness * relative * scale, absolute)
    return Tolerance(relative, absolute, counts, _OVERESTIMATE_WITH_DELAYS if system.k else _OVERESTIMATE)


def next_size(
    h: Float[Array, " c"], error: Float[Array, " c"], last: Float[Array, " c"], accepted: Bool[Array, " c"]
) -> Float[Array, " c"]:
    """Proportional-integral control: the size to try next, given this error and the last accepted one."""
    factor = _SAFETY * jnp.maximum(error, 1e-8) ** (-_INTEGRAL / _ORDER)
    factor = jnp.clip(factor * jnp.where(accepted, last, 1.0) ** (_PROPORTIONAL / _ORDER), _SHRINK, _GROW)
    return h * jnp.where(accepted, factor, jnp.minimum(factor, _SAFETY))


def first_size(
    field: Field,
    tolerance: Tolerance,
    t: Float[Array, " c"],
    x: Float[Array, "c n"],
    slope: Float[Array, "c n"],
    span: Float[Array, " c"],
) -> Float[Array, " c"]:
    """Choose a first step: one over which state and slope change little (Hairer, Norsett & Wanner, II.4)."""
    columns = by_state(x)
    size, speed = tolerance.norm(columns, columns), tolerance.norm(by_state(slope), columns)
    usual = 0.01 * size / jnp.where(speed > 0, speed, 1.0)
    guess = jnp.where((size < 1e-5) | (speed < 1e-5), 1e-6 * span, usual)
    guess = jnp.clip(guess, 1e-12 * span, span)
    there = field.derivative(t + guess, x + guess[:, None] * slope)
    bend = tolerance.norm(by_state(there - slope), columns) / guess
    steepest = jnp.maximum(speed, bend)
    cautious = jnp.where(steepest > 1e-15, (0.01 / jnp.maximum(steepest, 1e-15)) ** (1 / _ORDER), 1e-3 * span)
    chosen = jnp.minimum(100 * guess, jnp.where(jnp.isfinite(cautious), cautious, guess))
    chosen = jnp.where(jnp.any(tolerance.counts), chosen, span)
    return jax.lax.stop_gradient(jnp.minimum(chosen, span))
