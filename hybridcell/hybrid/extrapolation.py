"""How far from what it has seen a neural piece is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.hole import Hole
from hybridcell.mechanisms.reactions.network import ReactionNetwork

if TYPE_CHECKING:
    import pandas as pd

#: Training points closer to each other than this, in standard deviations, count as this far apart.
_CLOSEST = 0.05
#: Share of its largest value below which a logarithmic input counts as this share.
_SMALL = 0.01
_QUANTILE = 0.95


def extrapolation(network: ReactionNetwork, trained_on: Any, trajectory: Any) -> pd.DataFrame:
    """Return how far the inputs of neural pieces are from those that they were trained on.

    Inputs are standardized (their logarithms, where the piece reads logarithms). The distance to the nearest
    training point is divided by the one that 95 % of the training points have to their own nearest
    neighbors: up to 1, a point lies among the others; above, the piece extrapolates.

    Parameters
    ----------
    network : ReactionNetwork
        With neural pieces.
    trained_on : Trajectory
        Of the network under the training conditions, at the measured times (``ts=``): a finer grid would make
        neighbors look closer than the data were.
    trajectory : Trajectory
        Where the network is asked.

    Returns
    -------
    DataFrame
        Index: condition and time. A column per piece with the distance, and `outside`: any is above 1.

    Raises
    ------
    InvalidValueError
        If the network has no neural piece, or fewer than three training points are finite.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.hybrid import extrapolation
    >>> network = hc.read_sbml(hc.networks.load("predator_prey"))
    >>> hybrid = network.replace(network.reactions[0].id, hc.NeuralRate(["prey"], key=jr.key(0)))
    >>> seen = hc.simulate(hybrid, t1=5.0, solve=hc.Solve(backend="numpy"))
    >>> bool(extrapolation(hybrid, seen, seen)["outside"].any())
    False
    """
    import pandas as pd

    pieces = [hole for hole in network.holes if hole.inputs]
    if not pieces:
        raise InvalidValueError(
            "The network has no neural piece with inputs; a mechanism says itself where it holds. Wanted a "
            "hybrid, such as network.replace(reaction, hc.NeuralRate(...))."
        )
    index = pd.MultiIndex.from_product([trajectory.conditions, trajectory.ts], names=["condition", "time"])
    found = {hole.id: _distances(hole, trained_on, trajectory) for hole in pieces}
    table = pd.DataFrame(found, index=index)
    table["outside"] = (table > 1).any(axis=1) | table.isna().any(axis=1)
    return table


def _distances(hole: Hole, trained_on: Any, trajectory: Any) -> Float[np.ndarray, " n"]:
    seen, asked = _inputs(hole, trained_on), _inputs(hole, trajectory)
    seen = seen[np.isfinite(seen).all(axis=1)]
    if len(seen) < 3:
        raise InvalidValueError(
            f"Only {len(seen)} training points of {hole.id!r} are finite; wanted at least three, as "
            "hc.simulate(network, ts=measured times, conditions=...) gives them."
        )
    if _transform(hole) == "log":
        least = _SMALL * np.maximum(seen.max(axis=0), 1e-300)
        seen, asked = np.log(np.maximum(seen, least)), np.log(np.maximum(asked, least))
    middle, spread = seen.mean(axis=0), seen.std(axis=0)
    # an input that never changed in training is measured in its own unit
    spread = np.where(spread > 1e-9 * np.maximum(np.abs(middle), 1e-300), spread, 1.0)
    seen, asked = (seen - middle) / spread, (asked - middle) / spread
    usual = max(float(np.quantile(_nearest(seen, seen, itself=True), _QUANTILE)), _CLOSEST)
    return _nearest(asked, seen) / usual


def _inputs(hole: Hole, trajectory: Any) -> Float[np.ndarray, "n k"]:
    shape = (len(trajectory.conditions), len(trajectory.ts))
    columns = [
        np.broadcast_to(trajectory.ts if id == "time" else trajectory[id], shape).reshape(-1)
        for id in hole.inputs
    ]
    return np.stack(columns, axis=1)


def _transform(hole: Hole) -> str:
    layers = getattr(hole.piece, "layers", None)
    return getattr(layers, "transform", "linear")


def _nearest(
    points: Float[np.ndarray, "m k"], others: Float[np.ndarray, "n k"], *, itself: bool = False
) -> Float[np.ndarray, " m"]:
    """Return the distance of each point to the nearest of the others, itself left out; NaN stays NaN."""
    found = np.empty(len(points))
    for i, point in enumerate(points):
        squares = np.sum((others - point) ** 2, axis=1)
        if itself:
            squares[i] = np.inf
        found[i] = np.sqrt(squares.min())
    return found
