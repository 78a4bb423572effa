"""`hc.interactions`: from a model or an ensemble to the graph that it has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, NotConvergedError, check_choice
from hybridcell._core.model import AbstractModel
from hybridcell._core.number_checks import checked_share
from hybridcell.data.conditions import as_conditions
from hybridcell.graph.matrices import Effects, global_effects, local_effects, structural_effects
from hybridcell.graph.network import Interactions
from hybridcell.graph.prior_share import prior_share
from hybridcell.graph.table import edge_table

if TYPE_CHECKING:
    from hybridcell.data.conditions import ConditionsLike

KINDS = ("structural", "response", "local", "global")


def interactions(
    model: Any,
    *,
    at: ConditionsLike | None = None,
    kind: str = "structural",
    level: float = 0.95,
) -> Interactions:
    """Return the interaction graph of a model, a fit or an ensemble.

    Parameters
    ----------
    model
        A model, a `Fit` or an `Ensemble`. Members whose fit failed are left out.
    at : conditions, optional
        Where to linearize, as for `hc.simulate`; several conditions are averaged. Default: the untreated
        control. Counts for "local" and "global", and for the neural share of hybrids.
    kind : {"structural", "response", "local", "global"}
        What the weight of an edge j -> i is:

        "structural"
            W[i, j], the weight in the equation.
        "response"
            R[i, j] = (epsilon_i / alpha_i) W[i, j], the change of x_i per change of x_j where phi has slope
            1: the number that is trained, and the one to compare between targets.
        "local"
            d(dx_i/dt / alpha_i) / dx_j at the steady state, neural part included; per unit of input u for
            drugs.
        "global"
            How far the steady state of i moves for a small sustained push on j, feedback included.
    level : float
        Share of the members that lies between `lower` and `upper`. This is the spread of the fits: over
        starts, or over screens like this one with ``resample="bootstrap"``, always around weights that the
        penalties of the fit have shrunk. Intervals that hold the true weight come from
        `Interactions.significance`.

    Returns
    -------
    Interactions
        Only edges that the model allows and that are not exactly zero in every member.

    Raises
    ------
    InvalidValueError
        On a model of the wrong type, an unknown kind, a level outside (0, 1), or a fit that failed.
    UnknownNameError
        On a perturbation in `at` that the model does not have, whether the kind reads `at` or not.
    NotConvergedError
        When no member of the ensemble was fitted, or none settles under `at`.

    Notes
    -----
    An edge's weight is the median over members. The sign is that of a change of the source's *state*: where
    inhibitors are given as negative strengths, a drug that lowers its target has a positive edge to it.

    References
    ----------
    Kholodenko et al., PNAS 99 (2002) 12841-12846, for local and global responses (modular response analysis).

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["ERK", "growth", "aMEK"], ["protein", "phenotype", "drug"],
    ...                    [[0, 0, 0.8], [0.5, 0, 0], [0, 0, 0]])
    >>> graph = hc.interactions(model)
    >>> graph.edges[["source", "target", "weight"]].values.tolist()
    [['aMEK', 'ERK', 0.8], ['ERK', 'growth', 0.5]]
    >>> hc.interactions(model, kind="global").edges["weight"].round(2).tolist()
    [0.8, 0.5, 0.4]
    """
    check_choice("kind", kind, KINDS)
    level = checked_share("level", level, 0.95)
    ensemble = _as_ensemble(model)
    given = as_conditions(at)
    # names are checked here, as not every kind and model reads the conditions
    ensemble.model.inputs(given)
    if kind in ("structural", "response"):
        effects = structural_effects(ensemble, given, response=kind == "response")
    else:
        effects = local_effects(ensemble, given) if kind == "local" else global_effects(ensemble, given)
    return _graph(ensemble, effects, kind=kind, level=level, at=", ".join(given.names))


def _as_ensemble(model: Any) -> Ensemble:
    if isinstance(model, Ensemble):
        usable = [i for i, result in enumerate(model.result) if result == "success"]
        if not usable:
            raise NotConvergedError(
                f"None of the {model.n} members was fitted ({model.result[0]}), so there is no graph to read."
            )
        return model if len(usable) == model.n else model.subset(usable)
    single = model if isinstance(model, AbstractModel) else getattr(model, "model", None)
    if not isinstance(single, AbstractModel):
        raise InvalidValueError(
            f"interactions was given a {type(model).__name__}; wanted a model, a Fit or an Ensemble."
        )
    result = getattr(model, "result", "success")
    if result != "success":
        raise NotConvergedError(
            f"This fit failed ({result}), so its edges mean nothing. Pass fit.model to see them all the same."
        )
    return Ensemble.from_models([single], train=getattr(model, "train", None))


def _graph(ensemble: Ensemble, effects: Effects, *, kind: str, level: float, at: str) -> Interactions:
    import pandas as pd

    known, share = _in_prior(ensemble.model), prior_share(ensemble)
    edges, values = edge_table(ensemble.names, effects, in_prior=known, prior_share=share, level=level)
    return Interactions(
        nodes=pd.DataFrame({"name": list(ensemble.names), "kind": list(ensemble.kinds)}),
        edges=edges,
        kind=kind,
        level=level,
        at=at,
        possible=effects.possible,
        members=values,
        _ensemble=ensemble,
    )


def _in_prior(model: AbstractModel) -> np.ndarray:
    """Return which edges prior knowledge named, shape (n, n)."""
    mechanism: Any = model.mechanistic_only()
    known = np.zeros((model.n, model.n), dtype=bool)
    prior = getattr(mechanism, "edge_prior", None)
    if prior is not None:
        known |= np.asarray(prior.known) > 0
    drugs = getattr(mechanism, "drug_effects", None)
    if drugs is not None:
        known[:, list(drugs.columns)] |= np.asarray(drugs.targets) != 0
    doses = getattr(mechanism, "doses", None)
    if doses is not None:
        for column, target in zip(doses.columns, doses.targets):
            if target is not None:
                known[model.index(target), column] = True
    return known
