"""What perturbations in words mean for a network of reactions: values of its constants, and scaled rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hybridcell._core.arrays import is_traced
from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.expressions import Expression, symbol
from hybridcell.data.perturbation import Action, Perturbation
from hybridcell.data.units import convert_dose
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.composition.drugs import drugs_in
from hybridcell.mechanisms.reactions.composition.scaled_rates import reaction_of, with_scaled_rates
from hybridcell.mechanisms.reactions.level2_stoichiometry import ids_of, new_id

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork


class Times(float):
    """In the place of a constant's value: a factor on the value that the network has."""


def perturbed_network(
    network: ReactionNetwork, perturbations: Sequence[Perturbation]
) -> tuple[ReactionNetwork, list[dict[str, float]]]:
    """Return a network that can be perturbed so, and the constants of each condition.

    A dose sets the drug's constant, in its unit. What is left of something (0 after a knockout, 0.2 after a
    knockdown 80%, 3 after an overexpression 3x, 0.1 after an inhibition 0.9) multiplies

    - of a species: its initial amount or concentration, and the rates of the reactions that make it from
      nothing (no reactants, the species a product); where it is held (boundary, constant), its value. Other
      species that contain it, such as its phosphorylated form, stay as they are: name them, too;
    - of a reaction: its rate;
    - of a parameter: its value.

    Reactions whose rates are scaled get a factor, a constant ``rate_of_<reaction>``, in the network returned.

    Raises
    ------
    UnknownNameError
        On a name that the network does not have; the nearest is suggested.
    InvalidValueError
        On a drug's dose without a drug, something done to a drug, a species that there is nothing of, or one
        whose start or course something else decides.
    """
    actions = [action for one in perturbations for action in one.actions]
    scaled = dict.fromkeys(id for action in actions for id in _reactions(network, action))
    taken = set(ids_of(network.definition))
    names = {id: new_id(f"rate_of_{id}", taken) for id in scaled}
    if names:
        constants = [e.ParameterElement(id=name, value=1.0, unit="dimensionless") for name in names.values()]
        factors: dict[str, list[Expression]] = {id: [symbol(name)] for id, name in names.items()}
        network = with_scaled_rates(network, factors, constants)
    return network, [_settings(network, one, names) for one in perturbations]


def _reactions(network: ReactionNetwork, action: Action) -> list[str]:
    """Return the reactions whose rates an action changes; refuse what it cannot be done to."""
    drugs, name = drugs_in(network), action.name
    species = {s.id: s for s in network.definition.species}
    reactions = [r.id for r in network.definition.reactions]
    if action.word == "dose":
        if name not in drugs:
            raise _no_drug(network, action, drugs)
        return []
    if name in drugs:
        raise InvalidValueError(f"{name!r} is a drug; wanted its dose, such as '{name} 0.5 uM'.")
    if name in reactions:
        return [reaction_of(network, name, f"{action.word} of {name!r}").id]
    if name in species:
        return _making(network, action, species[name])
    if name in {c.id for c in network.definition.compartments} or name not in network.equations.constants:
        if name in network.equations.observables:
            raise InvalidValueError(
                f"{name!r} cannot be perturbed ({action}): a rule or the network's structure decides its "
                "value. Name a species, a reaction or a parameter."
            )
        raise unknown_name("species, reaction or parameter", name, _names(network))
    return []


def _making(network: ReactionNetwork, action: Action, species: e.Species) -> list[str]:
    """Return the reactions that make a species from nothing; refuse one that has nothing to perturb."""
    for rule in network.definition.rules:
        if rule.variable == species.id:
            raise InvalidValueError(
                f"{species.id!r} cannot be perturbed ({action}): a {rule.kind} rule decides its course. Name "
                "a parameter that the rule reads."
            )
    found = [
        reaction.id
        for reaction in network.definition.reactions
        if not reaction.reactants
        and reaction.law is not None
        and species.id in {one.species for one in reaction.products}
    ]
    if species.id not in network.equations.constants:
        raise InvalidValueError(
            f"{species.id!r} cannot be perturbed ({action}): an initial assignment decides its start. Name "
            "what it is computed from."
        )
    start = network.values[network.equations.constants.index(species.id)]
    if not found and not is_traced(start) and float(start) == 0:
        raise InvalidValueError(
            f"There is nothing of {species.id!r} to perturb ({action}): it starts at 0, and no reaction "
            "makes it from nothing. Name the form that is there at the start, or the reaction that makes it."
        )
    return found


def _settings(network: ReactionNetwork, one: Perturbation, names: dict[str, str]) -> dict[str, float]:
    drugs = drugs_in(network)
    settings: dict[str, float] = {}
    for action in one.actions:
        if action.word == "dose":
            unit = drugs[action.name]
            dose = convert_dose(action.size, action.unit, unit) if action.unit else action.size
            if dose < 0:
                raise InvalidValueError(f"The dose of {action.name!r} is {dose:g}; wanted 0 or more.")
            settings[action.name] = dose
            continue
        places = [names[id] for id in _reactions(network, action)]
        if action.name in network.equations.constants:
            places.append(action.name)
        for place in places:
            settings[place] = Times(settings.get(place, 1.0) * action.factor)
    return settings


def _names(network: ReactionNetwork) -> list[str]:
    d = network.definition
    local = [p.id for r in d.reactions for p in r.local_parameters]
    return [*(x.id for part in (d.species, d.reactions, d.parameters) for x in part), *local]


def _no_drug(network: ReactionNetwork, action: Action, drugs: dict[str, str]) -> Exception:
    if action.name in _names(network):
        return InvalidValueError(
            f"{action.name!r} is no drug of this network, so that {str(action)!r} means nothing. Drugs are "
            f"put in by with_drugs; a constant is set by {{{action.name!r}: {action.size:g}}}."
        )
    if not drugs:
        return InvalidValueError(
            f"The network has no drugs, so that {str(action)!r} means nothing. Put it in first: "
            f"network.with_drugs(hc.Drug({action.name!r}, inhibits=..., ic50=...))."
        )
    return unknown_name("drug", action.name, drugs)
