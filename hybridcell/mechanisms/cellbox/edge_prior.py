"""Prior knowledge of edges: which nodes are known to act on which, and with what sign."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.errors import DataError, check_choice, unknown_name

if TYPE_CHECKING:
    import pandas as pd

_SIGNS = {
    "+": 1.0, "1": 1.0, "+1": 1.0, "1.0": 1.0, "activates": 1.0, "stimulates": 1.0, "activation": 1.0,
    "-": -1.0, "-1": -1.0, "-1.0": -1.0, "inhibits": -1.0, "inhibition": -1.0,
    "": 0.0, "0": 0.0, "0.0": 0.0, "?": 0.0, "nan": 0.0, "interacts": 0.0,
}  # fmt: skip


class EdgePrior(eqx.Module):
    """Known edges of a network, signed where the sign is known.

    Attributes
    ----------
    known : ndarray of float, shape (n, n)
        1 where j is known to act on i.
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
        return int(np.sum(self.known))

    def constrain(self, response: Float[Array, "n n"]) -> Float[Array, "n n"]:
        """Return the responses with hard signs imposed: a signed edge keeps its size and takes the sign."""
        if not self.hard:
            return response
        return jnp.where(self.sign != 0, self.sign * jnp.abs(response), response)

    def penalty(self, response: Float[Array, "n n"]) -> Float[Array, ""]:
        """Return the summed size of edges outside the prior and of edges against its sign."""
        outside = jnp.abs(response) * (1.0 - self.known)
        against = jax.nn.relu(-self.sign * response)
        return jnp.sum(outside) + jnp.sum(against)


def read_edges(edges: pd.DataFrame | str | os.PathLike[str] | Any) -> pd.DataFrame:
    """Return a prior as a table with columns source, target, sign (0 where unknown).

    A path is read by its suffix: ``.sif`` (source, relation, target) or tab- or comma-separated
    columns source, target and optionally sign.
    """
    import pandas as pd

    if isinstance(edges, str | os.PathLike):
        path = Path(edges)
        if not path.is_file():
            raise DataError(f"There is no prior file {str(path)!r}.")
        if path.suffix == ".sif":
            table = pd.read_csv(
                path, sep=r"\s+", header=None, names=["source", "sign", "target"], dtype=str, keep_default_na=False
            )
        else:
            separator = "," if path.suffix == ".csv" else "\t"
            table = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, comment="#")
    else:
        table = pd.DataFrame(edges).copy()
    for column in ("source", "target"):
        if column not in table.columns:
            raise unknown_name("column of the prior table", column, list(map(str, table.columns)))
    if "sign" not in table.columns:
        table["sign"] = 0
    words = table["sign"].astype(str).str.strip().str.casefold()
    unknown = sorted(set(words) - set(_SIGNS))
    if unknown:
        raise DataError(f"The prior has sign {unknown[0]!r}; wanted +1, -1 or 0 (or activates, inhibits).")
    table["sign"] = [_SIGNS[w] for w in words]
    table["source"], table["target"] = table["source"].astype(str), table["target"].astype(str)
    return table.loc[:, ["source", "target", "sign"]]


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
    for source, target, s in read_edges(edges).itertuples(index=False):
        for name in (source, target):
            if name not in position:
                raise unknown_name("node (named by the prior)", name, names)
        if source == target:
            raise DataError(f"The prior has {source!r} acting on itself; CellBox networks have no self-edges.")
        i, j = position[target], position[source]
        if s and sign[i, j] and sign[i, j] != s:
            raise DataError(f"The prior gives {source!r} -> {target!r} both signs; keep one, or give sign 0.")
        known[i, j], sign[i, j] = 1.0, s or sign[i, j]
    return EdgePrior(known=known, sign=sign, hard=mode == "hard")
