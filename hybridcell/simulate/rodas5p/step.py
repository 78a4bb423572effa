"""One step of Rodas5P, for one state or for many with a step size each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell.simulate.rodas5p import tableau

#: The end of a step, less its beginning, in stages; below it the vectors for in between.
_LEFT = np.array([np.append(tableau.STATE[-1][:-1], 1.0), *tableau.DENSE])
#: Per stage from the second on: what it takes of the others to where it looks at the rate, and to the rate.
WEIGHTS = np.stack([tableau.STATE, tableau.RATE], axis=1)[1:]


class Kept(NamedTuple):
    """What a step is undone with: its stages, and the factors of its matrix."""

    stages: Float[Array, "8 n *b"]
    factors: Any


class Step(NamedTuple):
    """What a step leaves: the state at its end, the estimated error, and three vectors for in between.

    `kept` is None for methods other than Rodas5P, and where nobody asks.
    """

    x: Float[Array, " n *b"]
    error: Float[Array, " n *b"]
    dense: Float[Array, "3 n *b"]
    kept: Kept | None = None


def rosenbrock_step(
    rate: Callable[[Array, Array], Array],
    linearized: tuple[Float[Array, " n *b"], Float[Array, " n *b"]],
    prepared: tuple[Any, Callable[[Array], Array]],
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
    prepared
        Factors of `mass / (h GAMMA) - Jacobian` at (t, x), and what solves with it: see `linear.prepare` and
        `sparse.prepare`.
    mass
        None for the identity.
    """
    factors, solve = prepared
    stages = find_stages(rate, linearized, solve, mass, t, x, h)
    end, *dense = combine(jnp.asarray(_LEFT, x.dtype), stages)
    return Step(x + end, stages[-1], jnp.stack(dense), Kept(stages, factors))


def find_stages(
    rate: Callable[[Array, Array], Array],
    linearized: tuple[Float[Array, " n *b"], Float[Array, " n *b"]],
    solve: Callable[[Array], Array],
    mass: Float[Array, "n n"] | None,
    t: Float[Array, "*b"],
    x: Float[Array, " n *b"],
    h: Float[Array, "*b"],
) -> Float[Array, "8 n *b"]:
    """Return the stages; parameters as in `rosenbrock_step`, of what is prepared only what solves."""
    f, slope = linearized
    first = solve(f + tableau.SLOPE[0] * h * slope)
    stages = jnp.pad(first[None], ((0, tableau.STAGES - 1), *((0, 0),) * x.ndim))

    def stage(stages: Array, row: tuple[Array, ...]) -> tuple[Array, None]:
        i, weights, node, slope_weight = row
        # many conditions side by side would spend a twentieth of their time on stages that are to come
        found = combine(weights, stages) if x.ndim == 1 else jax.lax.switch(i - 1, _OF_KNOWN, stages)
        state, moved = found
        f = rate(t + node * h, x + state)
        moved = moved / h
        moved = moved if mass is None else mass @ moved
        k = solve(f + moved + slope_weight * h * slope)
        return jax.lax.dynamic_update_index_in_dim(stages, k, i, 0), None

    rows = (jnp.asarray(r, x.dtype) for r in (WEIGHTS, tableau.NODES[1:], tableau.SLOPE[1:]))
    return jax.lax.scan(stage, stages, (jnp.arange(1, tableau.STAGES), *rows))[0]


def combine(weights: Float[Array, "w s"], stages: Float[Array, "s n *b"]) -> Float[Array, "w n *b"]:
    """Return weighted sums of the stages, written out: faster than a product of so small matrices."""
    weights = weights.reshape(*weights.shape, *(1,) * (stages.ndim - 1))
    return sum((weights[:, i] * stages[i] for i in range(1, len(stages))), start=weights[:, 0] * stages[0])


def _combine_known(weights: np.ndarray, stages: Float[Array, "8 n *b"]) -> Float[Array, "2 n *b"]:
    """Combine the stages up to the last one that has a weight."""
    count = 1 + int(np.flatnonzero(weights.any(axis=0))[-1])
    return combine(jnp.asarray(weights[:, :count], stages.dtype), stages[:count])


#: What each stage from the second on takes of those before it.
_OF_KNOWN = [partial(_combine_known, weights) for weights in WEIGHTS]


def stages_from_left(
    to_end: Float[Array, " n *b"], to_dense: Float[Array, "3 n *b"]
) -> Float[Array, "8 n *b"]:
    """Return the cotangents of the stages, of those of a step's end and of its vectors for in between."""
    return combine(jnp.asarray(_LEFT.T, to_end.dtype), jnp.concatenate([to_end[None], to_dense]))


def interpolate(
    x0: Float[Array, "*b n"],
    x1: Float[Array, "*b n"],
    dense: Float[Array, "3 *b n"],
    share: Float[Array, "*#b 1"],
) -> Float[Array, "*b n"]:
    """Return the state at the share (0 to 1) of a step, to order four."""
    inner = dense[0] + share * (dense[1] + share * dense[2])
    return (1 - share) * x0 + share * (x1 + (1 - share) * inner)
