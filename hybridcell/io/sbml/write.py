"""`hc.write_sbml`: a model, neural part included, as SBML that other simulators run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from hybridcell._core.model import AbstractModel
from hybridcell.io.sbml.cellbox_export import write_interactions
from hybridcell.io.sbml.options import checked_options
from hybridcell.io.sbml.reaction_export import write_network
from hybridcell.io.sbml.report import ExportReport
from hybridcell.mechanisms import ReactionNetwork


def write_sbml(
    model: Any,
    path: str | os.PathLike[str],
    *,
    neural: str = "exact",
    condition: Any = None,
    weights: str = "numbers",
    level: str = "3.2",
    prune: float = 0.0,
    resimulate: bool = True,
    uncertainty: Mapping[str, float] | None = None,
) -> ExportReport:
    """Write a model, neural part included, as SBML that other simulators run.

    Of a `CellBox`, every node becomes a species with a rate rule, phi a function, and every perturbation a
    parameter ``u_<drug>`` that a simulator can set. Rates are parameters with all their digits. Steady states
    are what a long simulation reaches. A `ReactionNetwork` is written as it was read, ids, units, notes and
    annotations included, with the values that it has now. Of its neural pieces, hidden units are parameters
    with assignment rules; learned elements are annotated as such, and those of one piece are a group.

    Parameters
    ----------
    model
        A `CellBox`, or one with `NeuralResidual` terms, or a `ReactionNetwork`. Of a `Fit` or an `Ensemble`
        the best model is taken.
    path
        Where to, by custom ``<name>.xml``. Written wholly or not at all.
    neural : {"exact", "distill", "omit", "error"}
        "exact": hidden units become parameters with assignment rules. "distill": a formula stands in the
        place of every neural law already (``fit.distill``), else refuse. "omit": the mechanism alone.
        "error": refuse a model with a neural part.
    condition
        The one condition that the inputs start at, for example ``{"aMEK": -1.0}``; default the control. For a
        reaction network, values by id that replace its own.
    weights : {"numbers", "parameters"}
        "numbers" in the formulas, with all digits. "parameters" gives every edge, or every weight of a neural
        piece, an id, for fitting elsewhere; libRoadRunner then takes minutes to load thousands of them.
    level : {"3.2", "2.4"}
        Level and version: Level 3 Version 2, or Level 2 Version 4 for older programs.
    prune : float
        Leave out weights of the neural part that are small: those with ``|weight|`` times the largest size
        of what it multiplies below this. The report calls the neural part approximate then; its deviations
        are from the model as it is.
    resimulate : bool
        Simulate the file again, read back and with libRoadRunner and COPASI, where these are installed.
    uncertainty : mapping of id to number, optional
        Standard deviations of values in the file, written with the package distrib. Default: the column "sd"
        of the table `parameters` of a fit that has one; ``{}`` for none.

    Returns
    -------
    ExportReport
        What is exact, what libsbml says, and the deviation in each program.

    Raises
    ------
    InvalidValueError
        If the model is of another kind, has numbers that are not finite or too many weights, or if
        ``neural="error"`` and it has a neural part.
    UnknownNameError
        If the condition names a perturbation, or `uncertainty` a quantity, that the model lacks.
    UnsupportedSBMLError
        If Level 2 cannot say what the model has, or a number is too small for libsbml (below 2.2e-308).

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
    options = checked_options(
        model,
        neural=neural,
        weights=weights,
        condition=condition,
        level=level,
        prune=prune,
        resimulate=resimulate,
        uncertainty=uncertainty,
    )
    best = _best(model)
    if isinstance(best, ReactionNetwork):
        return write_network(best, path, options)
    return write_interactions(best, path, options)


def _best(model: Any) -> Any:
    return model if isinstance(model, AbstractModel) else getattr(model, "best", model)
