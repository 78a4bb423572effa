"""What an export says about itself: notes for readers, the list of elements, warnings."""

from __future__ import annotations

from hybridcell._version import __version__
from hybridcell.io.sbml.dialect import Dialect
from hybridcell.io.sbml.options import ExportOptions
from hybridcell.mechanisms import CellBox
from hybridcell.neural import NeuralResidual

#: Products that libRoadRunner writes out in some seconds; its time to load grows faster than their number.
INLINED_LIMIT = 10_000
#: Inputs of learned laws are cut at 0. Where max is a piecewise, libRoadRunner takes so many times as long.
_WITHOUT_MAX = 3


def inlined_limit(dialect: Dialect) -> int:
    """Return how many products of a reaction network libRoadRunner writes out in some seconds."""
    return INLINED_LIMIT if dialect.is_newest else INLINED_LIMIT // _WITHOUT_MAX


def model_notes(mechanism: CellBox, residuals: tuple[NeuralResidual, ...], left_out: bool) -> list[str]:
    """Return paragraphs for people who open the file."""
    notes = [
        f"Written by hybridcell {__version__}: an interaction network of the CellBox family. States are log "
        "responses against the untreated control; time is in the unit of the training data.",
        "Weights, and the rates that are annotated as learned, are what a fit to data may move.",
        "Inputs are the parameters named u_...; 0 is untreated.",
    ]
    if residuals:
        notes.append(
            "The parameters named r... and h... are a neural network that adds to the derivatives: learned, "
            "without mechanistic meaning, and not to be trusted outside the range of the training data."
        )
    if left_out:
        notes.append("The model has a neural part that is not in this file.")
    if mechanism.doses is not None:
        notes.append(
            f"Inputs of {', '.join(mechanism.doses.drugs)} are doses in {mechanism.doses.unit}: each drug is "
            "held at the share of its targets that it takes, dose^hill / (ec50^hill + dose^hill)."
        )
    if mechanism.clamp:
        notes.append("Drug nodes are held at their inputs.")
    return notes


def exported_elements(
    mechanism: CellBox,
    residuals: tuple[NeuralResidual, ...],
    options: ExportOptions,
    n_left_out: int,
    n_pruned: int,
) -> tuple[tuple[str, int, str, str], ...]:
    """Return what was written: element, count, exact or not, and how."""
    how = "numbers in the rate rules" if options.weights == "numbers" else "parameters w_<target>_<source>"
    elements = [
        ("nodes", mechanism.n, "exact", "species with rate rules"),
        ("edges", mechanism.n_edges, "exact", f"{how}, all digits"),
        ("rates", 2 * mechanism.n, "exact", "parameters epsilon_<node>, alpha_<node>, all digits"),
        ("envelope", 1, "exact", f"function phi: {mechanism.envelope}"),
    ]
    if mechanism.doses is not None:
        how = "assignment rules occupancy_<drug>, parameters ec50_<drug>, hill_<drug>"
        elements.append(("dose curves", len(mechanism.doses.drugs), "exact", how))
    if residuals:
        units = sum(term.width * term.depth for term in residuals)
        status = "approximate" if n_pruned else "exact"
        elements.append(
            ("neural residuals", len(residuals), status, f"assignment rules, {units} hidden units")
        )
    if n_pruned:
        elements.append(("weights", n_pruned, "left out", f"smaller than {options.prune:g} in effect"))
    if n_left_out:
        elements.append(("neural residuals", n_left_out, "left out", "neural='omit'"))
    return tuple(elements)


def inlined_warning(products: int) -> str:
    """Return what to know of a file in which hidden units make long formulas."""
    return (
        f"libRoadRunner puts hidden units in place of their names, {products:,} products here: it may take "
        "minutes to load, where COPASI takes seconds. Fewer units, less depth, fewer outputs or a prune "
        "threshold load faster."
    )


def size_warnings(mechanism: CellBox, written_out: int, weights: str) -> tuple[str, ...]:
    """Return what may make the file hard to use."""
    warnings = []
    if written_out > INLINED_LIMIT:
        warnings.append(inlined_warning(written_out))
    if weights == "parameters" and mechanism.n_edges > 1000:
        warnings.append(
            f"libRoadRunner may take minutes to load {mechanism.n_edges:,} edges as parameters; with "
            "weights='numbers' it takes seconds."
        )
    return tuple(warnings)
