"""Scalings and offsets in closed form: weighted least squares, or a weighted median, within bounds."""

from __future__ import annotations

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

#: Added to the diagonal of scaled normal equations, so that collinear columns have a solution.
_RIDGE = 1e-13


def box_least_squares(
    rows: Float[Array, "r c"],
    target: Float[Array, " r"],
    weight: Float[Array, " r"],
    group: Int[np.ndarray, " r"],
    lower: Float[Array, "g c"],
    upper: Float[Array, "g c"],
) -> Float[Array, "g c"]:
    """Return the minima of ``sum(weight * (target - rows @ b)**2)`` of each group, within bounds.

    All choices of which components stand at a bound are tried, which is exact: the sum of squares is convex.
    Groups with fewer than c members have bounds (0, 0) and columns of 0 for the others.
    """
    g, c = lower.shape
    sums = lambda terms: jax.ops.segment_sum(terms, group, num_segments=g + 1)[:g]  # noqa: E731
    size = jnp.sqrt(sums(weight[:, None] * rows**2))
    size = jnp.where(size > 0, size, 1.0)
    scaled = rows / jnp.concatenate([size, jnp.ones((1, c))])[group]
    low, high = lower * size, upper * size
    normal = sums(weight[:, None, None] * scaled[:, :, None] * scaled[:, None, :])

    def tried(kind: Array) -> tuple[Array, Array]:
        """Return the solution with some components at bounds (1: lower, 2: upper), and its cost."""
        at = jnp.where(kind == 1, low, jnp.where(kind == 2, high, 0.0))
        usable = jnp.all(jnp.isfinite(at), axis=1)
        at = jnp.where(jnp.isfinite(at), at, 0.0)
        free = (kind == 0).astype(float)
        # columns of 0 say nothing
        alone = 1.0 - free + free * jnp.where(diagonal == 0, 1.0, _RIDGE)
        held = normal * free[:, None] * free + alone[:, :, None] * jnp.eye(c)
        solution = at
        for _ in range(2):  # once more on what is left, which mends rounding
            left = target - jnp.sum(scaled * _by_row(solution, group), axis=1)
            slope = sums(weight[:, None] * scaled * left[:, None]) * free
            solution = solution + jnp.linalg.solve(held, slope[..., None])[..., 0]
        inside = jnp.clip(solution, low, high)
        left = target - jnp.sum(scaled * _by_row(inside, group), axis=1)
        cost = sums(weight * left**2)
        return inside, jnp.where(usable & ~jnp.isnan(cost), cost, jnp.inf)

    diagonal = jnp.diagonal(normal, axis1=1, axis2=2)
    solutions, costs = jax.vmap(tried)(jnp.asarray(list(product((0, 1, 2), repeat=c))))
    best = jnp.take_along_axis(solutions, jnp.argmin(costs, axis=0)[None, :, None], axis=0)[0]
    # division may leave the bounds by a rounding
    return jnp.clip(best / size, lower, upper)


def _by_row(values: Float[Array, "g c"], group: Int[np.ndarray, " r"]) -> Float[Array, "r c"]:
    return jnp.concatenate([values, jnp.zeros((1, values.shape[1]))])[group]


def weighted_median(
    slope: Float[Array, " r"],
    target: Float[Array, " r"],
    weight: Float[Array, " r"],
    group: Int[np.ndarray, " r"],
    groups: int,
) -> tuple[Float[Array, " g"], Int[Array, " g"]]:
    """Return the minima of ``sum(weight * abs(target - slope * b))`` of each group, and the rows they meet.

    Where a stretch of b is as good, its lower end.
    """
    mass = weight * jnp.abs(slope)
    ratio = jnp.where(mass > 0, target / jnp.where(mass > 0, slope, 1.0), jnp.inf)
    order = jnp.lexsort((ratio, jnp.asarray(group)))
    sorted_group, sorted_mass = jnp.asarray(group)[order], mass[order]
    total = jax.ops.segment_sum(mass, group, num_segments=groups + 1)
    before = jnp.concatenate([jnp.zeros(1), jnp.cumsum(total)[:-1]])
    reached = (jnp.cumsum(sorted_mass) - before[sorted_group]) / jnp.where(total > 0, total, 1.0)[
        sorted_group
    ]
    # half of the mass, up to rounding
    place = jnp.where(reached >= 0.5 - 1e-13, jnp.arange(len(order)), len(order) - 1)
    first = jax.ops.segment_min(place, sorted_group, num_segments=groups + 1)[:groups]
    row = order[jnp.clip(first, 0, len(order) - 1)]
    return jnp.where(total[:groups] > 0, ratio[row], 0.0), row
