"""A network made anew from a changed definition, with the values that it had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hybridcell._core.hole import Hole, Holes
from hybridcell._core.parameter import Freedom
from hybridcell.mechanisms.reactions.composition.parameter import parameter_and_base
from hybridcell.mechanisms.reactions.current import changed_values, with_changes
from hybridcell.mechanisms.reactions.elements import Definition
from hybridcell.mechanisms.reactions.views import current_definition

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork


def rebuilt_network(
    network: ReactionNetwork, definition: Definition, hole: Hole, freedoms: Mapping[str, Freedom]
) -> ReactionNetwork:
    """Return the network that a definition means, with one hole more than another has.

    The definition holds that other's values of now, so that values carry over.
    """
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

    made = ReactionNetwork.from_definition(definition)
    base = _mechanism(network)
    holes = Holes(
        base=base, holes=(*network.holes.holes, hole), freedoms={**network.holes.freedoms, **freedoms}
    )
    return ReactionNetwork(
        definition=made.definition, equations=made.equations, values=made.values, holes=holes
    )


def _mechanism(network: ReactionNetwork) -> Definition:
    """Return the definition without pieces, with the values of now.

    A constant that the next piece takes the place of will have its value nowhere else.
    """
    if not isinstance(network.holes.base, Definition):
        return current_definition(network)
    changes = changed_values(network.equations, network.values)
    for hole in network.holes:
        if hole.kind == "parameter":
            parameter, base = parameter_and_base(hole)
            if base in changes:
                changes[parameter] = changes[base]
    return with_changes(network.holes.base, changes)
