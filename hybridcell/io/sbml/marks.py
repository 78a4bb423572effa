"""Learned elements marked as such: SBO terms, annotations of our own, a group for each hole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hybridcell._core.hole import Hole
from hybridcell._version import __version__
from hybridcell.io.sbml.document import NAMESPACE, as_attributes
from hybridcell.io.sbml.packages import group
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.annotations import RDF
from hybridcell.mechanisms.reactions.level2_stoichiometry import ids_of, new_id

#: Quantitative systems description parameter, rate law, occurring entity.
_SBO_PARAMETER, _SBO_LAW, _SBO_REACTION = "SBO:0000002", "SBO:0000001", "SBO:0000231"


def marked(
    definition: e.Definition, parts: Mapping[str, tuple[Hole, str]], facts: Mapping[str, object]
) -> e.Definition:
    """Return the definition in which learned elements say what they are.

    Elements that the source has annotated keep what they say: of a reaction whose law is learned, the law is
    marked and not the reaction.

    Parameters
    ----------
    definition : Definition
    parts : mapping of id to (Hole, str)
        As `learned_parts` returns them.
    facts : mapping of str to object
        What is true of all of them, such as the hash of the data.
    """
    metaids = _Metaids(definition)
    laws = {target: hole for hole, _ in parts.values() for target in hole.targets if hole.kind == "rate"}
    starts = {t: hole for hole, _ in parts.values() for t in hole.targets if hole.kind == "parameter"}

    def element(one: Any, sbo: str) -> Any:
        if one.id not in parts:
            return one
        hole, part = parts[one.id]
        about = description(hole, facts) if part == "output" else {}
        return metaids.annotated(replace(one, sbo=sbo), hole.id, part, about)

    def reaction(one: e.Reaction) -> e.Reaction:
        one = element(one, _SBO_REACTION)
        if one.id not in laws:
            return one
        law = replace(one.law_element or e.Element(), sbo=_SBO_LAW)
        return replace(one, law_element=metaids.annotated(law, laws[one.id].id, "law", {}))

    def start(one: e.InitialAssignment) -> e.InitialAssignment:
        hole = starts.get(one.variable)
        return one if hole is None else metaids.annotated(one, hole.id, "law", {})

    return replace(
        definition,
        parameters=tuple(element(p, _SBO_PARAMETER) for p in definition.parameters),
        initial_assignments=tuple(map(start, definition.initial_assignments)),
        reactions=tuple(map(reaction, definition.reactions)),
    )


def description(hole: Hole, facts: Mapping[str, object]) -> dict[str, object]:
    """Return what is known of a hole, as attributes."""
    return {
        "kind": hole.kind,
        "targets": " ".join(hole.targets),
        "inputs": " ".join(hole.inputs),
        **architecture(hole.piece),
        **facts,
    }


def architecture(piece: Any) -> dict[str, object]:
    """Return what a neural piece is made of, and by which version, as attributes."""
    layers = getattr(piece, "layers", piece)
    seed = getattr(layers, "seed", None)
    return {
        "architecture": type(piece).__name__,
        "width": getattr(layers, "width", None),
        "depth": getattr(layers, "depth", None),
        "activation": getattr(layers, "activation", None),
        "transform": getattr(layers, "transform", "linear"),
        "bound": getattr(layers, "bound", None),
        "seed": " ".join(map(str, seed)) if seed is not None else _seed_of_key(piece),
        "hybridcell": __version__,
    }


def _seed_of_key(piece: Any) -> str | None:
    from hybridcell.neural.multilayer import seed_of

    key = getattr(piece, "key", None)
    return None if key is None else " ".join(map(str, seed_of(key)))


def hole_groups(
    definition: e.Definition, parts: Mapping[str, tuple[Hole, str]], facts: Mapping[str, object]
) -> tuple[str, ...]:
    """Return a group for each hole: its elements that are in the definition, and what it determines."""
    here = set(ids_of(definition))
    members: dict[str, list[str]] = {}
    holes: dict[str, Hole] = {}
    for id, (hole, _) in parts.items():
        if id in here:
            members.setdefault(hole.id, []).append(id)
            holes[hole.id] = hole
    taken = set(here)
    groups = []
    for id, hole in holes.items():
        sid = new_id(f"{id}_elements", taken)
        # a residual's targets are moved by its reactions, and not learned themselves
        reached = [t for t in hole.targets if t in here and hole.kind != "residual"]
        about = {"id": id, **description(hole, facts)}
        note = f'<annotation><hc:hole xmlns:hc="{NAMESPACE}"{as_attributes(about)}/></annotation>'
        name = f"neural {hole.kind} of {', '.join(hole.targets)}"
        groups.append(group(sid, name, dict.fromkeys([*members[id], *reached]), note))
    return tuple(groups)


class _Metaids:
    """Gives metaids to elements that have none; an RDF annotation is about a metaid."""

    def __init__(self, definition: e.Definition):
        local = [p for r in definition.reactions for p in r.local_parameters]
        sides = [one for r in definition.reactions for one in (*r.reactants, *r.products)]
        inner = [one for r in definition.reactions for one in (r.law_element, *r.modifier_elements) if one]
        parts = (
            (definition,), definition.units, definition.functions, definition.compartments,
            definition.species, definition.parameters, definition.initial_assignments, definition.rules,
            definition.reactions, definition.events, local, sides, inner,
        )  # fmt: skip
        self._taken = {one.metaid for part in parts for one in part if one.metaid}

    def annotated(self, one: Any, hole: str, part: str, about: Mapping[str, object]) -> Any:
        """Return the element with an annotation, unless it has one."""
        if one.annotation:
            return one
        metaid = one.metaid or new_id(f"meta_{one.id or hole}_{part}", self._taken)
        values = {f"hc:{name}": value for name, value in {"hole": hole, "role": part, **about}.items()}
        inside = as_attributes({"rdf:about": f"#{metaid}", **values})
        annotation = (
            f'<annotation><rdf:RDF xmlns:rdf="{RDF}" xmlns:hc="{NAMESPACE}">'
            f"<rdf:Description{inside}/></rdf:RDF></annotation>"
        )
        return replace(one, metaid=metaid, annotation=annotation)
