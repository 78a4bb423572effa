"""Which elements of a network are learned, and what part each plays."""

from __future__ import annotations

from hybridcell._core.hole import Hole, Holes
from hybridcell.mechanisms.reactions.elements import Definition

#: Parts whose values go into the math with ``weights="numbers"``.
NUMBERS = ("weight", "scale", "amplitude")


def learned_parts(definition: Definition, holes: Holes) -> dict[str, tuple[Hole, str]]:
    """Return hole and part of every element that a hole has brought along, in the order of the definition.

    Parts are "weight", "scale" (of an input), "amplitude" (of a residual), "constant" (rate and equilibrium
    constants, the value of a parameter where covariates are 0), "hidden", "output" and "flux" (what acts).
    """
    found: dict[str, tuple[Hole, str]] = {}
    if not len(holes):
        return found
    parts = {hole.id: _named_parts(hole) for hole in holes}
    constants = {p.id for p in definition.parameters if p.constant} - {
        a.variable for a in definition.initial_assignments
    }
    reactions = {r.id for r in definition.reactions}
    for element in (*definition.parameters, *definition.reactions):
        hole = _owner(element.id, holes)
        if hole is None:
            continue
        part = parts[hole.id].get(element.id)
        if part is None:
            part = "flux" if element.id in reactions else "constant" if element.id in constants else "hidden"
        found[element.id] = (hole, part)
    return found


def _owner(id: str, holes: Holes) -> Hole | None:
    """Return the hole among whose ids this is, or whose readout it is."""
    readouts = (hole for hole in holes.holes if hole.kind == "readout" and id in hole.targets)
    return next(readouts, None) or holes.owner(id)


def _named_parts(hole: Hole) -> dict[str, str]:
    return {
        **dict.fromkeys(hole.terms.values(), "flux"),
        **dict.fromkeys(hole.targets if hole.kind == "readout" else (), "flux"),
        **dict.fromkeys(hole.weights, "weight"),
        **dict.fromkeys((id for id in hole.scales if id), "scale"),
        **dict.fromkeys(hole.amplitudes.values(), "amplitude"),
        **dict.fromkeys(hole.outputs, "output"),
    }
