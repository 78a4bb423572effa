"""`hc.infer.update`: a fitted model learns from new data, and tells what they changed."""

from __future__ import annotations

from typing import Any

from jaxtyping import PRNGKeyArray

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.kinetics.result import NetworkFit
from hybridcell.fit.petab.problem import PetabProblem
from hybridcell.fit.result import Fit
from hybridcell.infer.updating.kinetics import update_network, update_petab
from hybridcell.infer.updating.result import Update
from hybridcell.infer.updating.screens import update_screen
from hybridcell.mechanisms import ReactionNetwork


def update(
    fit: Any, new_data: Any, *, at: Any = None, compare: bool = True, key: PRNGKeyArray, **options: Any
) -> Update:
    """Go on fitting with new data, from where the fit is, and report what moved.

    Parameters
    ----------
    fit : Fit, Ensemble, NetworkFit or PetabProblem
        What was fitted; it knows its data.
    new_data
        Screens: AnnData or PerturbationData with perturbations of the old data and at least one readout of
        them. Fits of networks: AnnData as for `hc.fit`. PEtab: rows of a measurement table, with
        ``observableId``, ``experimentId`` (or ``simulationConditionId``), ``time`` and ``measurement``; what
        fills placeholders is as in the measurements nearest to a row, where it does not say.
    at
        PEtab only: the old optimum (an `Estimation`, values or theta); the nominal values if not given.
    compare : bool
        Fit also from scratch (once; of an ensemble, one member), to say what the warm start saves. Not for
        PEtab problems.
    key : PRNGKeyArray
    **options
        Of `hc.fit` (or `PetabProblem.fit`), in place of those of the old fit.

    Returns
    -------
    Update
        ``.fit`` is the new fit; printed, the rest is said in words.

    Raises
    ------
    UnknownNameError
        On readouts, drugs or experiments that the model lacks.
    DataError
        When old and new data have nothing in common, or what is known of rows differs.

    Notes
    -----
    Members of a bootstrapped ensemble are given drawn rows of all data again. Calibrated intervals end with
    the data they were made from: calibrate the new ensemble.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.infer.update import update
    >>> screen = hc.datasets.signaling(drugs=["aMEK", "aAKT"], doses=[1.0])
    >>> fit = hc.fit(hc.CellBox.from_data(screen, key=jr.key(0)), screen[:3], steps=20, key=jr.key(1))
    >>> found = update(fit, screen[3:], key=jr.key(2))
    >>> found.error_after < found.error_before
    True
    """
    if isinstance(fit, PetabProblem):
        return update_petab(fit, new_data, at=at, options=options, key=key)
    if at is not None:
        raise InvalidValueError("at is for PEtab problems; a fit knows where it is.")
    if isinstance(fit, NetworkFit):
        return update_network(fit, new_data, compare=compare, options=options, key=key)
    if isinstance(fit, Ensemble) and isinstance(fit.members, ReactionNetwork):
        raise InvalidValueError(
            "This is an ensemble of reaction networks; wanted the fit of one (hc.fit), or a PEtab problem."
        )
    if isinstance(fit, Fit | Ensemble):
        return update_screen(fit, new_data, compare=compare, options=options, key=key)
    raise InvalidValueError(
        f"update was given a {type(fit).__name__}; wanted a Fit or an Ensemble (from hc.fit or "
        "hc.fit_ensemble), or a PetabProblem."
    )
