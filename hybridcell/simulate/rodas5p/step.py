"""One step of Rodas5P, for one state or for many with a step size each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell.simulate.rodas5p import tableau
from hybridcell.simulate.rodas5p.linear import factorize, solve


class Step(NamedTuple):
    """What a step leaves: the state at its end, the estimated error, and three vectors for in between."""

    x: Float[Array, "*b n"]
    error: Float[Array, "*b n"]
    dense: Float[Array, "3 *b n"]


def rosenbrock_step(
    rate: Callable[[Array, Array], Array],
    linearized: tuple[Float[Array, "*b n"], Float[Array, "*b n n"], Float[Array, "*b n"]],
    mass: Float[Array, "n n"] | None,
    t: Float[Array, "*b"],
    x: Float[Array, "*b n"],
    h: Float[Array, "*b"],
    *,
    kind: str,
) -> Step:
    """Step `mass @ dx/dt = rate(t, x)` from t to t + h.

    Parameters
    ----------
    rate
        Of all lanes: (t (*b), x (*b, n)) -> (*b, n).
    linearized
        Rate, its Jacobian and its partial derivative with respect to time, at (t, x).
    mass
        None for the identity.
    kind
        How to solve: see `linear.choose_kind`.
    """
    f, jacobian, slope = linearized
    over_h, h_column = (1.0 / h)[..., None], h[..., None]
    unit = jnp.eye(x.shape[-1], dtype=x.dtype) if mass is None else mass
    matrix = unit * (over_h / tableau.GAMMA)[..., None] - jacobian
    factors = factorize(kind, matrix)
    first = solve(kind, factors, matrix, f + tableau.SLOPE[0] * h_column * slope)
    stages = jnp.zeros((tableau.STAGES, *x.shape), x.dtype).at[0].set(first)

    def stage(stages: Array, row: tuple[Array, ...]) -> tuple[Array, None]:
        i, weights, node, slope_weight = row
        state, moved = (_combine(w, stages) for w in weights)
        f = rate(t + node * h, x + state)
        moved = moved * over_h
        moved = moved if mass is None else moved @ mass.T
        k = solve(kind, factors, matrix, f + moved + slope_weight * h_column * slope)
        return jax.lax.dynamic_update_index_in_dim(stages, k, i, 0), None

    rows = (np.stack([tableau.STATE, tableau.RATE], axis=1), tableau.NODES, tableau.SLOPE)
    rows = (jnp.arange(1, tableau.STAGES), *(jnp.asarray(r[1:], x.dtype) for r in rows))
    stages, _ = jax.lax.scan(stage, stages, rows, unroll=7)
    last = jnp.asarray(tableau.STATE[-1], x.dtype).at[-1].set(1.0)
    dense = jnp.stack([_combine(w, stages) for w in jnp.asarray(tableau.DENSE, x.dtype)])
    return Step(x + _combine(last, stages), stages[-1], dense)


def _combine(weights: Float[Array, " s"], stages: Float[Array, "s *b n"]) -> Float[Array, "*b n"]:
    """Return the weighted sum of the stages."""
    return jnp.tensordot(weights, stages, 1)


def interpolate(
    x0: Float[Array, "*b n"],
    x1: Float[Array, "*b n"],
    dense: Float[Array, "3 *b n"],
    share: Float[Array, "*#b 1"],
) -> Float[Array, "*b n"]:
    """Return the state at the share (0 to 1) of a step, to order four."""
    inner = dense[0] + share * (dense[1] + share * dense[2])
    return (1 - share) * x0 + share * (x1 + (1 - share) * inner)
