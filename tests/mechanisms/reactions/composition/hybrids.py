"""Small networks with holes, and what tests ask of them: computed by the interpreter, nothing is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import hybridcell as hc
from hybridcell.mechanisms.interpreter import Interpreter, rates_of_change

NUMPY = hc.Solve(backend="numpy", rtol=1e-8)

#: Enzyme kinetics: two conserved sums, one reversible step, a stoichiometry of 2, a volume that is not 1.
ENZYME = hc.read_sbml(
    """model enzyme
    compartment cell = 2; species S in cell, E in cell, ES in cell, P in cell, D in cell
    S = 5; E = 1; ES = 0.2; P = 0.5; D = 0.3
    bind: S + E -> ES; cell * (kf*S*E - kr*ES)
    cut: ES -> E + P; cell * kcat*ES
    pair: 2 P -> D; cell * kd*P^2
    kf = 1; kr = 0.5; kcat = 0.8; kd = 0.3
    end"""
)
#: A chain that is fed and drained, a rate rule, an assignment rule, a boundary species.
CHAIN = hc.read_sbml(
    """model chain
    species A, B, $F; F = 2; A = 1; B = 0.5
    feed: F -> A; k1*F
    turn: A -> B; V*A/(Km + A)
    drain: B -> ; k3*B
    k1 = 0.4; V = 1.5; Km = 0.7; k3 = 0.6
    y = 1; y' = -0.3*y + 0.1*B
    total := A + B
    end"""
)
LV = hc.read_sbml(hc.networks.load("lotka_volterra"))


def shaken(network: Any, seed: int, scale: float = 1.0) -> Any:
    """Return the network with random weights of legal sign (and other trainable constants of pieces)."""
    rng = np.random.default_rng(seed)
    values = {}
    for hole in network.holes:
        for id in hole.weights:
            drawn = scale * rng.normal()
            positive = network.holes.freedoms[id].transform == "log"
            values[id] = np.exp(np.clip(drawn, -20, 20)) if positive else drawn
    return network.with_values(values)


def states(network: Any, seed: int, n: int = 5) -> np.ndarray:
    """Return positive states, (states, n)."""
    return np.random.default_rng(seed).lognormal(0.0, 1.0, (network.equations.n, n))


def constants(network: Any, **other: float) -> np.ndarray:
    """Return the constants, some of them with another value."""
    return np.asarray(network.with_values(other).values, dtype=float)


def observed(network: Any, id: str, x: np.ndarray, t: float = 0.0) -> np.ndarray:
    """Return the value of an id at states (states, *batch)."""
    found = Interpreter([network.equations.observables[id]], network.equations)
    return np.asarray(found(t, x, np.asarray(network.values, dtype=float)))[0]


def change(network: Any, x: np.ndarray, t: float = 0.0) -> np.ndarray:
    """Return dx/dt at states (states, *batch)."""
    found = Interpreter(rates_of_change(network.equations), network.equations)
    return np.asarray(found(t, x, np.asarray(network.values, dtype=float)))


def start(network: Any) -> np.ndarray:
    """Return the state at time 0."""
    found = Interpreter(network.equations.initial, network.equations)
    return np.asarray(found(0.0, np.zeros(network.equations.n), np.asarray(network.values, dtype=float)))


def by_id(network: Any) -> Mapping[str, float]:
    """Return the values of constants."""
    return dict(zip(network.equations.constants, np.asarray(network.values).tolist()))
