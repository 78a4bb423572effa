"""One step of Rodas5P, for one state or for many with a step size each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell.simulate.rodas5p import tableau


class Step(NamedTuple):
    """What a step leaves: the state at its end, the estimated error, and three vectors for in between."""

    x: Float[Array, " n *b"]
    error: Float[Array, " n *b"]
    dense: Float[Array, "3 n *b"]


def rosenbrock_step(
    rate: Callable[[Array, Array], Array],
    linearized: tuple[Float[Array, " n *b"], Float[Array, " n *b"]],
    solve: Callable[[Array], Array],
    mass: Float[Array, "n n"] | None,
    t: Float[Array, "*b"],
    x: Float[Array, " n *b"],
    h: Float[Array, "*b"],
) -> Step:
    """Step `mass @ dx/dt = rate(t, x)` from t to t + h; lanes stand side by side, in trailing axes.

    Parameters
    ----------
    rate
        Of all lanes: (t (*b), x (n, *b)) -> (n, *b).
    linearized
        Rate and its partial derivative with respect to time, at (t, x).
    solve
        What solves with `mass / (h GAMMA) - Jacobian` at (t, x): see `linear.prepare` and `sparse.prepare`.
    mass
        None for the identity.
    """
    f, slope = linearized
    first = solve(f + tableau.SLOPE[0] * h * slope)
    stages = jnp.pad(first[None], ((0, tableau.STAGES - 1), *((0, 0),) * x.ndim))

    def stage(stages: Array, row: tuple[Array, ...]) -> tuple[Array, None]:
        i, weights, node, slope_weight = row
        state, moved = _combine(weights, stages)
        f = rate(t + node * h, x + state)
        moved = moved / h
        moved = moved if mass is None else mass @ moved
        k = solve(f + moved + slope_weight * h * slope)
        return jax.lax.dynamic_update_index_in_dim(stages, k, i, 0), None

    rows = (np.stack([tableau.STATE, tableau.RATE], axis=1), tableau.NODES, tableau.SLOPE)
    rows = (jnp.arange(1, tableau.STAGES), *(jnp.asarray(r[1:], x.dtype) for r in rows))
    stages, _ = jax.lax.scan(stage, stages, rows)
    last = jnp.asarray(np.append(tableau.STATE[-1][:-1], 1.0), x.dtype)
    end, *dense = _combine(jnp.stack([last, *jnp.asarray(tableau.DENSE, x.dtype)]), stages)
    return Step(x + end, stages[-1], jnp.stack(dense))


def _combine(weights: Float[Array, "w s"], stages: Float[Array, "s n *b"]) -> Float[Array, "w n *b"]:
    """Return weighted sums of the stages, written out: faster than a product of so small matrices."""
    weights = weights.reshape(*weights.shape, *(1,) * (stages.ndim - 1))
    return sum((weights[:, i] * stages[i] for i in range(1, tableau.STAGES)), start=weights[:, 0] * stages[0])


def interpolate(
    x0: Float[Array, "*b n"],
    x1: Float[Array, "*b n"],
    dense: Float[Array, "3 *b n"],
    share: Float[Array, "*#b 1"],
) -> Float[Array, "*b n"]:
    """Return the state at the share (0 to 1) of a step, to order four."""
    inner = dense[0] + share * (dense[1] + share * dense[2])
    return (1 - share) * x0 + share * (x1 + (1 - share) * inner)
