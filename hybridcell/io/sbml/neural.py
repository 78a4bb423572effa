"""A neural residual as formulas of SBML: every hidden unit is a parameter with an assignment rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from hybridcell.io.sbml.document import Document, annotation
from hybridcell.io.sbml.mathml import apply, call, number, piecewise, symbol, total
from hybridcell.neural import NeuralResidual
from hybridcell.neural.perceptron import PerceptronField, activate

#: Weights and biases of each layer.
Layers: TypeAlias = Sequence[tuple[np.ndarray, np.ndarray]]


def activation_formula(activation: str, s: str) -> str:
    """Return the activation of s; softplus in the form that does not overflow."""
    x = symbol(s)
    if activation == "tanh":
        return apply("tanh", x)
    if activation == "sigmoid":
        half = apply("tanh", apply("times", number(0.5), x))
        return apply("times", number(0.5), apply("plus", number(1), half))
    if activation == "softplus":
        small = apply("ln", apply("plus", number(1), apply("exp", x)))
        large = apply("plus", x, apply("ln", apply("plus", number(1), apply("exp", apply("minus", x)))))
        return piecewise([(large, apply("gt", x, number(0)))], small)
    return x


def add_residual(
    document: Document,
    term: NeuralResidual,
    states: Mapping[str, str],
    inputs: Mapping[str, str],
    *,
    position: int,
    layers: Layers,
) -> dict[str, str]:
    """Add a residual's units, and return the id of what it adds to each of its output nodes.

    Drug nodes that it reads are read as their input u, all others as their state. `layers` are its own, with
    0 for weights that are left away.
    """
    network, kinds = _network(term), dict(zip(term.names or (), term.kinds or ()))
    values = []
    for node in term.inputs or ():
        sid = inputs.get(node) if kinds[node] == "drug" else states[node]
        values.append(number(0) if sid is None else symbol(sid))
    sigma = ""
    if len(layers) > 1:
        sigma = document.add_function(
            f"activation{position}", "z", activation_formula(network.activation, "z")
        )
    for depth, (weights, biases) in enumerate(layers[:-1], start=1):
        values = [
            symbol(
                _unit(
                    document,
                    f"h{position}_{depth}_{unit}",
                    f"hidden unit {unit} of layer {depth}, residual {position}",
                    call(sigma, _affine(weights[unit - 1], biases[unit - 1], values)),
                    annotation("residual", learned=True, number=position, layer=depth, unit=unit),
                )
            )
            for unit in range(1, len(weights) + 1)
        ]
    weights, biases = layers[-1]
    added = {}
    for row, node in enumerate(term.outputs or ()):
        formula = _affine(weights[row], biases[row], values)
        if term.bound is not None:
            bound = number(term.bound)
            formula = apply("times", bound, apply("tanh", apply("divide", formula, bound)))
        note = annotation("residual", learned=True, number=position, node=node)
        wish, name = f"r{position}_{states[node]}", f"residual {position} of {node}"
        added[node] = _unit(document, wish, name, formula, note)
    return added


def kept_layers(term: NeuralResidual, read: np.ndarray, prune: float) -> tuple[Layers, int]:
    """Return weights and biases by layer, small weights as 0, and how many were made so.

    A weight is small where its size times the largest size of what it multiplies is below `prune`. What it
    multiplies, an input or a hidden unit, follows from what the residual reads, an array of places x inputs.
    """
    network = _network(term)
    layers, dropped, values = [], 0, read
    for weights, biases in zip(network.weights, network.biases):
        w, b = np.array(weights), np.asarray(biases)
        small = (np.abs(w) * np.abs(values).max(axis=0) < prune) & (w != 0)
        dropped += int(small.sum())
        layers.append((np.where(small, 0.0, w), b))
        values = activate(network.activation, values @ w.T + b)
    return layers, dropped


def read_along(term: NeuralResidual, states: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Return what a residual reads of all nodes' states and inputs, each of shape places x nodes."""
    field = term.field()
    columns = list(field.inputs)
    return np.where(field.driven, inputs[:, columns], states[:, columns])


def count_weights(term: NeuralResidual) -> int:
    """Return the number of weights of a residual."""
    return sum(int(np.size(w)) for w in _network(term).weights)


def _unit(document: Document, wish: str, name: str, formula: str, note: str) -> str:
    sid = document.add_parameter(wish, name=name, note=note)
    document.set_always(sid, formula)
    return sid


def _affine(weights: np.ndarray, bias: float, values: list[str]) -> str:
    terms = [apply("times", number(w), value) for w, value in zip(weights, values) if w != 0]
    return total([*terms, number(bias)] if bias != 0 or not terms else terms)


def _network(term: NeuralResidual) -> PerceptronField:
    assert term.network is not None  # a residual that is part of a hybrid is bound
    return term.network.field()


def inlined_size(term: NeuralResidual) -> int:
    """Return how many products a tool writes out that puts every hidden unit in place of its name."""
    sizes = [np.shape(w) for w in _network(term).weights]
    return int(np.prod([outputs for outputs, _ in sizes]) * sizes[0][1])
