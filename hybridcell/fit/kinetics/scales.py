"""Scales of a neural piece's inputs taken from data, and fresh weights for another start."""

from __future__ import annotations

from collections.abc import Sequence

import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.expressions import number, symbol
from hybridcell._core.hole import Hole
from hybridcell.fit.kinetics.measurements import Measurements
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate import Solve, simulate

#: Weights of the last layer up to this size are those of a piece that was never trained.
_UNTRAINED = 0.011


def is_untrained(network: ReactionNetwork, hole: Hole) -> bool:
    """Whether the last layer and the linear part are where they start."""
    layers = {id[len(hole.id) + 2 :].split("_")[0] for id in hole.weights if id.startswith(f"{hole.id}_w")}
    last = max(layers, key=int)
    values = dict(zip(network.equations.constants, np.asarray(network.values, dtype=float)))
    ends = (f"{hole.id}_w{last}_", f"{hole.id}_l_")
    return all(abs(values[id]) <= _UNTRAINED for id in hole.weights if id.startswith(ends))


def scaled_to_data(network: ReactionNetwork, measured: Measurements, solve: Solve) -> ReactionNetwork:
    """Return the network whose untrained pieces measure inputs by their typical size in the data.

    What is measured is taken from the measurements, all else from a simulation of the network as it is.
    """
    wanted = {
        input: scale
        for hole in network.holes
        if hole.scales and is_untrained(network, hole)
        for input, scale in zip(hole.inputs, hole.scales)
    }
    if not wanted:
        return network
    sizes = {id: _size(measured.value[measured.readout == r]) for r, id in enumerate(measured.readouts)}
    others = [id for id in wanted if id not in sizes]
    if others:
        sizes |= _simulated_sizes(network, measured, others, solve)
    new = {
        scale: sizes[input]
        for hole in network.holes
        if hole.scales and is_untrained(network, hole)
        for input, scale in zip(hole.inputs, hole.scales)
        if np.isfinite(sizes.get(input, np.nan)) and sizes[input] > 0
    }
    return network.with_values(new | _amplitudes(network, measured))


def _amplitudes(network: ReactionNetwork, measured: Measurements) -> dict[str, float]:
    """Return sizes of residual terms on what is measured: how fast it moves there."""
    speed = {id: _speed(measured, r) for r, id in enumerate(measured.readouts)}
    found: dict[str, float] = {}
    for hole in network.holes:
        if hole.kind != "residual" or not is_untrained(network, hole):
            continue
        for amplitude, moved in zip(hole.amplitudes.values(), _moved(network, hole)):
            speeds = [speed[id] for id in moved if id in speed and speed[id] > 0]
            if speeds:
                found[amplitude] = max(speeds)
    return found


def _moved(network: ReactionNetwork, hole: Hole) -> list[tuple[str, ...]]:
    """Return what each output of a residual moves."""
    reactions = {r.id: r for r in network.definition.reactions}
    moved: dict[str, tuple[str, ...]] = {}
    for target, term in hole.terms.items():
        if target in reactions:
            continue
        reaction = reactions.get(term)
        sides = () if reaction is None else (*reaction.reactants, *reaction.products)
        moved[term] = tuple(one.species for one in sides) or (target,)
    return list(moved.values()) if len(moved) == len(hole.amplitudes) else []


def _speed(measured: Measurements, readout: int) -> float:
    """Return the usual change per time between neighboring measurements of one condition."""
    speeds = []
    for c in range(len(measured.settings)):
        mine = measured.subset((measured.readout == readout) & (measured.condition == c))
        order = np.argsort(mine.time)
        gap = np.diff(mine.time[order])
        speeds.append(np.abs(np.diff(mine.value[order]))[gap > 0] / gap[gap > 0])
    return _size(np.concatenate(speeds))


def _size(values: np.ndarray) -> float:
    finite = np.abs(values[np.isfinite(values) & (values != 0)])
    return float(np.median(finite)) if finite.size else np.nan


def _simulated_sizes(
    network: ReactionNetwork, measured: Measurements, ids: list[str], solve: Solve
) -> dict[str, float]:
    found = simulate(network, t1=measured.end, n_points=41, conditions=measured.conditions, solve=solve)
    sizes = {"time": measured.end}
    known = network.equations.observables
    return sizes | {id: _size(np.asarray(found[id])) for id in ids if id in known}


def with_fresh_weights(network: ReactionNetwork, holes: Sequence[Hole], key: PRNGKeyArray) -> ReactionNetwork:
    """Return the network in which some pieces have other first weights, drawn with the key."""
    values: dict[str, float] = {}
    for hole, part in zip(holes, jr.split(key, max(len(holes), 1))):
        inputs = {id: (symbol(id), number(1.0)) for id in hole.inputs}
        expansion = hole.piece.reseeded(part).expand(hole.id, inputs, len(hole.outputs))
        values |= {n.id: float(n.value) for n in expansion.numbers}
    return network.with_values(values)
