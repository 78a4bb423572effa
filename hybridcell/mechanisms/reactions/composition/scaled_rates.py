"""Networks whose rates are multiplied: by what a drug leaves, or by a factor that conditions set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from hybridcell._core.arrays import is_traced
from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.expressions import Expression, apply
from hybridcell.mechanisms.reactions import elements as e

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork


def with_scaled_rates(
    network: ReactionNetwork,
    factors: Mapping[str, Sequence[Expression]],
    constants: Sequence[e.ParameterElement],
    units: Sequence[e.UnitDefinition] = (),
) -> ReactionNetwork:
    """Return the network in which the rates of reactions are multiplied by expressions over new constants.

    Values, which may be traced by JAX, carry over.

    Parameters
    ----------
    factors
        Id of a reaction -> what its rate is multiplied by.
    constants
        What is added for it.
    units
        Added where the network has none of their ids.
    """
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

    change = lambda definition: _scaled(definition, factors, constants, units)  # noqa: E731
    made = ReactionNetwork.from_definition(change(network.definition))
    lost = set(network.equations.constants) - set(made.equations.constants)
    if lost:
        raise InvalidValueError(
            f"The network was given a start of its own ({sorted(lost)[0]!r}), which rates cannot be put "
            "under any more. Put the drugs in first, then use starting_from; or perturb parameters instead."
        )
    holes = network.holes
    if isinstance(holes.base, e.Definition):
        holes = replace(holes, base=change(holes.base))
    return ReactionNetwork(
        definition=made.definition, equations=made.equations, values=_carried(network, made), holes=holes
    )


def reaction_of(network: ReactionNetwork, id: str, what: str) -> e.Reaction:
    """Return a reaction with a rate that can be scaled; an unknown id raises with the nearest."""
    for reaction in network.definition.reactions:
        if reaction.id == id:
            if reaction.law is None:
                raise InvalidValueError(f"Reaction {id!r} has no rate law; {what} has nothing to act on.")
            return reaction
    hint = " It is no reaction but a parameter." if id in network.equations.constants else ""
    error = unknown_name(f"reaction ({what})", id, [r.id for r in network.definition.reactions])
    raise type(error)(f"{error}{hint}")


def _scaled(
    definition: e.Definition,
    factors: Mapping[str, Sequence[Expression]],
    constants: Sequence[e.ParameterElement],
    units: Sequence[e.UnitDefinition],
) -> e.Definition:
    known = {unit.id for unit in definition.units}
    return replace(
        definition,
        units=(*definition.units, *(unit for unit in units if unit.id not in known)),
        parameters=(*definition.parameters, *constants),
        reactions=tuple(_multiplied(r, factors.get(r.id, ())) for r in definition.reactions),
    )


def _multiplied(reaction: e.Reaction, factors: Sequence[Expression]) -> e.Reaction:
    law = reaction.law
    if law is None or not factors:
        return reaction
    for factor in factors:
        law = apply("mul", law, factor)
    return replace(reaction, law=law)


def _carried(network: ReactionNetwork, made: ReactionNetwork) -> Any:
    """Return the values of the new network, those of the old one where it had them."""
    place = {id: i for i, id in enumerate(made.equations.constants)}
    at = np.array([place[id] for id in network.equations.constants], dtype=int)
    if is_traced(network.values):
        return made.values.at[at].set(network.values)
    values = np.array(made.values)
    values[at] = np.asarray(network.values)
    return jnp.asarray(values)
