"""Stochastic descent: Adam over batches of conditions, with a rate for the mechanism and one for networks."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
from jaxtyping import Float, PRNGKeyArray

from hybridcell.fit.kinetics.free_numbers import FreeNumbers
from hybridcell.fit.kinetics.objective import Objective, Task
from hybridcell.fit.kinetics.settings import NetworkFitSettings

_CLIP = 10.0


def descend(
    objective: Objective,
    free: FreeNumbers,
    theta: Float[np.ndarray, " q"],
    settings: NetworkFitSettings,
    *,
    key: PRNGKeyArray,
) -> Float[np.ndarray, " q"]:
    """Return the best numbers met along the way, by the cost of a whole pass over the conditions.

    Steps whose simulation fails are left out, at half the pace from then on.
    """
    task = objective.task
    lanes = len(task.base)
    batch = lanes if settings.batch is None else min(settings.batch, lanes)
    per_pass = -(-lanes // batch)
    rates = np.where(free.neural, settings.rate_of("neural"), settings.rate_of("mechanism"))
    schedule = optax.cosine_decay_schedule(1.0, settings.steps, alpha=0.01)
    optimizer = optax.chain(optax.clip_by_global_norm(_CLIP), optax.scale_by_adam())
    state = optimizer.init(jnp.asarray(theta))
    best, best_cost, pace, seen = theta, np.inf, 1.0, 0.0
    order = np.zeros(0, int)
    for step in range(settings.steps):
        if len(order) < batch:
            key, part = jr.split(key)
            order = np.asarray(jr.permutation(part, lanes))
            if seen and seen < best_cost:
                best, best_cost = theta, seen
            seen = 0.0
        chosen, order = order[:batch], order[batch:]
        part = _batch(objective, chosen)
        r, j = objective.differentiate(jnp.asarray(theta), part)
        cost = 0.5 * float(r @ r)
        slope = j.T @ r
        if not (np.isfinite(cost) and bool(jnp.isfinite(slope).all())):
            theta, pace, seen = best, 0.5 * pace, np.inf
            continue
        seen += cost / per_pass
        updates, state = optimizer.update(slope, state)
        moved = theta - pace * np.asarray(schedule(step)) * rates * np.asarray(updates)
        theta = np.clip(moved, free.low, free.high)
    last = 0.5 * float(np.sum(objective.residuals(theta) ** 2))
    return theta if not last > best_cost else best


def _batch(objective: Objective, lanes: np.ndarray) -> Task:
    """Return the task of some conditions: others are not simulated, their measurements do not count."""
    task = objective.task
    if len(lanes) == len(task.base):
        return task
    place = np.full(len(task.base), -1)
    place[lanes] = np.arange(len(lanes))
    where = jnp.asarray(place)[task.lane]
    inside = where >= 0
    share = len(task.base) / len(lanes)  # the prior keeps its weight against all data
    task = eqx.tree_at(
        lambda t: (t.base, t.settled, t.lane, t.weight),
        task,
        (
            task.base[lanes],
            task.settled[lanes],
            jnp.maximum(where, 0),
            jnp.where(inside, task.weight * share, 0.0),
        ),
    )
    return jax.tree.map(jnp.asarray, task)
