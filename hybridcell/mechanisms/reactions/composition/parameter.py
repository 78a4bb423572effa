"""A parameter that becomes a function of covariates, computed at the start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.expressions import apply, number, symbol
from hybridcell._core.expressions.expression import substitute
from hybridcell._core.hole import Hole
from hybridcell._core.parameter import Freedom
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.composition.editor import Editor, is_id

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork


def put_parameter(network: ReactionNetwork, piece: Any) -> ReactionNetwork:
    """Return the network in which a parameter depends on covariates, as a `NeuralParameter` says."""
    editor = Editor(network)
    element = constant_parameter(network, editor, piece.parameter)
    value = element.value
    if value is None:
        raise InvalidValueError(f"Parameter {element.id!r} has no value to start from; give it one first.")
    positive = value > 0 if piece.positive is None else piece.positive
    if positive and value <= 0:
        raise InvalidValueError(f"positive=True, but parameter {element.id!r} is {value:g}.")
    prefix = editor.new_prefix(f"nn_{element.id}")
    _add_covariates(network, editor, piece.covariates, parameter=element.id)
    given = {id: (symbol(id), number(1.0)) for id in piece.covariates}
    expansion = piece.expand(prefix, given, 1)
    weights = editor.add_expansion(expansion, at_start=True)
    base = editor.add_constant(
        _base_id(prefix), value, Freedom(transform="log" if positive else "identity"),
        name=f"{element.name or element.id} where all covariates are 0",
    )  # fmt: skip
    output = symbol(expansion.outputs[0])
    math = apply("mul", base, apply("exp", output)) if positive else apply("add", base, output)
    target = as_global(editor, element)
    assignment = e.InitialAssignment(variable=target, math=math)
    editor.definition = replace(
        editor.definition, initial_assignments=(*editor.definition.initial_assignments, assignment)
    )
    hole = Hole(
        id=prefix, kind="parameter", targets=(target,), inputs=piece.covariates, scales=(), weights=weights,
        outputs=expansion.outputs, piece=piece,
    )  # fmt: skip
    return editor.finished(hole)


def parameter_and_base(hole: Hole) -> tuple[str, str]:
    """Return the ids of the parameter, and of its value where all covariates are 0."""
    piece: Any = hole.piece
    return piece.parameter, _base_id(hole.id)


def _base_id(prefix: str) -> str:
    return f"{prefix}_base"


def constant_parameter(network: ReactionNetwork, editor: Editor, id: str) -> e.ParameterElement:
    """Return the parameter with this id, which must be a constant, local ones included."""
    definition = editor.definition
    local = [p for r in definition.reactions for p in r.local_parameters]
    for element in (*definition.parameters, *local):
        if element.id == id:
            if not element.constant or id not in network.equations.constants:
                raise InvalidValueError(
                    f"Parameter {id!r} is set by a rule, an event or an assignment; a NeuralParameter takes "
                    "the place of a constant."
                )
            return element
    raise unknown_name("parameter", id, [p.id for p in (*definition.parameters, *local)])


def _add_covariates(
    network: ReactionNetwork, editor: Editor, ids: tuple[str, ...], *, parameter: str
) -> None:
    for id in ids:
        if id == parameter:
            raise InvalidValueError(f"Covariate {id!r} is the parameter itself; name what it depends on.")
        # the name of a state is among the constants, too: it stands for its initial value there
        moves = id in network.equations.states
        if id in network.equations.constants and not moves:
            continue
        if moves or id in network.equations.observables:
            hint = " To follow its initial value, give that to a covariate of another name." if moves else ""
            raise InvalidValueError(
                f"Covariate {id!r} is no constant of the network; a parameter that follows a species is a "
                f"rate (NeuralRate) or a residual.{hint}"
            )
        if not is_id(id):
            raise InvalidValueError(
                f"Covariate {id!r} is no id; wanted letters, digits and underscores, and not 'time'."
            )
        editor.add_constant(id, 0.0, Freedom(trainable=False), name=f"covariate {id}")


def as_global(editor: Editor, element: e.ParameterElement) -> str:
    """Return the id of the parameter; a local one becomes one of the network, which an assignment can set."""
    if "." not in element.id:
        return element.id
    reaction_id = element.id.split(".", 1)[0]
    id = editor.new_prefix(element.id.replace(".", "_"))
    editor.taken.add(id)
    d = editor.definition
    reactions = tuple(
        r
        if r.id != reaction_id or r.law is None
        else replace(
            r,
            law=substitute(r.law, {symbol(element.id): symbol(id)}),
            local_parameters=tuple(p for p in r.local_parameters if p.id != element.id),
        )
        for r in d.reactions
    )
    moved = replace(element, id=id)
    editor.definition = replace(d, reactions=reactions, parameters=(*d.parameters, moved))
    return id
