"""A readout that is learned: one more variable with a rule, on which nothing depends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import Expression, apply, number, symbol
from hybridcell._core.hole import Hole
from hybridcell.mechanisms.reactions.composition.editor import Editor, is_id

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork


def put_readout(network: ReactionNetwork, piece: Any) -> ReactionNetwork:
    """Return the network with a readout more, as a `NeuralReadout` says."""
    editor = Editor(network)
    if piece.name in editor.taken or piece.name in network.equations.observables:
        raise InvalidValueError(
            f"The network has an element {piece.name!r} already; give the readout another name."
        )
    if not is_id(piece.name):
        raise InvalidValueError(
            f"{piece.name!r} is no id for a readout; wanted letters, digits and underscores, and not 'time'."
        )
    prefix = editor.new_prefix(f"nn_{piece.name}")
    given = editor.add_inputs(prefix, piece.inputs, scaled=True)
    expansion = piece.expand(prefix, given, 1)
    weights = editor.add_expansion(expansion)
    editor.add_variable(
        piece.name, _linked(piece.output, symbol(expansion.outputs[0])), name="learned readout"
    )
    hole = Hole(
        id=prefix, kind="readout", targets=(piece.name,), inputs=piece.inputs,
        scales=tuple(str(scale.value) for _, scale in given.values()), weights=weights,
        outputs=expansion.outputs, piece=piece,
    )  # fmt: skip
    return editor.finished(hole)


def _linked(output: str, z: Expression) -> Expression:
    if output == "positive":
        return apply("exp", z)
    if output == "fraction":
        half = apply("tanh", apply("mul", number(0.5), z))
        return apply("mul", number(0.5), apply("add", number(1.0), half))
    return z
