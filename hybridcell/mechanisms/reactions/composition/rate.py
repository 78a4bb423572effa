"""A neural law in the place of a reaction's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.expressions import Expression, apply, number, symbol
from hybridcell._core.expressions.expression import leaves, product, substitute, walk
from hybridcell._core.hole import Hole
from hybridcell._core.parameter import Freedom
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.composition.editor import TIME, Editor
from hybridcell.mechanisms.reactions.composition.overridden import without_residuals_on
from hybridcell.mechanisms.reactions.composition.typical import typical_values

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

_POSITIVE = Freedom(transform="log")


def put_rate(network: ReactionNetwork, id: str, rate: Any) -> ReactionNetwork:
    """Return the network in which the reaction `id` has the law of a `NeuralRate`."""
    editor = Editor(network if rate.around == "law" else without_residuals_on(network, id))
    reaction = _reaction(editor.definition, id)
    for hole in network.holes:
        if hole.kind == "rate" and id in hole.targets:
            raise InvalidValueError(
                f"Reaction {id!r} has a neural rate already; replace it in network.mechanistic_only()."
            )
    prefix = editor.new_prefix(f"nn_{id}")
    inputs = _inputs(network, reaction, rate)
    given = editor.add_inputs(prefix, inputs, scaled=True)
    scales = tuple(str(scale.value) for _, scale in given.values())
    expansion = rate.expand(prefix, given, 1)
    weights = editor.add_expansion(expansion)
    factor = apply("exp", symbol(expansion.outputs[0]))
    if rate.around == "law":
        if reaction.law is None:
            raise InvalidValueError(f'Reaction {id!r} has no law that around="law" could start from.')
        law = apply("mul", reaction.law, factor)
    else:
        law = _around_substrates(editor, network, reaction, rate, prefix, factor)
    if rate.saturation is not None:
        law = apply("div", law, apply("add", number(1.0), apply("div", law, number(rate.saturation))))
    local = reaction.local_parameters if rate.around == "law" else ()
    filled = replace(reaction, law=law, local_parameters=local, law_element=None)
    editor.definition = replace(
        editor.definition,
        reactions=tuple(filled if r is reaction else r for r in editor.definition.reactions),
    )
    hole = Hole(
        id=prefix, kind="rate", targets=(id,), inputs=inputs, scales=scales, weights=weights,
        outputs=expansion.outputs, piece=rate,
    )  # fmt: skip
    return editor.finished(hole)


def _reaction(definition: e.Definition, id: str) -> e.Reaction:
    for reaction in definition.reactions:
        if reaction.id == id:
            return reaction
    raise unknown_name("reaction", id, [r.id for r in definition.reactions])


def _inputs(network: ReactionNetwork, reaction: e.Reaction, rate: Any) -> tuple[str, ...]:
    species = {s.id for s in network.definition.species}
    if rate.inputs is None:
        read = leaves([reaction.law], "symbol") if reaction.law is not None else ()
        sides = (one.species for one in (*reaction.reactants, *reaction.products))
        found = [s for s in dict.fromkeys(read) if s in species] or list(
            dict.fromkeys((*sides, *reaction.modifiers))
        )
    else:
        found = list(rate.inputs)
    if not found:
        raise InvalidValueError(
            f"Nothing to read for the neural rate of {reaction.id!r}: neither its old law nor the reaction "
            "names a species. Give inputs=[...]."
        )
    known = network.equations.observables
    varying = [id for id in found if id == TIME or (id in known and _varies(network, known[id]))]
    if not varying and all(id in known for id in found):
        raise InvalidValueError(
            f"All inputs of the neural rate of {reaction.id!r} are constants ({', '.join(found)}): the hole "
            "would cut the reaction off from the rest of the model. Name a species, or give the parameter a "
            "NeuralParameter instead."
        )
    for option in ("increasing", "decreasing"):
        for name in getattr(rate.layers, option):
            if name not in found:
                raise InvalidValueError(f"{option} names {name!r}, which is not an input; inputs: {found}.")
    return tuple(found)


def _varies(network: ReactionNetwork, expression: Expression) -> bool:
    moving = {
        name for name, discrete in zip(network.equations.states, network.equations.discrete) if not discrete
    }
    return bool(moving & set(leaves([expression], "state"))) or any(
        node.op == "time" for node in walk([expression])
    )


def _around_substrates(
    editor: Editor, network: ReactionNetwork, reaction: e.Reaction, rate: Any, prefix: str, factor: Expression
) -> Expression:
    substrates = mass_action(reaction.reactants)
    start = first_constant(network, reaction, substrates)
    k = editor.add_constant(f"{prefix}_k", start, _POSITIVE, name=f"rate constant of {reaction.id}")
    drive = substrates
    if rate.reversible:
        if rate.equilibrium is None:
            name = f"equilibrium constant of {reaction.id}"
            equilibrium = editor.add_constant(f"{prefix}_keq", 1.0, _POSITIVE, name=name)
        else:
            equilibrium = number(rate.equilibrium)
        drive = apply("sub", substrates, apply("div", mass_action(reaction.products), equilibrium))
    return product([k, drive, factor])


def mass_action(side: tuple[e.SpeciesReference, ...]) -> Expression:
    """Return the product of the species of one side, each to the power of its count."""
    factors = []
    for reference in side:
        count = 1.0 if reference.stoichiometry is None else reference.stoichiometry
        species = symbol(reference.species)
        factors.append(species if count == 1 else apply("pow", species, number(count)))
    return product(factors)


def first_constant(network: ReactionNetwork, reaction: e.Reaction, substrates: Expression) -> float:
    """Return the k with which mass action gives the old law's rate at the typical state."""
    equations = network.equations
    observed = {symbol(id): value for id, value in equations.observables.items()}
    law = equations.observables[reaction.id]
    rate, drive = typical_values(network, [law, substitute(substrates, observed)])
    found = abs(rate / drive) if drive else np.nan
    return float(found) if np.isfinite(found) and found > 0 else 1.0
