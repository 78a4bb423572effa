"""A CellBox network as formulas of SBML."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hybridcell.io.sbml.document import Document, annotation
from hybridcell.io.sbml.mathml import apply, call, number, piecewise, symbol, total
from hybridcell.mechanisms import CellBox

#: What a node of each kind is, in the Systems Biology Ontology.
SBO_KINDS = {
    "protein": "SBO:0000252",  # polypeptide chain
    "gene": "SBO:0000243",  # gene
    "drug": "SBO:0000247",  # simple chemical; a phenotype is no material entity, and species want one
}
SBO_DECAY = "SBO:0000356"  # decay constant


def envelope_formula(envelope: str, power: float, s: str, *, newest: bool = True) -> str:
    """Return phi(s).

    Tools put the argument in place of every `s`, and a sum over a hundred nodes is long; hence forms that
    name it as seldom as possible. Only the `newest` version of SBML has max and min.
    """
    x = symbol(s)
    if envelope == "tanh":
        return apply("tanh", x)
    if envelope == "linear":
        return x
    if envelope == "clip":
        if newest:
            return apply("max", number(-1), apply("min", number(1), x))
        low = (number(-1), apply("lt", x, number(-1)))
        return piecewise([low, (number(1), apply("gt", x, number(1)))], x)
    if envelope == "hill":
        above = apply("plus", x, number(1))
        if newest:
            kept = apply("max", above, number(0))
        else:
            kept = piecewise([(above, apply("gt", above, number(0)))], number(0))
        raised = apply("power", kept, number(power))
        return apply("minus", number(1), apply("divide", number(2), apply("plus", number(1), raised)))
    below = apply("plus", number(1), apply("power", apply("abs", x), number(power)))
    if int(power) % 2:
        return apply("divide", apply("power", x, number(power)), below)
    above = apply("times", x, apply("power", apply("abs", x), number(power - 1)))
    return apply("divide", above, below)


def add_network(
    document: Document,
    model: CellBox,
    states: Mapping[str, str],
    inputs: Mapping[str, str],
    added: Mapping[str, str],
    *,
    weights: str,
) -> None:
    """Add the rates, parameters and rules of a network.

    Parameters
    ----------
    states, inputs
        Ids of the nodes' states and, where they have one, of their inputs u (occupancies for doses).
    added
        Ids of what residuals add to the derivative of nodes.
    weights
        "numbers" in the formulas, or "parameters" of their own.
    """
    form = envelope_formula(model.envelope, model.power, "s", newest=document.dialect.is_newest)
    phi = document.add_function("phi", "s", form)
    rates = {name: np.asarray(getattr(model, name)) for name in ("epsilon", "alpha", "psi")}
    matrix = np.asarray(model.weights)
    held = np.asarray(model.field().held)
    for i, node in enumerate(model.names):
        x = symbol(states[node])
        u = symbol(inputs[node]) if node in inputs else None

        def rate(name: str, meaning: str, sbo: str | None = None, *, i: int = i) -> str:
            trainable = getattr(model, f"_{name}").trainable
            note = annotation("rate", learned=trainable, node=model.names[i])
            wish = f"{name}_{states[model.names[i]]}"
            title = f"{meaning} of {model.names[i]}"
            return symbol(
                document.add_parameter(wish, name=title, value=float(rates[name][i]), sbo=sbo, note=note)
            )

        alpha = rate("alpha", "decay rate", SBO_DECAY)
        if held[i]:
            _hold(document, states[node], x, alpha, u, added.get(node))
            continue
        s = _terms(document, model, matrix, i, states, weights)
        epsilon = rate("epsilon", "saturation rate")
        if model.input == "inside":
            production = apply("times", epsilon, call(phi, total([*s, *([u] if u else [])])))
        elif model.input == "outside":
            inner = call(phi, total(s))
            production = apply("times", epsilon, apply("plus", inner, u) if u else inner)
        else:
            production = apply("times", epsilon, call(phi, total(s)))
            if u:
                production = apply("plus", production, apply("times", rate("psi", "input scale"), u))
        derivative = apply("minus", production, apply("times", alpha, x))
        if node in added:
            derivative = apply("plus", derivative, symbol(added[node]))
        document.set_rate(states[node], derivative)


def _hold(document: Document, sid: str, x: str, alpha: str, u: str | None, added: str | None) -> None:
    """Hold a node at its input; a residual that acts on it pulls it away, and then it relaxes back."""
    level = u or number(0)
    if added is None:
        document.set_always(sid, level)
        return
    document.set_initially(sid, level)
    back = apply("times", alpha, apply("minus", level, x))
    document.set_rate(sid, apply("plus", back, symbol(added)))


def _terms(
    document: Document, model: CellBox, matrix: np.ndarray, i: int, states: Mapping[str, str], weights: str
) -> list[str]:
    """Return the terms of the sum over the regulators of node i."""
    target, terms = model.names[i], []
    x = symbol(states[target])
    for j in np.flatnonzero(matrix[i]):
        source = model.names[j]
        weight = number(matrix[i, j])
        if weights == "parameters":
            weight = symbol(
                document.add_parameter(
                    f"w_{states[target]}_{states[source]}",
                    name=f"{source} -> {target}",
                    value=float(matrix[i, j]),
                    note=annotation("edge", learned=True, source=source, target=target),
                )
            )
        effect = symbol(states[source])
        if model.degree == 2 and weights == "parameters":
            effect = apply("plus", effect, x)
        terms.append(apply("times", weight, effect))
    if model.degree == 2 and weights == "numbers" and terms:
        terms.append(apply("times", number(matrix[i].sum()), x))
    return terms
