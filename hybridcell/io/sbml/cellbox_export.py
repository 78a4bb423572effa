"""A network of interactions, with or without residuals, as an SBML file, and the report about it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.files import write_text
from hybridcell._core.model import AbstractModel, Hybrid, plain_field
from hybridcell._version import __version__
from hybridcell.data import as_conditions
from hybridcell.io.sbml.build import build_document, settable_inputs
from hybridcell.io.sbml.cellbox_check import Courses, cellbox_courses, cellbox_simulation
from hybridcell.io.sbml.check import consistency_messages
from hybridcell.io.sbml.describe import INLINED_LIMIT, exported_elements, model_notes, size_warnings
from hybridcell.io.sbml.document import annotation
from hybridcell.io.sbml.hybrid_numbers import check_count
from hybridcell.io.sbml.neural import Layers, count_weights, inlined_size, kept_layers, read_along
from hybridcell.io.sbml.options import ExportOptions
from hybridcell.io.sbml.packages import Additions
from hybridcell.io.sbml.report import ExportReport
from hybridcell.io.sbml.simulators import Comparison, Simulation, compare
from hybridcell.io.sbml.simulators.comparison import ROADRUNNER, not_compared
from hybridcell.io.sbml.uncertainty import uncertainty_elements, uncertainty_rows
from hybridcell.mechanisms import CellBox
from hybridcell.neural import NeuralResidual

_FRAMEWORK = "SBO:0000293"  # non-spatial continuous framework


def write_interactions(model: Any, path: str | os.PathLike[str], options: ExportOptions) -> ExportReport:
    """Write a CellBox, alone or with residuals; see `write_sbml`."""
    mechanism, residuals = _parts(model, options.neural)
    exported: AbstractModel = mechanism
    for term in residuals:
        exported = exported + term
    _check_finite(mechanism, residuals)
    check_count(sum(map(count_weights, residuals)))
    given = as_conditions(options.condition)
    if len(given) != 1:
        raise InvalidValueError(f"condition holds {len(given)} conditions; a file starts at one.")
    u = mechanism.inputs(given)[0]
    conditions = np.stack([u, *_other_conditions(mechanism, settable_inputs(mechanism, u))])
    needed = options.resimulate or (options.prune > 0 and residuals)
    courses = cellbox_courses(exported, conditions) if needed else "not asked for"
    layers, n_pruned = _kept(exported, residuals, conditions, courses, options.prune)
    document, ids, inputs, groups = build_document(mechanism, residuals, layers, u, options)
    document.appended.update(
        uncertainty_elements(options.sd, document.parameters, options.dialect, asked=options.sd_asked)
    )
    additions = Additions(groups=groups if options.dialect.level > 2 else (), uncertainties=document.appended)
    left_out = len(_residuals_of(model)) if options.neural == "omit" else 0
    xml = document.to_xml(
        sid=document.ids.new(Path(path).stem),
        name=f"{mechanism.n} nodes" + (", with a neural residual" if residuals else ""),
        sbo=_FRAMEWORK,
        notes=model_notes(mechanism, residuals, bool(left_out)),
        note=_note(model, mechanism, options),
        declarations=additions.declarations,
        at_end=additions.at_end,
    )
    messages = consistency_messages(xml, options.dialect)
    written_out = sum(inlined_size(term) for term in residuals)
    wanted = (
        courses
        if isinstance(courses, str)
        else cellbox_simulation(exported, courses, ids, inputs, conditions)
    )
    found = _compare(xml, wanted, written_out, options)
    write_text(path, xml)
    return ExportReport(
        path=Path(path),
        level=options.dialect.name,
        elements=exported_elements(mechanism, residuals, options, left_out, n_pruned)
        + uncertainty_rows(options.sd, document.appended),
        ids=ids,
        inputs=inputs,
        messages=messages,
        deviation=found.deviations.get(ROADRUNNER),
        deviation_note=found.notes[ROADRUNNER],
        warnings=size_warnings(mechanism, written_out, options.weights),
        deviations=found.deviations,
        deviation_notes=found.notes,
        load_seconds=found.load_seconds,
    )


def _note(model: Any, mechanism: CellBox, options: ExportOptions) -> str:
    return annotation(
        "export",
        version=__version__,
        envelope=mechanism.envelope,
        power=mechanism.power,
        degree=mechanism.degree,
        input=mechanism.input,
        clamp=mechanism.clamp,
        neural=options.neural if _residuals_of(model) else "none",
        **options.facts,
    )


def _residuals_of(model: Any) -> tuple[Any, ...]:
    return model.residuals if isinstance(model, Hybrid) else ()


def _parts(model: Any, neural: str) -> tuple[CellBox, tuple[NeuralResidual, ...]]:
    mechanism = model.mechanism if isinstance(model, Hybrid) else model
    residuals = _residuals_of(model)
    if not isinstance(mechanism, CellBox):
        raise InvalidValueError(
            f"write_sbml was given a {type(mechanism).__name__}; wanted a CellBox, alone or with residuals, "
            "or a ReactionNetwork."
        )
    if residuals and neural == "distill":
        raise InvalidValueError(
            f"The model has a neural part ({residuals[0]!r}) that no formula stands for: neural='distill' is "
            "for reaction networks, after fit.distill(...). Use neural='exact' or 'omit'."
        )
    if residuals and neural == "error":
        raise InvalidValueError(
            f"The model has a neural part ({residuals[0]!r}) and neural='error'. Export "
            "model.mechanistic_only(), or use neural='exact' or 'omit'."
        )
    if neural == "omit":
        return mechanism, ()
    for term in residuals:
        if not isinstance(term, NeuralResidual):
            raise InvalidValueError(
                f"A {type(term).__name__} cannot be written as SBML; wanted NeuralResidual terms, or "
                "neural='omit'."
            )
    return mechanism, residuals


def _check_finite(mechanism: CellBox, residuals: tuple[NeuralResidual, ...]) -> None:
    for name in ("weights", "epsilon", "alpha", "psi"):
        values = np.asarray(getattr(mechanism, name))
        if not np.isfinite(values).all():
            node = mechanism.names[int(np.argwhere(~np.isfinite(values))[0][0])]
            raise InvalidValueError(f"{name} of node {node!r} is not finite; such a model is not exported.")
    for term in residuals:
        network = term.network.field() if term.network is not None else None
        arrays = () if network is None else (*network.weights, *network.biases)
        if not all(np.isfinite(np.asarray(a)).all() for a in arrays):
            raise InvalidValueError(
                "A weight of the neural residual is not finite; such a model is not exported."
            )


def _other_conditions(mechanism: CellBox, inputs: Iterable[str]) -> list[np.ndarray]:
    """Return two conditions with all inputs: strengths of -1 and 0.5, doses of the EC50 and half of it."""
    unit = np.zeros(mechanism.n)
    unit[[mechanism.index(name) for name in inputs]] = 1.0
    first, second = -unit, 0.5 * unit
    if mechanism.doses is not None:
        columns = list(mechanism.doses.columns)
        first[columns] = np.asarray(mechanism.doses.ec50)
        second[columns] = 0.5 * first[columns]
    return [first, second]


def _kept(
    model: AbstractModel,
    residuals: tuple[NeuralResidual, ...],
    conditions: np.ndarray,
    courses: Courses | str,
    prune: float,
) -> tuple[list[Layers], int]:
    """Return the layers of each residual without what does little, and how many weights those were."""
    if isinstance(courses, str):
        each = np.asarray(model.initial_state(jnp.asarray(conditions)))[:, None]
    else:
        each = np.stack(courses[1])
    states = each.reshape(-1, each.shape[-1])
    field: Any = plain_field(model)
    inputs = np.repeat(np.asarray(field.driven(conditions)), each.shape[1], axis=0)
    kept = [kept_layers(term, read_along(term, states, inputs), prune) for term in residuals]
    return [layers for layers, _ in kept], sum(n for _, n in kept)


def _compare(xml: str, wanted: Simulation | str, written_out: int, options: ExportOptions) -> Comparison:
    if not options.resimulate:
        return not_compared("not asked for")
    skip = {}
    if written_out > INLINED_LIMIT:
        skip[ROADRUNNER] = f"libRoadRunner would write out {written_out:,} products of the neural part"
    elif options.weights == "parameters" and len(xml) > 500_000:
        skip[ROADRUNNER] = "libRoadRunner takes minutes to load thousands of parameters"
    return not_compared(wanted) if isinstance(wanted, str) else compare(xml, wanted, skip=skip)
