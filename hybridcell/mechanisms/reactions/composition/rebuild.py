"""A network made anew from a changed definition, with the values that it had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hybridcell._core.hole import Hole, Holes
from hybridcell._core.parameter import Freedom
from hybridcell.mechanisms.reactions.elements import Definition

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
    base = network.holes.base if len(network.holes) else network.definition
    holes = Holes(
        base=base, holes=(*network.holes.holes, hole), freedoms={**network.holes.freedoms, **freedoms}
    )
    return ReactionNetwork(
        definition=made.definition, equations=made.equations, values=made.values, holes=holes
    )
