"""A reaction network, with or without neural pieces, as an SBML file, and the report about it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.files import write_text
from hybridcell._core.hole import Hole
from hybridcell._core.number_checks import is_finite_number, plain
from hybridcell.io.sbml.check import consistency_messages
from hybridcell.io.sbml.describe import inlined_limit, inlined_warning
from hybridcell.io.sbml.hybrid_numbers import check_weights, pruned, values_of, with_numbers
from hybridcell.io.sbml.inlined import inlined_products
from hybridcell.io.sbml.learned import learned_parts
from hybridcell.io.sbml.level2_events import with_plain_events
from hybridcell.io.sbml.marks import hole_groups, marked
from hybridcell.io.sbml.options import ExportOptions
from hybridcell.io.sbml.packages import Additions
from hybridcell.io.sbml.reaction_check import compare_network, reference_simulation
from hybridcell.io.sbml.reaction_document import definition_to_xml, dialect_of
from hybridcell.io.sbml.reaction_elements import exported_elements
from hybridcell.io.sbml.report import ExportReport
from hybridcell.io.sbml.simulators import Simulation
from hybridcell.io.sbml.simulators.comparison import not_compared
from hybridcell.io.sbml.uncertainty import uncertainty_elements, uncertainty_rows
from hybridcell.mechanisms.reactions.elements import Definition
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.mechanisms.reactions.views import current_definition


@dataclass(frozen=True)
class _Draft:
    """What is about to be written."""

    definition: Definition
    parts: Mapping[str, tuple[Hole, str]]
    n_pruned: int = 0


def write_network(
    network: ReactionNetwork, path: str | os.PathLike[str], options: ExportOptions
) -> ExportReport:
    """Write a reaction network with the values it has now; see `write_sbml`."""
    network = _at_condition(network, options)
    left_out = tuple(network.holes) if options.neural == "omit" else ()
    network = _with_neural_choice(network, options)
    check_weights(network)
    wanted = _wanted(network, options)
    draft = _draft(network, options, wanted)
    dialect = dialect_of(draft.definition, options.dialect)
    additions = Additions(
        groups=hole_groups(draft.definition, draft.parts, options.facts) if dialect.level > 2 else (),
        uncertainties=uncertainty_elements(
            options.sd, _quantities(draft.definition), dialect, asked=options.sd_asked
        ),
    )
    xml = definition_to_xml(draft.definition, options.dialect, additions)
    messages = consistency_messages(xml, dialect)
    found = (
        compare_network(xml, network, draft.definition, wanted, dialect)
        if options.resimulate
        else not_compared("not asked for")
    )
    write_text(path, xml)
    return ExportReport(
        path=Path(path),
        level=dialect.name,
        elements=exported_elements(network, draft.definition, draft.n_pruned, options, left_out)
        + uncertainty_rows(options.sd, additions.uncertainties),
        ids={s.id: s.id for s in draft.definition.species},
        inputs={},
        messages=messages,
        deviation=found.deviations.get("libRoadRunner"),
        deviation_note=found.notes["libRoadRunner"],
        warnings=_warnings(network, draft.definition, options),
        deviations=found.deviations,
        deviation_notes=found.notes,
        load_seconds=found.load_seconds,
    )


def _at_condition(network: ReactionNetwork, options: ExportOptions) -> ReactionNetwork:
    condition = options.condition
    if condition is None:
        return network
    if not isinstance(condition, Mapping):
        raise InvalidValueError(
            f"condition is a {type(condition).__name__}; for a reaction network wanted values by id, "
            "such as {'k1': 0.5}."
        )
    for id, value in condition.items():
        if not is_finite_number(plain(value)):
            raise InvalidValueError(f"condition sets {str(id)!r} to {value!r:.60}; wanted a finite number.")
    return network.with_values(condition)


def _with_neural_choice(network: ReactionNetwork, options: ExportOptions) -> ReactionNetwork:
    if not len(network.holes):
        return network
    named = ", ".join(f"{hole.kind} of {', '.join(hole.targets)}" for hole in network.holes)
    if options.neural == "error":
        raise InvalidValueError(
            f"The network has a neural part ({named}) and neural='error'. Export network.mechanistic_only(), "
            "or use neural='exact' or 'omit'."
        )
    if options.neural == "distill":
        target = network.holes.holes[0].targets[0]
        raise InvalidValueError(
            f"The network still has a neural part ({named}). Call fit.distill({target!r}) first, which puts "
            "a formula in its place, and export the .network of what it returns."
        )
    return network.mechanistic_only() if options.neural == "omit" else network


def _wanted(network: ReactionNetwork, options: ExportOptions) -> Simulation | str:
    if options.resimulate or (options.prune > 0 and len(network.holes)):
        return reference_simulation(network)
    return "not asked for"


def _draft(network: ReactionNetwork, options: ExportOptions, wanted: Simulation | str) -> _Draft:
    definition = current_definition(network)
    if options.dialect.level == 2:
        definition = with_plain_events(definition, network)
    if not len(network.holes):
        return _Draft(definition, {})
    parts = learned_parts(definition, network.holes)
    if isinstance(wanted, Simulation):
        states, times = wanted.values[0], wanted.times
    else:
        from hybridcell.mechanisms.interpreter import Interpreter

        equations = network.equations
        start = Interpreter(equations.initial, equations)
        states = start(0.0, np.zeros(equations.n), np.asarray(network.values, dtype=float))[None]
        times = np.zeros(1)
    definition, n_pruned = pruned(network, definition, options.prune, states, times)
    if options.weights == "numbers":
        definition = with_numbers(definition, parts, values_of(network))
    return _Draft(marked(definition, parts, options.facts), parts, n_pruned)


def _quantities(definition: Definition) -> list[str]:
    local = (p.id for r in definition.reactions for p in r.local_parameters)
    parts = (definition.compartments, definition.species, definition.parameters)
    return [*(one.id for part in parts for one in part), *local]


def _warnings(network: ReactionNetwork, definition: Definition, options: ExportOptions) -> tuple[str, ...]:
    warnings = []
    dialect = dialect_of(definition, options.dialect)
    if dialect != options.dialect:
        warnings.append(
            "Written as Level 3 Version 1: Version 2 has no fast reactions, and no local parameters with the "
            "id of a species of their reaction."
        )
    products = inlined_products(definition) if len(network.holes) else 0
    if products > inlined_limit(dialect):
        warnings.append(inlined_warning(products))
    return tuple(warnings)
