"""What a notebook shows of a network: its lists of elements, and a card."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.html import card, table
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.current import changed_values, with_changes
from hybridcell.mechanisms.reactions.element_list import ElementList, plural
from hybridcell.mechanisms.reactions.face import shortened
from hybridcell.mechanisms.reactions.facts import equation, math_text, rule_text, summary

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

#: Reactions on the card of a network, and the size up to which its conserved moieties are looked for.
_REACTIONS, _SMALL = 8, 300


def current_definition(network: ReactionNetwork) -> e.Definition:
    """Return the definition with the network's own values."""
    return with_changes(network.definition, changed_values(network.equations, network.values))


def list_species(network: ReactionNetwork) -> ElementList[e.Species]:
    """Return the species, with the values they start from."""
    return ElementList("species", current_definition(network).species, set_by(network.definition))


def list_reactions(network: ReactionNetwork) -> ElementList[e.Reaction]:
    """Return the reactions."""
    return ElementList("reaction", current_definition(network).reactions)


def list_parameters(network: ReactionNetwork) -> ElementList[e.ParameterElement]:
    """Return the parameters of the network, then the local ones as ``v1.k``."""
    definition = current_definition(network)
    both = (*definition.parameters, *_local_parameters(definition))
    return ElementList("parameter", both, set_by(definition))


def list_compartments(network: ReactionNetwork) -> ElementList[e.Compartment]:
    """Return the compartments, with their sizes."""
    return ElementList("compartment", current_definition(network).compartments, set_by(network.definition))


def set_by(definition: e.Definition) -> dict[str, str]:
    """Return for each id what else than its own number decides its value."""
    found: dict[str, list[str]] = {}
    for assignment in definition.initial_assignments:
        text = f"at the start {assignment.variable} = {math_text(assignment.math)}"
        found.setdefault(assignment.variable, []).append(text)
    for rule in definition.rules:
        if rule.variable:
            found.setdefault(rule.variable, []).append(rule_text(rule))
    for number, event in enumerate(definition.events, start=1):
        for variable, _ in event.assignments:
            found.setdefault(variable, []).append(f"event {event.id or number}")
    return {variable: "; ".join(texts) for variable, texts in found.items()}


def network_card(network: ReactionNetwork) -> str:
    """Return the HTML of a network: counts, units, states, and its first reactions."""
    definition = network.definition
    facts = {
        "name": definition.name if definition.name != definition.id else "",
        "file": f"SBML Level {definition.level} Version {definition.version}",
        "elements": _counts(definition),
        "units": _units(definition),
        "states": _states(network),
        "constants": _constants(network),
        "conserved": _conserved(network),
        "learned": "; ".join(
            f"{hole.kind} {', '.join(hole.targets)} from {', '.join(hole.inputs)}" for hole in network.holes
        ),
        **definition.annotations,
    }
    shown = {key: shortened(_joined(value)) for key, value in facts.items() if value}
    head = card(f"ReactionNetwork {definition.id}".strip(), shown)
    reactions = definition.reactions
    if not reactions:
        return head
    rows = [(r.id, shortened(equation(r)), shortened(math_text(r.law))) for r in reactions[:_REACTIONS]]
    more = f"… and {len(reactions) - _REACTIONS} more in .reactions" if len(reactions) > _REACTIONS else ""
    return f"<div>{head}{table(('reaction', 'equation', 'law'), rows)}{escape(more)}</div>"


def _joined(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _counts(definition: e.Definition) -> str:
    lists: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("compartment", definition.compartments),
        ("species", definition.species),
        ("reaction", definition.reactions),
        ("parameter", (*definition.parameters, *_local_parameters(definition))),
        ("rule", definition.rules),
        ("event", definition.events),
        ("function", definition.functions),
    )
    return ", ".join(f"{len(items)} {plural(kind, len(items))}" for kind, items in lists if items)


def _local_parameters(definition: e.Definition) -> tuple[e.ParameterElement, ...]:
    return tuple(p for r in definition.reactions for p in r.local_parameters)


def _units(definition: e.Definition) -> str:
    names = {unit.id: unit.name or summary(unit) for unit in definition.units}
    units = (
        ("substance", definition.substance_unit),
        ("time", definition.time_unit),
        ("volume", definition.volume_unit),
    )
    return ", ".join(f"{quantity} in {names.get(unit, unit)}" for quantity, unit in units if unit)


def _states(network: ReactionNetwork) -> str:
    equations = network.equations
    discrete, residuals = int(equations.discrete.sum()), len(equations.residuals)
    more = [f"{discrete} changed only by events"] if discrete else []
    more += [f"{residuals} given by equations without a derivative"] if residuals else []
    more += ["with delays"] if equations.has_delays else []
    return f"{equations.n}{': ' if more else ''}{', '.join(more)}"


def _constants(network: ReactionNetwork) -> str:
    changed = changed_values(network.equations, network.values)
    missing = int(np.isnan(np.asarray(network.equations.values)).sum())
    more = [f"{len(changed)} changed from the file"] if changed else []
    more += [f"{missing} without a value"] if missing else []
    return ", ".join([str(len(network.equations.constants)), *more])


def _conserved(network: ReactionNetwork) -> str:
    if network.equations.n > _SMALL:
        return ""
    from hybridcell.mechanisms.reactions.conservation import conserved_moieties

    return "; ".join(str(moiety) for moiety in conserved_moieties(network.equations))
