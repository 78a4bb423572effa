"""A neural term added to what moves a network: species by reactions of their own, variables, fluxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.expressions import Expression, apply, number, symbol
from hybridcell._core.expressions.expression import product, total
from hybridcell._core.hole import Hole
from hybridcell._core.parameter import Freedom
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.composition.editor import Editor
from hybridcell.mechanisms.reactions.composition.typical import typical_scales, typical_values
from hybridcell.mechanisms.reactions.conservation import conserved_moieties
from hybridcell.mechanisms.reactions.elimination import left_null_space

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

_HELD = Freedom(transform="log", trainable=False)
#: Below this share of its scale a species is consumed more slowly, and not at all at 0.
_SCARCE = 0.01
#: A reaction whose law is a formula without a mechanism.
_SBO_REACTION = "SBO:0000231"


@dataclass(frozen=True)
class _Term:
    """One output: along which amounts of species it points, or the id of a variable or reaction."""

    name: str
    direction: Mapping[str, int]
    target: str = ""


def put_residual(network: ReactionNetwork, piece: Any) -> ReactionNetwork:
    """Return the network with the terms of a `NeuralResidual`."""
    editor = Editor(network)
    movable = _movable(network)
    outputs = _outputs(network, piece.outputs, movable)
    inputs = tuple(s for s in movable if movable[s] == "species") if piece.inputs is None else piece.inputs
    if not inputs:
        raise InvalidValueError("A residual needs at least one input; found none. Name them: inputs=[...].")
    terms = _terms(network, outputs, movable, conserve=piece.conserve)
    prefix = editor.new_prefix("nn_residual")
    given = editor.add_inputs(prefix, tuple(inputs), scaled=True)
    sizes = _amplitudes(network, terms)
    expansion = piece.expand(prefix, given, len(terms))
    weights = editor.add_expansion(expansion)
    amplitudes: dict[str, str] = {}
    added: dict[str, list[Expression]] = {}
    found: dict[str, str] = {}
    for term, unit in zip(terms, expansion.outputs, strict=True):
        wish = f"{prefix}_a_{term.name.replace('.', '_')}"
        size = editor.add_constant(wish, sizes[term.name], _HELD, name=f"size of {unit}")
        amplitudes[unit] = str(size.value)
        if term.direction:
            id = editor.new_prefix(f"{prefix}_{term.name}")
            editor.taken.add(id)
            law = apply("mul", size, _guarded(network, symbol(unit), term.direction, positive=piece.positive))
            _add_reaction(editor, id, law, term.direction)
            found.update({species: id for species in term.direction if species in outputs})
            continue
        changed = _changed_by(network, term.target, movable)
        value = _guarded(network, symbol(unit), changed, positive=piece.positive)
        part = editor.add_variable(f"{unit}_added", apply("mul", size, value))
        added.setdefault(term.target, []).append(part)
        found[term.target] = str(part.value)
    editor.definition = _with_terms(editor.definition, added)
    hole = Hole(
        id=prefix, kind="residual", targets=tuple(outputs), inputs=tuple(inputs),
        scales=tuple(str(scale.value) for _, scale in given.values()), weights=weights,
        outputs=expansion.outputs, piece=piece, amplitudes=amplitudes, terms=found,
    )  # fmt: skip
    return editor.finished(hole)


def _movable(network: ReactionNetwork) -> dict[str, str]:
    """Return "species", "variable" or "reaction" for everything to which a term can be added."""
    definition = network.definition
    ruled = {rule.variable: rule.kind for rule in definition.rules if rule.variable}
    found = {s.id: "species" for s in definition.species if not (s.boundary or s.constant or s.id in ruled)}
    found |= {id: "variable" for id, kind in ruled.items() if kind == "rate"}
    return found | {r.id: "reaction" for r in definition.reactions}


def _outputs(
    network: ReactionNetwork, wanted: Sequence[str] | None, movable: Mapping[str, str]
) -> tuple[str, ...]:
    if wanted is None:
        found = tuple(id for id, kind in movable.items() if kind != "reaction")
        if not found:
            raise InvalidValueError("A residual needs at least one output, and this network has no states.")
        return found
    for id in wanted:
        if id in movable:
            continue
        if id in network.equations.observables:
            raise InvalidValueError(
                f"Nothing can be added to {id!r}: it is a constant, a boundary species or set by a rule. "
                "Outputs are species that reactions change, variables with a rate rule, and reactions."
            )
        raise unknown_name("species or reaction (named as residual output)", id, movable)
    if not wanted:
        raise InvalidValueError("outputs is empty; wanted at least one species or reaction.")
    return tuple(wanted)


def _terms(
    network: ReactionNetwork, outputs: Sequence[str], movable: Mapping[str, str], *, conserve: bool
) -> list[_Term]:
    species = [id for id in outputs if movable[id] == "species"]
    others = [_Term(id, {}, id) for id in outputs if movable[id] != "species"]
    index = {id: i for i, id in enumerate(species)}
    moieties = conserved_moieties(network.equations) if conserve and species else ()
    columns = [
        {index[id]: k for id, k in zip(moiety.ids, moiety.coefficients) if id in index} for moiety in moieties
    ]
    basis = left_null_space([c for c in columns if c], range(len(species)))
    reached = {i for direction in basis for i in direction}
    for i, id in enumerate(species):
        if i in reached:
            continue
        broken = next(m for m in moieties if id in m.ids)
        others_of = [name for name in broken.ids if name != id]
        raise InvalidValueError(
            f"A residual on {id!r} would break the conservation of {broken}. Name other members of the sum "
            f"as outputs too ({', '.join(others_of[:4])}), between which the residual then moves amounts, or "
            "reactions instead of species, or give conserve=False if the sum is not conserved in truth."
        )
    return [
        *(_Term(_direction_name(species, d), {species[i]: k for i, k in sorted(d.items())}) for d in basis),
        *others,
    ]


def _direction_name(species: Sequence[str], direction: Mapping[int, int]) -> str:
    return "_".join(species[i] for i in sorted(direction))


def _changed_by(network: ReactionNetwork, id: str, movable: Mapping[str, str]) -> dict[str, float]:
    """Return which species a reaction makes (above 0) and uses (below 0); nothing of a variable."""
    net: dict[str, float] = {}
    for reaction in network.definition.reactions:
        for sign, side in ((-1, reaction.reactants), (1, reaction.products)):
            for one in side if reaction.id == id else ():
                count = 1.0 if one.stoichiometry is None else one.stoichiometry
                net[one.species] = net.get(one.species, 0.0) + sign * count
    return {species: k for species, k in net.items() if movable.get(species) == "species"}


def _guarded(
    network: ReactionNetwork, z: Expression, direction: Mapping[str, float], *, positive: bool
) -> Expression:
    """Return z, held back where what it would consume runs out."""
    if not positive:
        return z
    scales = typical_scales(network, tuple(direction))

    def left(ids: list[str]) -> Expression:
        return product(
            # by the absolute value: what a solver's error makes negative is filled up again
            apply("div", symbol(id), apply("add", apply("abs", symbol(id)), number(_SCARCE * scales[id])))
            for id in ids
        )

    used_forward = [id for id, k in direction.items() if k < 0]
    used_backward = [id for id, k in direction.items() if k > 0]
    forward = apply("mul", apply("max", z, number(0.0)), left(used_forward))
    backward = apply("mul", apply("min", z, number(0.0)), left(used_backward))
    return apply("add", forward, backward)


def _add_reaction(editor: Editor, id: str, law: Expression, direction: Mapping[str, int]) -> None:
    def side(sign: int) -> tuple[e.SpeciesReference, ...]:
        return tuple(
            e.SpeciesReference(species=s, stoichiometry=float(abs(k)))
            for s, k in direction.items()
            if k * sign > 0
        )

    reaction = e.Reaction(
        id=id, name=f"learned change of {', '.join(direction)}", sbo=_SBO_REACTION, reactants=side(-1),
        products=side(1), law=law, reversible=True,
    )  # fmt: skip
    editor.definition = replace(editor.definition, reactions=(*editor.definition.reactions, reaction))


def _with_terms(definition: e.Definition, added: Mapping[str, list[Expression]]) -> e.Definition:
    def more(math: Expression | None, id: str) -> Expression:
        return total([*([] if math is None else [math]), *added[id]])

    rules = tuple(
        replace(rule, math=more(rule.math, rule.variable))
        if rule.kind == "rate" and rule.variable in added
        else rule
        for rule in definition.rules
    )
    reactions = tuple(replace(r, law=more(r.law, r.id)) if r.id in added else r for r in definition.reactions)
    return replace(definition, rules=rules, reactions=reactions)


def _amplitudes(network: ReactionNetwork, terms: Sequence[_Term]) -> dict[str, float]:
    """Return the size of each term: that of the mechanism's own rates there, or of the fastest ones."""
    equations = network.equations
    fluxes = dict(
        zip(equations.reactions, np.abs(typical_values(network, equations.fluxes)).tolist(), strict=True)
    )
    usable = [v for v in fluxes.values() if np.isfinite(v) and v > 0]
    usual = float(np.median(usable)) if usable else 1.0
    sizes: dict[str, float] = {}
    for term in terms:
        if term.target in fluxes:
            found = fluxes[term.target]
        elif term.target:
            found = typical_scales(network, [term.target])[term.target]
        else:
            touching = [
                fluxes[r.id]
                for r in network.definition.reactions
                if any(one.species in term.direction for one in (*r.reactants, *r.products))
            ]
            found = max((v for v in touching if np.isfinite(v)), default=0.0)
        sizes[term.name] = found if np.isfinite(found) and found > 0 else usual
    return sizes
