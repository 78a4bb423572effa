"""Courses under doses whose times move: differentiable in starts, durations and amounts.

A dose is a jump, and a jump that moves is what automatic differentiation through a stepper misses. Here the
starts and ends of all doses are nodes of the mesh itself: an even grid and the breaks are sorted together, no
step crosses a break, and step sizes, being differences of nodes, carry the derivatives by the times.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from hybridcell._core.model import AbstractField
from hybridcell.simulate.fixed_step import step_rk4
from hybridcell.simulate.scheduled import doses_inputs

#: Where in a step the stages of the classical Runge-Kutta method look at the inputs.
_STAGES = (0.0, 0.5, 1.0)


def moving_course(
    field: AbstractField,
    x0: Float[Array, " n"],
    u: Float[Array, " n"],
    doses: Float[Array, "k 5"],
    nodes: ArrayLike,
    *,
    t0: Any,
    t1: Any,
    n_steps: int,
) -> tuple[Float[Array, " t"], Float[Array, "t n"], Float[Array, " n"]]:
    """Return times, states at them, and the mean of the states over time, of one condition.

    Parameters
    ----------
    field
        Of the model.
    x0, u
        State at t0, and constant inputs.
    doses
        As in `Schedule.doses`: start (between t0 and t1), duration, amount, absorption, elimination.
    nodes : Array of int, shape (k,)
        Where each dose acts.
    t0, t1
        Start and end.
    n_steps
        Even steps from t0 to t1; the two breaks of each dose make two steps more.

    Returns
    -------
    times : Array, shape (n_steps + 2 k + 1,)
        Rising; breaks among them.
    states : Array, shape (n_steps + 2 k + 1, n)
    mean : Array, shape (n,)

    Notes
    -----
    Classical Runge-Kutta steps (fourth order). At a dose that coincides with a node, or with another dose,
    derivatives are one-sided; those of a dose at t0 look forward, of one at t1 back.
    """
    n, k = x0.shape[0], doses.shape[0]
    start, end = doses[:, 0], doses[:, 0] + doses[:, 1]
    end = jnp.where(end < t1, end, t1)
    grid = t0 + (t1 - t0) * jnp.arange(n_steps) / n_steps
    # the sort is stable: t0 comes before a dose at t0, t1 after a dose at t1, so that both count
    places = jnp.concatenate([grid, start, end, jnp.reshape(jnp.asarray(t1, grid.dtype), (1,))])
    order = jnp.argsort(places, stable=True)
    times, rank = places[order], jnp.argsort(order)
    first, last = rank[n_steps : n_steps + k], rank[n_steps + k : n_steps + 2 * k]
    # by rank, not by time: a step of no length belongs to one side of a break, too
    step_number = jnp.arange(len(places) - 1)[:, None]
    on = (first <= step_number) & ((doses[:, 4] > 0) | (step_number < last))
    lengths = jnp.diff(times)
    stages = times[:-1, None] + lengths[:, None] * jnp.asarray(_STAGES)
    # of all steps at once: in the loop, step by step, their exponentials would take longer than the field
    inputs = u + doses_inputs(stages, doses, jnp.asarray(nodes), on[:, None], n, jnp)

    def step(carry: tuple[Array, Array], given: tuple[Array, Array, Array]) -> tuple[Any, Array]:
        (x, total), (t, h, inputs) = carry, given

        def rate(share: float, both: Array) -> Array:
            stage = _STAGES.index(share)
            return h * jnp.concatenate([field(t[stage], both[None, :n], inputs[stage][None])[0], both[:n]])

        # per step, not per time: so a stage is known by its share of the step, whatever its length
        after = step_rk4(rate, 0.0, jnp.concatenate([x, total]), 1.0)
        return (after[:n], after[n:]), after[:n]

    (_, total), path = jax.lax.scan(step, (x0, jnp.zeros_like(x0)), (stages, lengths, inputs))
    return times, jnp.concatenate([x0[None], path]), total / (t1 - t0)
