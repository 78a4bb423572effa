"""A light look at a model: which ids there are, and which of them a simulation moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hybridcell._core.errors import SBMLError
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.sbml.read.preflight import preflight


@dataclass(frozen=True)
class ModelIds:
    """Ids of an SBML model.

    Attributes
    ----------
    all : frozenset of str
        Compartments, species, parameters and reactions.
    moving : frozenset of str
        Species and whatever a rate rule changes: what a state keeps from one period to the next.
    values : mapping of str to float
        Values of compartments and parameters that are literal numbers of the file.
    """

    all: frozenset[str]
    moving: frozenset[str]
    values: Mapping[str, float] = field(default_factory=dict)


def model_ids(path: Path, name: str) -> ModelIds:
    """Return the ids of a model, without building it.

    Raises
    ------
    PetabError
        If the file holds no model.
    """
    import libsbml

    text = path.read_bytes()
    try:
        preflight(text)  # libsbml trusts what it reads
    except SBMLError as error:
        raise PetabError(name, error.line, reason=str(error)) from None
    document = libsbml.readSBMLFromFile(str(path))
    model = document.getModel()
    if model is None:
        raise PetabError(name, reason="the file holds no model", hint="Wanted an SBML file.")
    species = {element.getIdAttribute() for element in model.getListOfSpecies()}
    others = {
        element.getIdAttribute()
        for elements in (
            model.getListOfCompartments(),
            model.getListOfParameters(),
            model.getListOfReactions(),
        )
        for element in elements
    }
    moved = {rule.getVariable() for rule in model.getListOfRules() if rule.isRate()}
    computed = {rule.getVariable() for rule in model.getListOfRules()}
    computed |= {start.getSymbol() for start in model.getListOfInitialAssignments()}
    values = {p.getIdAttribute(): p.getValue() for p in model.getListOfParameters() if p.isSetValue()}
    values |= {c.getIdAttribute(): c.getSize() for c in model.getListOfCompartments() if c.isSetSize()}
    literal = {name: float(value) for name, value in values.items() if name not in computed}
    return ModelIds(frozenset(species | others), frozenset(species | moved), literal)
