"""What of a reaction network was written, and how: the table of the report."""

from __future__ import annotations

from hybridcell._core.hole import Hole
from hybridcell.io.sbml.options import ExportOptions
from hybridcell.mechanisms.reactions.elements import Definition
from hybridcell.mechanisms.reactions.network import ReactionNetwork

Row = tuple[str, int, str, str]


def exported_elements(
    network: ReactionNetwork,
    definition: Definition,
    n_pruned: int,
    options: ExportOptions,
    left_out: tuple[Hole, ...],
) -> tuple[Row, ...]:
    """Return element, count, exact or not, and how it is written."""
    local = sum(len(r.local_parameters) for r in definition.reactions)
    math = sum(one.math is not None for r in definition.reactions for one in (*r.reactants, *r.products))
    formulas = (
        "Level 2's formulas as they were"
        if options.dialect.level == 2
        else "Level 2's formulas as rules for species references"
    )
    found = (
        ("species", len(definition.species), "as in the file, all digits"),
        ("reactions", len(definition.reactions), "with their rate laws"),
        ("parameters", len(definition.parameters), "as in the file, all digits"),
        ("local parameters", local, "inside their reactions"),
        ("compartments", len(definition.compartments), "as in the file"),
        ("functions", len(definition.functions), "as in the file"),
        ("units", len(definition.units), "as in the file"),
        ("initial assignments", len(definition.initial_assignments), "as in the file"),
        ("rules", len(definition.rules), "as in the file"),
        ("events", len(definition.events), "as in the file"),
        ("stoichiometries", math, formulas),
    )
    exact = tuple((what, count, "exact", how) for what, count, how in found if count)
    packages = tuple(
        (f"package {name}", 1, "left out", "an optional package, which changes no number")
        for name in definition.packages
    )
    aside = tuple(
        (what, count, "left out", "which changes no number") for what, count in definition.left_aside
    )
    neural = tuple(_neural_row(network, hole, options, n_pruned) for hole in network.holes)
    small = (
        (("weights", n_pruned, "left out", f"smaller than {options.prune:g} in effect"),) if n_pruned else ()
    )
    omitted = tuple((_name(hole), len(hole.weights), "left out", "neural='omit'") for hole in left_out)
    return exact + packages + aside + neural + small + omitted


def _neural_row(network: ReactionNetwork, hole: Hole, options: ExportOptions, n_pruned: int) -> Row:
    d = network.definition
    variables = [one.variable for one in (*d.rules, *d.initial_assignments)]
    hidden = [id for id in variables if id.startswith(f"{hole.id}_h") and network.holes.owner(id) is hole]
    form = "initial assignments" if hole.kind == "parameter" else "assignment rules"
    kept = "numbers in the math" if options.weights == "numbers" else "parameters"
    status = "approximate" if n_pruned else "exact"
    how = f"{form}, {len(hidden)} hidden units, weights as {kept}"
    return _name(hole), len(hole.weights), status, how


def _name(hole: Hole) -> str:
    return f"weights of neural {hole.kind} {', '.join(hole.targets)}"
