"""How much of the dynamics the neural part supplies."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.model import AbstractModel, HybridField


def residual_share(
    model: AbstractModel,
    x: Float[Array, "c n"],
    u: Float[Array, "c n"],
    *,
    per_node: bool = False,
) -> float | Float[np.ndarray, " n"]:
    """Return the fraction of |dx/dt| that the neural part supplies.

    Decay is left out of the mechanism's part: at a steady state the terms of dx/dt cancel, and the
    question is what produces the response. With p the mechanism's production (dx/dt + alpha x) and r
    the residual, the share is sum |r| / (sum |r| + sum |p|) over conditions and nodes.

    Parameters
    ----------
    model
        Any model; without a residual the share is 0.
    x, u : arrays, shape (C, n)
        States and inputs at which to look, for example the steady states of the training conditions.
    per_node : bool
        Return one share per node instead of one number.

    Returns
    -------
    float or ndarray, shape (n,)
        Between 0 (all mechanism) and 1 (all neural).

    Examples
    --------
    >>> import hybridcell as hc, numpy as np
    >>> from hybridcell.hybrid import residual_share
    >>> model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    >>> residual_share(model, np.zeros((1, 2)), np.ones((1, 2)))
    0.0
    """
    field = model.field()
    if not isinstance(field, HybridField):
        return np.zeros(model.n) if per_node else 0.0
    x, u = jnp.asarray(x), jnp.asarray(u)
    neural = jnp.sum(jnp.abs(field.residual(0.0, x, u)), axis=0)
    produced = jnp.sum(jnp.abs(field.mechanism(0.0, x, u) + field.relaxation * x), axis=0)
    if per_node:
        return np.asarray(neural / jnp.maximum(neural + produced, 1e-300))
    return float(jnp.sum(neural) / jnp.maximum(jnp.sum(neural) + jnp.sum(produced), 1e-300))
