"""Drugs in a network of reactions: constants for dose, IC50, Hill coefficient and maximum, and scaled rates.

A drug is a constant that has others of its name: MEKi beside MEKi_ic50, MEKi_hill and MEKi_max.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import Expression, apply, number, symbol
from hybridcell.data import Drug
from hybridcell.data.units import POWERS
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.composition.scaled_rates import reaction_of, with_scaled_rates
from hybridcell.mechanisms.reactions.level2_stoichiometry import ids_of

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

#: Below this share of the IC50 the curve is a straight line, which has a slope at dose 0; a power has none.
_LEAST = 1e-8


def put_drugs(network: ReactionNetwork, drugs: tuple[Any, ...]) -> ReactionNetwork:
    """Return the network with drugs; see `ReactionNetwork.with_drugs`."""
    if not drugs:
        raise InvalidValueError("with_drugs was given nothing; wanted one Drug or more.")
    taken = set(ids_of(network.definition))
    factors: dict[str, list[Expression]] = {}
    constants: list[e.ParameterElement] = []
    units: dict[str, e.UnitDefinition] = {}
    for drug in drugs:
        if not isinstance(drug, Drug):
            raise InvalidValueError(f"with_drugs was given a {type(drug).__name__}; wanted a Drug.")
        added = _constants(drug)
        for constant in added:
            if constant.id in taken:
                raise InvalidValueError(
                    f"The network has {constant.id!r} already; give drug {drug.name!r} another name."
                )
            taken.add(constant.id)
        constants += added
        per_litre = (("mole", 1.0, POWERS[drug.unit], 1.0), ("litre", -1.0, 0, 1.0))
        units[drug.unit] = e.UnitDefinition(id=drug.unit, factors=per_litre)
        for id in (*drug.targets, *drug.off_targets):
            reaction_of(network, id, f"target of drug {drug.name!r}")
            factors.setdefault(id, []).append(_left(drug, id))
    return with_scaled_rates(network, factors, constants, tuple(units.values()))


def drugs_in(network: ReactionNetwork) -> dict[str, str]:
    """Return the drugs of a network: name -> unit of its doses."""
    parameters = {p.id: p for p in network.definition.parameters}
    return {
        id: p.unit
        for id, p in parameters.items()
        if all(f"{id}_{number}" in parameters for number in ("ic50", "hill", "max"))
    }


def _constants(drug: Drug) -> list[e.ParameterElement]:
    numbers = [
        (drug.name, 0.0, drug.unit, f"dose of {drug.name}"),
        (f"{drug.name}_ic50", drug.ic50, drug.unit, f"dose of half the effect of {drug.name}"),
        (f"{drug.name}_hill", drug.hill, "", f"Hill coefficient of {drug.name}"),
        (f"{drug.name}_max", drug.maximum, "", f"largest share by which {drug.name} changes a rate"),
    ]
    numbers += [
        (f"{drug.name}_ic50_{id}", ic50, drug.unit, f"dose of half the effect of {drug.name} on {id}")
        for id, ic50 in drug.off_targets.items()
    ]
    return [
        e.ParameterElement(id=id, value=float(value), unit=unit or "dimensionless", name=name)
        for id, value, unit, name in numbers
    ]


def _left(drug: Drug, reaction: str) -> Expression:
    """Return what a rate is multiplied by: 1 -/+ maximum times occupancy."""
    own = f"_{reaction}" if reaction in drug.off_targets else ""
    ratio = apply("div", symbol(drug.name), symbol(f"{drug.name}_ic50{own}"))
    power = apply("pow", apply("max", ratio, number(_LEAST)), symbol(f"{drug.name}_hill"))
    share = apply("div", power, apply("add", number(1.0), power))
    occupied = apply("mul", share, apply("min", apply("div", ratio, number(_LEAST)), number(1.0)))
    word = "sub" if drug.sign < 0 else "add"
    return apply(word, number(1.0), apply("mul", symbol(f"{drug.name}_max"), occupied))
