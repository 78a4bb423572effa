"""`hc.write_sbml`: a model, neural part included, as SBML that other simulators run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.files import write_text
from hybridcell._core.model import AbstractModel, Hybrid
from hybridcell._version import __version__
from hybridcell.data import as_conditions
from hybridcell.io.sbml.build import build_document
from hybridcell.io.sbml.check import consistency_messages, deviation_in_roadrunner
from hybridcell.io.sbml.describe import INLINED_LIMIT, exported_elements, model_notes, size_warnings
from hybridcell.io.sbml.document import annotation
from hybridcell.io.sbml.neural import inlined_size
from hybridcell.io.sbml.reaction_export import write_network
from hybridcell.io.sbml.report import ExportReport
from hybridcell.mechanisms import CellBox, ReactionNetwork
from hybridcell.neural import NeuralResidual

_LEVEL = "SBML Level 3 Version 2"
_FRAMEWORK = "SBO:0000293"  # non-spatial continuous framework


def write_sbml(
    model: Any,
    path: str | os.PathLike[str],
    *,
    neural: str = "exact",
    condition: Any = None,
    weights: str = "numbers",
    resimulate: bool = True,
) -> ExportReport:
    """Write a model as SBML Level 3 Version 2.

    Of a `CellBox`, every node becomes a species with a rate rule, phi a function, and every perturbation a
    parameter ``u_<drug>`` that a simulator can set. Rates are parameters with all their digits. Steady states
    are what a long simulation reaches. A `ReactionNetwork` is written as it was read, ids, units, notes and
    annotations included, with the values that it has now.

    Parameters
    ----------
    model
        A `CellBox`, or one with `NeuralResidual` terms, or a `ReactionNetwork`. Of a `Fit` or an `Ensemble`
        the best model is taken.
    path
        Where to, by custom ``<name>.xml``. Written wholly or not at all.
    neural : {"exact", "omit", "error"}
        "exact": hidden units become parameters with assignment rules. "omit": the mechanism alone. "error":
        refuse a model with a neural part.
    condition
        The one condition that the inputs start at, for example ``{"aMEK": -1.0}``; default the control. For a
        reaction network, values by id that replace its own.
    weights : {"numbers", "parameters"}
        "parameters" gives every edge an id, for fitting elsewhere. libRoadRunner then takes minutes to load
        thousands of edges.
    resimulate : bool
        Compare with libRoadRunner, where it is installed.

    Returns
    -------
    ExportReport
        What is exact, what libsbml says, and the deviation in libRoadRunner.

    Raises
    ------
    InvalidValueError
        If the model is of another kind or has numbers that are not finite, or if ``neural="error"`` and it
        has a neural part.
    UnknownNameError
        If the condition names a perturbation that the model lacks.

    References
    ----------
    Hucka et al., The Systems Biology Markup Language: Language Specification for Level 3 Version 2 Core,
    J. Integr. Bioinform. 15 (2018).

    Examples
    --------
    >>> import hybridcell as hc, tempfile
    >>> model = hc.CellBox(["ERK", "aMEK"], ["protein", "drug"], [[0, 0.8], [0, 0]])
    >>> report = hc.write_sbml(model, f"{tempfile.mkdtemp()}/model.xml", condition={"aMEK": -1.0})
    >>> report.messages
    ()
    """
    check_choice("neural", neural, ("exact", "omit", "error"))
    check_choice("weights", weights, ("numbers", "parameters"))
    best = _best(model)
    if isinstance(best, ReactionNetwork):
        return write_network(best, path, condition, resimulate)
    mechanism, residuals = _parts(best, neural)
    exported: AbstractModel = mechanism
    for term in residuals:
        exported = exported + term
    _check_finite(mechanism, residuals)
    given = as_conditions(condition)
    if len(given) != 1:
        raise InvalidValueError(f"condition holds {len(given)} conditions; a file starts at one.")
    u = mechanism.inputs(given)[0]
    document, ids, inputs = build_document(mechanism, residuals, u, weights)
    left_out = neural == "omit" and _residuals_of(best)
    xml = document.to_xml(
        sid=document.ids.new(Path(path).stem),
        name=f"{mechanism.n} nodes" + (", with a neural residual" if residuals else ""),
        sbo=_FRAMEWORK,
        notes=model_notes(mechanism, residuals, bool(left_out)),
        note=annotation(
            "export",
            version=__version__,
            envelope=mechanism.envelope,
            power=mechanism.power,
            degree=mechanism.degree,
            input=mechanism.input,
            clamp=mechanism.clamp,
            neural=neural if _residuals_of(best) else "none",
        ),
    )
    messages = consistency_messages(xml)
    written_out = sum(inlined_size(term) for term in residuals)
    deviation, note = _compare(xml, exported, ids, inputs, u, written_out, resimulate, weights)
    write_text(path, xml)
    return ExportReport(
        path=Path(path),
        level=_LEVEL,
        elements=exported_elements(mechanism, residuals, weights, len(left_out or ())),
        ids=ids,
        inputs=inputs,
        messages=messages,
        deviation=deviation,
        deviation_note=note,
        warnings=size_warnings(mechanism, written_out, weights),
    )


def _best(model: Any) -> Any:
    return model if isinstance(model, AbstractModel) else getattr(model, "best", model)


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


def _compare(
    xml: str,
    model: AbstractModel,
    ids: dict[str, str],
    inputs: dict[str, str],
    u: np.ndarray,
    written_out: int,
    resimulate: bool,
    weights: str,
) -> tuple[float | None, str]:
    if not resimulate:
        return None, "not asked for"
    if written_out > INLINED_LIMIT:
        return None, f"libRoadRunner would write out {written_out:,} products of the neural part"
    if weights == "parameters" and len(xml) > 500_000:
        return None, "libRoadRunner takes minutes to load thousands of parameters"
    rows = [u]
    for scale in (-1.0, 0.5):
        row = np.zeros_like(u)
        row[[model.index(name) for name in inputs]] = scale
        rows.append(row)
    return deviation_in_roadrunner(xml, model, ids, inputs, np.stack(rows))
