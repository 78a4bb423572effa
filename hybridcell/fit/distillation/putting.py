"""A law in the place of a neural piece, with constants of its own."""

from __future__ import annotations

from dataclasses import replace

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.hole import Hole, Holes
from hybridcell.fit.distillation.law import Law
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.composition.editor import Editor
from hybridcell.mechanisms.reactions.composition.overridden import residuals_on, without_residuals_on
from hybridcell.mechanisms.reactions.network import ReactionNetwork


def find_hole(network: ReactionNetwork, target: str) -> tuple[Hole, str]:
    """Return the piece that determines a reaction, and the id of that reaction.

    Parameters
    ----------
    target : str
        A reaction with a neural rate, or a species that a residual moves.
    """
    for hole in network.holes:
        reaction = hole.terms.get(target, target)
        if hole.kind == "rate" and target in hole.targets:
            residuals_on(network, target)
            return hole, target
        if hole.kind == "residual" and target in (*hole.terms, *hole.terms.values()):
            if len(hole.outputs) > 1:
                raise InvalidValueError(
                    f"Residual {hole.id!r} has {len(hole.outputs)} terms out of one network; a law can take "
                    "the place of one that stands alone. Fit the hybrid with a NeuralResidual for "
                    f"outputs=[{target!r}] of its own."
                )
            if reaction not in network.equations.reactions:
                raise InvalidValueError(
                    f"The residual on {target!r} is a term inside of another law or rate rule, which has no "
                    "reaction of its own; learn the whole law: network.replace(reaction, hc.NeuralRate(...))."
                )
            return hole, reaction
    learned = {
        id: None
        for hole in network.holes
        if hole.kind in ("rate", "residual")
        for id in (hole.targets if hole.kind == "rate" else hole.terms)
    }
    if not learned:
        raise InvalidValueError(
            "There is nothing to distill: no rate of this network is learned (network.holes is empty, or has "
            "parameters and readouts only)."
        )
    raise unknown_name("learned rate", target, learned)


def with_law(network: ReactionNetwork, hole: Hole, reaction: str, law: Law) -> ReactionNetwork:
    """Return the network in which a law determines the reaction, and the piece is gone.

    So are residuals that added to its rate: the law describes all of it.
    """
    network = without_residuals_on(network, reaction)
    editor = Editor(network)
    own = {hole.id, *hole.scales, *hole.weights, *hole.amplitudes.values(), *hole.outputs}
    others = tuple(h for h in network.holes if h is not hole)
    owners = {id: network.holes.owner(id) for id in editor.taken}
    gone = {id for id, h in owners.items() if h is hole or (id in own and h is None)} - {reaction}
    d = editor.definition
    editor.definition = replace(
        d,
        parameters=tuple(p for p in d.parameters if p.id not in gone),
        rules=tuple(rule for rule in d.rules if rule.variable not in gone),
        reactions=_with(d.reactions, reaction, law),
    )
    editor.taken -= gone
    for c in law.constants:
        editor.add_constant(c.id, c.value, c.freedom)
    freedoms = {id: f for id, f in network.holes.freedoms.items() if id not in gone} | editor.freedoms
    made = ReactionNetwork.from_definition(editor.definition)
    element = made.reactions[reaction]
    base = _base(network, element, law) if others else None
    return ReactionNetwork(
        definition=made.definition, equations=made.equations, values=made.values,
        holes=Holes(base=base, holes=others, freedoms=freedoms),
    )  # fmt: skip


def _base(network: ReactionNetwork, reaction: e.Reaction, law: Law) -> object:
    """Return the definition without any piece, with the law, and the reaction that a residual had added."""
    base = network.holes.base
    if not isinstance(base, e.Definition):
        return base
    added = tuple(e.ParameterElement(id=c.id, value=c.value) for c in law.constants)
    known = any(r.id == reaction.id for r in base.reactions)
    reactions = _with(base.reactions, reaction.id, law) if known else (*base.reactions, reaction)
    return replace(base, parameters=(*base.parameters, *added), reactions=reactions)


def _with(reactions: tuple[e.Reaction, ...], id: str, law: Law) -> tuple[e.Reaction, ...]:
    return tuple(
        replace(r, law=law.math, local_parameters=(), law_element=None) if r.id == id else r
        for r in reactions
    )
