"""Prior knowledge of edges: which nodes are known to act on which, and with what sign."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.errors import DataError, check_choice, unknown_name
from hybridcell.mechanisms.cellbox.edge_table import read_edges as read_edges


class EdgePrior(eqx.Module):
    """Known edges of a network, signed where the sign is known.

    Attributes
    ----------
    known : ndarray of float, shape (n, n)
        How sure it is that j acts on i: 1 where known, 0 where not, else the confidence of the table.
    sign : ndarray of float, shape (n, n)
        +1 or -1 where the sign is known, else 0.
    hard : bool
        Whether only known edges exist, with the known signs; otherwise they are merely cheaper.
    """

    known: Float[np.ndarray, "n n"]
    sign: Float[np.ndarray, "n n"]
    hard: bool = eqx.field(static=True)

    @property
    def n_edges(self) -> int:
        """Number of known edges."""
        return int(np.count_nonzero(self.known))

    def constrain(self, response: Float[Array, "n n"]) -> Float[Array, "n n"]:
        """Return the responses with hard signs imposed: a signed edge keeps its size and takes the sign."""
        if not self.hard:
            return response
        size = jnp.where(response < 0, -response, response)  # |R| with a slope at 0, where jnp.abs has none
        return jnp.where(self.sign != 0, self.sign * size, response)

    def penalty(self, response: Float[Array, "n n"]) -> Float[Array, ""]:
        """Return the summed size of edges outside the prior and of edges against its sign."""
        outside = jnp.abs(response) * (1.0 - self.known)
        against = self.known * jax.nn.relu(-self.sign * response)
        return jnp.sum(outside) + jnp.sum(against)


def edge_prior(edges: Any, names: tuple[str, ...], *, mode: str = "penalty") -> EdgePrior:
    """Place known edges on the nodes of a network.

    Parameters
    ----------
    edges : DataFrame or path
        See `read_edges`.
    names : tuple of str
        Node names of the network.
    mode : {"penalty", "hard"}

    Raises
    ------
    UnknownNameError
        If an edge names a node that does not exist.
    DataError
        If one edge is given both signs, or a node acts on itself.
    """
    check_choice("prior_mode", mode, ("penalty", "hard"))
    position = {name: i for i, name in enumerate(names)}
    known, sign = np.zeros((len(names),) * 2), np.zeros((len(names),) * 2)
    table = read_edges(edges)
    sure = table["confidence"] if "confidence" in table.columns else [1.0] * len(table)
    for source, target, s, confidence in zip(table["source"], table["target"], table["sign"], sure):
        for name in (source, target):
            if name not in position:
                raise unknown_name("node (named by the prior)", name, names)
        if source == target:
            raise DataError(f"The prior has {source!r} acting on itself; a CellBox has no self-edges.")
        i, j = position[target], position[source]
        if s and sign[i, j] and sign[i, j] != s:
            raise DataError(f"The prior gives {source!r} -> {target!r} both signs; keep one, or give sign 0.")
        known[i, j], sign[i, j] = max(known[i, j], confidence), s or sign[i, j]
    return EdgePrior(known=known, sign=sign, hard=mode == "hard")
