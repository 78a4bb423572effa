"""How much of the dynamics the neural part supplies."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import ArrayLike, Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractModel, Hybrid, plain_field
from hybridcell.hybrid.network_share import neural_share
from hybridcell.mechanisms.reactions.network import ReactionNetwork


def residual_share(
    model: AbstractModel | ReactionNetwork,
    x: Float[ArrayLike, "c n"] | Any,
    u: Float[ArrayLike, "c n"] | None = None,
    *,
    per_node: bool = False,
) -> float | Float[np.ndarray, " n"]:
    """Return the fraction of |dx/dt| that the neural part supplies.

    Decay is left out of the mechanism's part: at a steady state the terms of dx/dt cancel, and the
    question is what produces the response. With p the mechanism's production (dx/dt + alpha x) and r
    the residual, the share is sum |r| / (sum |r| + sum |p|) over conditions and nodes other than drugs.

    Parameters
    ----------
    model
        Any model; without a neural part the share is 0.
    x, u : arrays, shape (C, n)
        States and inputs at which to look, for example the steady states of the training conditions.
        Conditions whose states are not finite are left out. Of a reaction network `x` is a trajectory, `u`
        is left out, and the share is that of `neural_share`.
    per_node : bool
        Return one share per node (state of a network) instead of one number.

    Returns
    -------
    float or ndarray, shape (n,)
        Between 0 (all mechanism) and 1 (all neural); 0 where nothing happens at all.

    Raises
    ------
    InvalidValueError
        If `x` and `u` are not both conditions x nodes, or not the trajectory of a network.

    Examples
    --------
    >>> import hybridcell as hc, numpy as np
    >>> from hybridcell.hybrid import residual_share
    >>> model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    >>> residual_share(model, np.zeros((1, 2)), np.ones((1, 2)))
    0.0
    """
    if isinstance(model, ReactionNetwork):
        if u is not None:
            raise InvalidValueError(
                "Of a reaction network residual_share takes a trajectory, which holds its conditions, and no "
                "inputs: residual_share(network, hc.simulate(network, t1=...))."
            )
        share = neural_share(model, x)
        return share.by_species.to_numpy() if per_node else share.total
    if u is None:
        raise InvalidValueError("residual_share of an interaction network needs its inputs: u, like x.")
    if not isinstance(model, Hybrid):
        return np.zeros(model.n) if per_node else 0.0
    x, u = np.asarray(x), np.asarray(u)
    if x.ndim != 2 or x.shape[1] != model.n or u.shape != x.shape:
        raise InvalidValueError(
            f"x has shape {x.shape} and u {u.shape}; wanted both conditions x {model.n} nodes."
        )
    settled = np.isfinite(x).all(axis=1)
    x, u = x[settled], u[settled]
    field: Any = plain_field(model)
    # drug nodes re-emit their input: that is neither mechanism nor residual
    counts = np.array([kind != "drug" for kind in model.kinds])
    neural = np.abs(field.residual(0.0, x, u)).sum(axis=0)
    produced = np.abs(field.mechanism(0.0, x, u) + field.relaxation * x).sum(axis=0)
    if per_node:
        return neural / np.where(neural > 0, neural + produced, 1.0)
    return float(neural.sum() / (neural + produced)[counts].sum()) if neural.any() else 0.0
