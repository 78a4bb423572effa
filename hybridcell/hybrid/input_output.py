"""What a neural piece has learned, as curves: its outputs and its rate over each of its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.expressions import number, symbol, time
from hybridcell._core.expressions.expression import leaves
from hybridcell._core.hole import Hole
from hybridcell._core.number_checks import checked_share, is_finite_number, is_whole
from hybridcell.hybrid.formulas import evaluate, is_plain
from hybridcell.mechanisms.reactions.network import ReactionNetwork

if TYPE_CHECKING:
    import pandas as pd


def find_piece(network: ReactionNetwork, id: str | None) -> Hole:
    """Return a neural piece by its id or by what it determines; the only one where no id is given."""
    if id is None:
        if len(network.holes) != 1:
            raise InvalidValueError(
                f"The network has {len(network.holes)} neural pieces; name one: {list(network.holes.ids)}."
            )
        return network.holes.holes[0]
    for hole in network.holes:
        if id == hole.id or id in hole.targets:
            return hole
    raise unknown_name(
        "neural piece", id, [*network.holes.ids, *(t for h in network.holes for t in h.targets)]
    )


def input_output(
    networks: ReactionNetwork | Sequence[ReactionNetwork],
    trajectory: Any,
    piece: str | None = None,
    *,
    beyond: float = 0.5,
    n_points: int = 61,
    interval: float = 0.9,
) -> pd.DataFrame:
    """Return what a neural piece answers to each of its inputs, the others held at their median.

    Parameters
    ----------
    networks : ReactionNetwork or sequence of ReactionNetwork
        A fitted hybrid, or several of them (other seeds, resampled data): then there is a band.
    trajectory : Trajectory
        Of the (first) network under the conditions of its data: it says where inputs were.
    piece : str, optional
        Id of the piece, or what it determines ("v7"); not needed where there is only one.
    beyond : float
        How far beyond what was seen curves go, as a share of its range.
    n_points : int
        Per curve.
    interval : float
        Share of the networks that lies within the band.

    Returns
    -------
    DataFrame
        Columns `input`, `x` (its value), `inside` (whether it was seen), `quantity` (an output of the network
        or a reaction, whose rate it is), `value` (median over the networks), `lower`, `upper`.

    Raises
    ------
    UnknownNameError, InvalidValueError
        If there is no such piece, the networks do not have it alike, a number is out of range, or nothing of
        the trajectory is finite.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.hybrid import input_output
    >>> network = hc.read_sbml(hc.networks.load("predator_prey"))
    >>> hybrid = network.replace(network.reactions[0].id, hc.NeuralRate(["prey"], key=jr.key(0)))
    >>> found = hc.simulate(hybrid, t1=1.0, solve=hc.Solve(backend="numpy"))
    >>> curves = input_output(hybrid, found)
    >>> bool(curves["value"].notna().all())
    True
    """
    import pandas as pd

    members = [networks] if isinstance(networks, ReactionNetwork) else list(networks)
    if not members:
        raise InvalidValueError("input_output was given no network; wanted one or several.")
    interval = checked_share("interval", interval, 0.9)
    if not is_finite_number(beyond) or beyond < 0:
        raise InvalidValueError(f"beyond is {beyond!r}; wanted a share of 0 or more, such as 0.5.")
    if not is_whole(n_points) or n_points < 2:
        raise InvalidValueError(f"n_points is {n_points!r}; wanted a whole number, at least 2.")
    hole = find_piece(members[0], piece)
    pieces = [find_piece(member, hole.id) for member in members]
    if any(one.inputs != hole.inputs for one in pieces):
        raise InvalidValueError(
            f"The networks' pieces {hole.id!r} read different inputs; wanted members of one fit."
        )
    seen = {id: _seen(trajectory, id) for id in hole.inputs}
    tables = []
    for id in hole.inputs:
        x, inside = _grid(seen[id], beyond, n_points)
        answers = [_answers(m, h, id, x, seen, trajectory) for m, h in zip(members, pieces)]
        for quantity in answers[0]:
            rows = np.stack([answer[quantity] for answer in answers])
            low, middle, high = np.quantile(rows, [(1 - interval) / 2, 0.5, (1 + interval) / 2], axis=0)
            columns = {"x": x, "inside": inside, "value": middle, "lower": low, "upper": high}
            tables.append(pd.DataFrame({"input": id, "quantity": quantity, **columns}))
    return pd.concat(tables, ignore_index=True)


def _seen(trajectory: Any, id: str) -> Float[np.ndarray, " n"]:
    c = len(trajectory.conditions)
    values = np.tile(trajectory.ts, (c, 1)) if id == "time" else np.asarray(trajectory[id])
    values = values[np.isfinite(values)]
    if not values.size:
        raise InvalidValueError(f"The trajectory has no finite value of {id!r}; wanted one that was solved.")
    return values


def _grid(seen: np.ndarray, beyond: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    low, high = float(seen.min()), float(seen.max())
    reach = beyond * (high - low or abs(low) or 1.0)
    # a concentration does not become negative
    first = max(low - reach, 0.0) if low >= 0 else low - reach
    x = np.unique(np.concatenate([np.linspace(first, high + reach, n), [low, high]]))
    return x, (x >= low) & (x <= high)


def _answers(
    network: ReactionNetwork,
    hole: Hole,
    id: str,
    x: np.ndarray,
    seen: Mapping[str, np.ndarray],
    trajectory: Any,
) -> dict[str, np.ndarray]:
    """Return the outputs of a piece, and the rates that they make, over one input."""
    own = dict(zip(network.equations.constants, np.asarray(network.values, dtype=float)))
    values = {**own, **{name: np.asarray(np.median(v)) for name, v in seen.items()}, id: x}
    inputs = {}
    for i, name in enumerate(hole.inputs):
        scale = symbol(hole.scales[i]) if i < len(hole.scales) and hole.scales[i] else number(1.0)
        inputs[name] = (time() if name == "time" else symbol(name), scale)
    for unit, math in hole.piece.expand(hole.id, inputs, len(hole.outputs)).units:
        values[unit] = evaluate(math, values)
    found = {output: np.broadcast_to(values[output], x.shape) for output in hole.outputs}
    for reaction in network.definition.reactions:
        if reaction.id not in (*hole.targets, *hole.terms.values()) or reaction.law is None:
            continue
        if not is_plain(reaction.law):
            continue
        for name in leaves([reaction.law], "symbol"):
            if name not in values:
                values[name] = np.asarray(np.median(_seen(trajectory, name)))
        found[reaction.id] = np.broadcast_to(evaluate(reaction.law, values), x.shape)
    return found
