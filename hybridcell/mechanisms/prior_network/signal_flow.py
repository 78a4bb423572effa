"""How far signals reach along the signed edges of a known network."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Float, Int

from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell.mechanisms.cellbox.edge_table import read_edges


class SignalFlow(eqx.Module):
    """A signed, directed network through which signals spread and fade.

    .. math:: s = \\gamma N s + e_j, \\qquad N_{ik} = \\sigma_{ik} / \\sqrt{d^{in}_i d^{out}_k}

    is the signal at every node for one unit at node j: each edge k -> i passes it on with its sign and a
    share gamma < 1, divided among the edges at both of its ends. No singular value of N exceeds 1, so
    that s exists for every network, loops included. Edges of unknown sign count as stimulating.

    Parameters
    ----------
    edges : DataFrame or path
        Columns source, target and, where known, sign (+1 / -1). Agreeing duplicates count once.

    Attributes
    ----------
    names : tuple of str
        The nodes, sorted.
    source, target : ndarray, shape (E,)
        Positions of both ends of every edge.
    sign : ndarray, shape (E,)
        +1, -1, or 0 where unknown.

    Raises
    ------
    DataError
        When there is no edge, an edge is listed with different signs, or a node acts on itself.

    References
    ----------
    Vanunu et al., PLoS Computational Biology 6 (2010) e1000641, for this normalization.

    Examples
    --------
    >>> from hybridcell.mechanisms.prior_network import SignalFlow
    >>> flow = SignalFlow([{"source": "a", "target": "b", "sign": 1},
    ...                    {"source": "b", "target": "c", "sign": -1}])
    >>> flow.gains(["a"], ["b", "c"], decay=0.5).round(2).tolist()
    [[0.5], [-0.25]]
    """

    names: tuple[str, ...] = eqx.field(static=True)
    source: Int[np.ndarray, " e"]
    target: Int[np.ndarray, " e"]
    sign: Float[np.ndarray, " e"]

    def __init__(self, edges: Any):
        table = read_edges(edges).drop_duplicates()
        if not len(table):
            raise DataError("The prior has no edges; wanted at least one, or prior=None for no prior.")
        twice = table.duplicated(["source", "target"])
        if twice.any():
            first = table[twice].iloc[0]
            raise DataError(
                f"The prior lists {first['source']!r} -> {first['target']!r} with different signs; wanted "
                "one sign per edge, or 0 where it is not known."
            )
        loops = table["source"] == table["target"]
        if loops.any():
            raise DataError(
                f"The prior has {table[loops].iloc[0]['source']!r} acting on itself; signals spread between "
                "nodes. Drop the edge."
            )
        self.names = tuple(sorted({*table["source"], *table["target"]}))
        position = {name: i for i, name in enumerate(self.names)}
        self.source = np.array([position[name] for name in table["source"]])
        self.target = np.array([position[name] for name in table["target"]])
        self.sign = table["sign"].to_numpy(dtype=float)

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.sign)

    def gains(self, inputs: Any, outputs: Any, *, decay: float) -> Float[np.ndarray, "o i"]:
        """Return the signal at each output per unit at each input.

        Parameters
        ----------
        inputs, outputs : sequence of str
            Names; one that is no node of the network passes no signal.
        decay : float
            Share gamma that an edge passes on, at least 0 and below 1.

        Returns
        -------
        ndarray, shape (outputs, inputs)
            Dimensionless. What a node that is both input and output was given itself is left out.
        """
        spread = self.spread(inputs, decay=decay)
        position = {name: i for i, name in enumerate(self.names)}
        rows = [position.get(name, -1) for name in outputs]
        known = np.array(rows) >= 0
        return np.where(known[:, None], spread[rows], 0.0)

    def spread(self, inputs: Any, *, decay: float) -> Float[np.ndarray, "n i"]:
        """Return the signal at every node per unit at each input, shape (nodes, inputs)."""
        from scipy.sparse import csc_array, eye_array
        from scipy.sparse.linalg import splu

        if not 0 <= decay < 1:
            raise InvalidValueError(f"decay is {decay}; wanted a share of at least 0 and below 1.")
        n = len(self.names)
        leaving, entering = np.bincount(self.source, minlength=n), np.bincount(self.target, minlength=n)
        weight = np.where(self.sign == 0, 1.0, self.sign)
        weight = weight / np.sqrt(leaving[self.source] * entering[self.target])
        step = csc_array((decay * weight, (self.target, self.source)), shape=(n, n))
        position = {name: i for i, name in enumerate(self.names)}
        given = np.zeros((n, len(inputs)))
        for column, name in enumerate(inputs):
            if name in position:
                given[position[name], column] = 1.0
        return splu(eye_array(n, format="csc") - step).solve(given) - given

    def __repr__(self) -> str:
        return f"SignalFlow({len(self.names):,} nodes, {self.n_edges:,} edges)"
