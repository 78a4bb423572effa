"""The ways to put a piece into a network, and to take all of them out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.hole import AbstractPiece
from hybridcell.mechanisms.reactions.composition.parameter import parameter_and_base, put_parameter
from hybridcell.mechanisms.reactions.composition.rate import put_rate
from hybridcell.mechanisms.reactions.composition.readout import put_readout
from hybridcell.mechanisms.reactions.composition.residual import put_residual

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

_ADDED = {"residual": put_residual, "parameter": put_parameter, "readout": put_readout}


def replace_rate(network: ReactionNetwork, reaction: str, rate: Any) -> ReactionNetwork:
    """Return the network in which a reaction has another law; see `ReactionNetwork.replace`."""
    if not isinstance(rate, AbstractPiece) or rate.kind != "rate":
        raise InvalidValueError(
            f"replace was given a {type(rate).__name__} for the law of {reaction!r}; wanted a "
            "hc.NeuralRate(...). Residuals, parameters and readouts are added: network + piece."
        )
    return put_rate(network, reaction, rate)


def add_piece(network: ReactionNetwork, piece: Any) -> ReactionNetwork:
    """Return the network with one piece more; see `ReactionNetwork.__add__`."""
    kind = piece.kind if isinstance(piece, AbstractPiece) else ""
    if kind == "rate":
        raise InvalidValueError(
            'A NeuralRate takes the place of a law: network.replace("v7", rate), with the id of a reaction.'
        )
    if kind not in _ADDED:
        raise InvalidValueError(
            f"A piece of type {type(piece).__name__} cannot be added to a network; wanted hc.NeuralResidual, "
            "hc.NeuralParameter or hc.NeuralReadout."
        )
    return _ADDED[kind](network, piece)


def without_pieces(network: ReactionNetwork) -> ReactionNetwork:
    """Return the network without its pieces, with the values that its constants have now."""
    from hybridcell.mechanisms.reactions.elements import Definition
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

    if not isinstance(network.holes.base, Definition):
        return network
    bare = ReactionNetwork.from_definition(network.holes.base)
    now = dict(zip(network.equations.constants, network.values))
    for hole in network.holes:
        if hole.kind == "parameter":
            parameter, base = parameter_and_base(hole)
            now[parameter] = now[base]
    kept = {id: now[id] for id in bare.equations.constants if id in now}
    return bare.with_values(kept)
