"""Where values of a model stand in its SBML file, as XPath, and back."""

from __future__ import annotations

import re

from hybridcell._core.errors import InvalidValueError, UnknownNameError, unknown_name
from hybridcell.mechanisms.reactions.elements import Definition, Species

_MODEL = "/sbml:sbml/sbml:model"
_TARGET = re.compile(
    r"""^/sbml:sbml/sbml:model/
    (?:sbml:listOfReactions/sbml:reaction\[@id=['"](?P<reaction>\w+)['"]\]/sbml:kineticLaw/)?
    sbml:listOf\w+/sbml:(?P<kind>\w+)\[@id=['"](?P<id>\w+)['"]\]
    (?:/@(?P<attribute>\w+))?$""",
    re.VERBOSE,
)


def value_target(definition: Definition, id: str) -> str:
    """Return the XPath of the number that an id starts from.

    Parameters
    ----------
    definition : Definition
        Of the file.
    id : str
        Of a parameter (``v1.k`` of a local one), a compartment or a species.

    Raises
    ------
    UnknownNameError
        If the file has no such value.
    InvalidValueError
        If a species has no number to start from, or a rule or an initial assignment decides the value, so
        that another number in its place would change nothing.
    """
    _check_free(definition, id)
    for parameter in definition.parameters:
        if parameter.id == id:
            return f"{_MODEL}/sbml:listOfParameters/sbml:parameter[@id='{id}']/@value"
    for compartment in definition.compartments:
        if compartment.id == id:
            return f"{_MODEL}/sbml:listOfCompartments/sbml:compartment[@id='{id}']/@size"
    for species in definition.species:
        if species.id == id:
            return f"{quantity_target(id)}/@{_start_attribute(species)}"
    tag = "parameter" if definition.level < 3 else "localParameter"
    local = f"sbml:listOf{tag[0].upper()}{tag[1:]}s/sbml:{tag}"
    for reaction in definition.reactions:
        for parameter in reaction.local_parameters:
            if parameter.id == id:
                law = f"{_MODEL}/sbml:listOfReactions/sbml:reaction[@id='{reaction.id}']/sbml:kineticLaw"
                own = id.removeprefix(f"{reaction.id}.")
                return f"{law}/{local}[@id='{own}']/@value"
    known = [one.id for part in (definition.parameters, definition.species) for one in part]
    raise unknown_name("value in the model's file (named by a condition)", id, known)


def _check_free(definition: Definition, id: str) -> None:
    decided = (("a rule", definition.rules), ("an initial assignment", definition.initial_assignments))
    for what, settings in decided:
        # a rate rule says how a value goes on, not where it begins
        if any(one.variable == id and getattr(one, "kind", "") != "rate" for one in settings):
            raise InvalidValueError(
                f"{id!r} cannot be set by a condition: {what} of the file decides its value. Set what it is "
                "computed from."
            )


def quantity_target(id: str) -> str:
    """Return the XPath of a species."""
    return f"{_MODEL}/sbml:listOfSpecies/sbml:species[@id='{id}']"


def _start_attribute(species: Species) -> str:
    if species.initial_amount is not None:
        return "initialAmount"
    if species.initial_concentration is not None:
        return "initialConcentration"
    raise InvalidValueError(
        f"Species {species.id!r} has no number to start from in the file, so that a condition cannot change "
        "it there; give the network one with with_values."
    )


def id_of_target(target: str, definition: Definition) -> str | None:
    """Return the id whose value an XPath means, ``v1.k`` for a local parameter; None for any other XPath."""
    found = _TARGET.match(target.strip())
    if found is None or found["attribute"] is None:
        return None
    id = f"{found['reaction']}.{found['id']}" if found["reaction"] else found["id"]
    try:
        meant = value_target(definition, id)
    except (InvalidValueError, UnknownNameError):
        return None
    # an amount in the place of the concentration that the file gives would be another number
    return id if meant.endswith(f"@{found['attribute']}") else None
