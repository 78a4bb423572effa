"""Residuals that were added to a law, where another law takes its place: they go with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import number, symbol
from hybridcell._core.expressions.expression import substitute
from hybridcell._core.hole import Hole
from hybridcell.mechanisms.reactions.level2_stoichiometry import ids_of
from hybridcell.mechanisms.reactions.views import current_definition

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork


def residuals_on(network: ReactionNetwork, reaction: str) -> tuple[Hole, ...]:
    """Return the residuals that add to the rate of a reaction.

    Raises
    ------
    InvalidValueError
        When one adds to something else, too, so that it cannot go with the law.
    """
    found = tuple(h for h in network.holes if h.kind == "residual" and reaction in h.targets)
    for hole in found:
        others = [target for target in hole.targets if target != reaction]
        if others:
            raise InvalidValueError(
                f"The residual {hole.id!r} adds to the rate of {reaction!r}, whose law is to be replaced, "
                f"and to {', '.join(others)}. Put the new law into network.mechanistic_only(), and add a "
                "residual for the others to that."
            )
    return found


def without_residuals_on(network: ReactionNetwork, reaction: str) -> ReactionNetwork:
    """Return the network without the residuals that add to the rate of a reaction."""
    for hole in residuals_on(network, reaction):
        network = _without(network, hole, reaction)
    return network


def _without(network: ReactionNetwork, hole: Hole, reaction: str) -> ReactionNetwork:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

    d = current_definition(network)
    gone = {id for id in ids_of(d) if network.holes.owner(id) is hole}
    nothing = {symbol(hole.terms[reaction]): number(0.0)}
    changed = replace(
        d,
        parameters=tuple(p for p in d.parameters if p.id not in gone),
        rules=tuple(rule for rule in d.rules if rule.variable not in gone),
        reactions=tuple(
            replace(r, law=substitute(r.law, nothing)) if r.id == reaction and r.law is not None else r
            for r in d.reactions
        ),
    )
    made = ReactionNetwork.from_definition(changed)
    holes = replace(
        network.holes,
        holes=tuple(h for h in network.holes if h is not hole),
        freedoms={id: freedom for id, freedom in network.holes.freedoms.items() if id not in gone},
    )
    return ReactionNetwork(
        definition=made.definition, equations=made.equations, values=made.values, holes=holes
    )
