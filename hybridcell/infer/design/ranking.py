"""`hc.infer.design`: which experiments to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, check_choice, unknown_name
from hybridcell._core.model import AbstractModel
from hybridcell._core.number_checks import is_whole
from hybridcell._core.progress import progress_bar
from hybridcell.data import as_conditions, as_perturbation_data
from hybridcell.fit.kinetics.result import NetworkFit
from hybridcell.fit.result import Fit
from hybridcell.infer.design.choice import Choice, choose
from hybridcell.infer.design.kinetic_outlook import kinetic_outlook
from hybridcell.infer.design.outlook import Outlook, rows_by_candidate
from hybridcell.infer.design.result import Design
from hybridcell.infer.design.screen_outlook import ScreenCase, disagreement_outlook, fisher_outlook, make_case
from hybridcell.infer.target import as_target
from hybridcell.mechanisms import ReactionNetwork

CRITERIA = ("A", "D", "E", "disagreement")
ABOUT = ("predictions", "parameters")


def design(
    model: Any,
    candidates: Any,
    *,
    data: Any = None,
    criterion: str = "A",
    about: str = "predictions",
    readouts: Sequence[str] | None = None,
    per_readout: bool = False,
    n: int = 1,
    cost: Any = None,
    noise: Any = None,
    at: Any = None,
    progress: bool | None = None,
    key: PRNGKeyArray,
) -> Design:
    """Rank candidate experiments by what they would tell, and choose a batch of n.

    The model is linearized where it is. What its parameters still may be, given the data so far and their
    priors, makes outcomes of experiments uncertain and dependent; experiments are picked one after the other,
    each given those before it, so that of two equal ones the second is seldom picked.

    Parameters
    ----------
    model : Fit, Ensemble, PetabProblem or NetworkFit
        A fitted screen model (CellBox or hybrid) or an ensemble of them, of which the best member is
        linearized; a PEtab problem; or a fit of a reaction network.
    candidates
        Screens: as for `hc.predict` (dicts of doses, a DataFrame of doses, AnnData, PerturbationData).
        Fits of networks: data as for `hc.fit`, or a DataFrame or dicts with ``time``, constants that the
        experiment sets, and optionally ``readout``. PEtab: a DataFrame or dicts with ``experimentId`` (or
        ``simulationConditionId``), ``observableId`` and ``time``. In tables, rows with one value of
        ``candidate`` are one experiment.
    data : AnnData or PerturbationData, optional
        What has been measured; by default what the screen model was fitted to.
    criterion : {"A", "D", "E", "disagreement"}
        "A": lower the summed variance of what it is `about`. "D": mutual information of outcomes and
        parameters (determinants of Fisher information). "E": lower the largest variance in any direction.
        "disagreement": information on what the members of an ensemble disagree about.
    about : {"predictions", "parameters"}
        For "A" and "E": predictions of the readouts under all candidates, in units of their noise; or
        parameters on their scales (not for screen models, whose weights are not determined one by one).
    readouts : sequence of str, optional
        What is measured in each experiment; by default all that was measured so far but drug nodes.
    per_readout : bool
        Rank single readouts: each (candidate, readout) is an experiment of its own.
    n : int
        Size of the batch.
    cost : sequence, mapping of candidate to number, or None
        Positive; gains are then compared per cost.
    noise : number, mapping of readout to number, or None
        Standard deviation of a measurement. By default that of the data, or what the fit leaves unexplained.
    at
        PEtab problems and fits of networks: where to linearize, as for `hc.infer.identifiability`.
    progress : bool, optional
        Progress bar; default in a terminal or notebook.
    key : PRNGKeyArray
        Decides between candidates of equal gain.

    Returns
    -------
    Design

    Raises
    ------
    InvalidValueError, DataError
        On empty candidates, n above their number, costs or noise that are not positive.
    UnknownNameError
        On drugs, readouts, experiments or constants that the model lacks.

    Notes
    -----
    Screen models: numbers that share a ridge penalty have one normal prior, as wide as the fitted ones among
    them are large. Parameters of networks have their priors; without one, a width of a factor of 10 or of
    their bounds. With outcomes y = J theta in units of their noise and S the covariance of theta so far, "D"
    is log det(I + J S J') / 2. The greedy batch is within 1 - 1/e of the best one for "D". What counts is the
    linearization: fit again after each batch.

    References
    ----------
    Chaloner and Verdinelli (1995), Statist. Sci. 10:273. Krause, Singh, Guestrin (2008), JMLR 9:235.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.infer.design import design
    >>> screen = hc.datasets.signaling(drugs=["aMEK", "aAKT"], doses=[1.0], order=1)
    >>> fit = hc.fit(hc.CellBox.from_data(screen, key=jr.key(0)), screen, steps=20, key=jr.key(1))
    >>> pool = [{"aMEK": -1.0}, {"amTOR": -1.0}, {"amTOR": -2.0}]
    >>> found = design(fit, pool, n=2, key=jr.key(2))
    >>> found.chosen[0]
    'amTOR -2'
    """
    check_choice("criterion", criterion, CRITERIA)
    check_choice("about", about, ABOUT)
    if cost is None and "cost" in getattr(candidates, "columns", ()):
        raise InvalidValueError(
            "Candidates have a column 'cost', and none is asked for; wanted cost=table['cost'], one number "
            "per candidate, or a table without it."
        )
    # what candidates would show is simulated first, as one step: it is most of the work
    with progress_bar(total=1, description="ranking experiments", show=progress) as bar:
        outlook = _outlook(model, candidates, data, criterion, about, readouts, per_readout, noise, at)
        count = _checked_count(n, outlook.n)
        costs = _costs(cost, outlook.names)
        bar.total = 1 + count
        bar.update(1)
        found = choose(outlook, criterion, count, costs, key=key, on_pick=bar.update)
    remarks = (*outlook.remarks, *_equal(outlook), *_stopped(found, count))
    return Design(
        table=_table(outlook, found, costs),
        chosen=tuple(outlook.names[k] for k in found.picked),
        positions=tuple(found.picked),
        criterion=criterion,
        about=outlook.about,
        before=found.start,
        after=found.end,
        remarks=remarks,
    )


def _outlook(
    model: Any,
    candidates: Any,
    data: Any,
    criterion: str,
    about: str,
    readouts: Sequence[str] | None,
    per_readout: bool,
    noise: Any,
    at: Any,
) -> Outlook:
    if isinstance(readouts, str):
        readouts = [readouts]
    if is_screen(model):
        if at is not None:
            raise InvalidValueError("at is for PEtab problems and fits of networks; leave it out.")
        if about == "parameters":
            raise InvalidValueError(
                "about='parameters' is for PEtab problems and fits of networks: weights of a screen model "
                "are not determined one by one. Take about='predictions', or criterion='D'."
            )
        case = screen_case(model, candidates, data, readouts, noise)
        if criterion == "disagreement":
            if not isinstance(model, Ensemble):
                raise InvalidValueError(
                    "criterion='disagreement' needs an ensemble, from hc.fit_ensemble; this is a "
                    f"{type(model).__name__}. Take 'A', 'D' or 'E'."
                )
            found = disagreement_outlook(case, model)
        else:
            found = fisher_outlook(case)
        return _split(found, case.readouts) if per_readout else found
    if criterion == "disagreement":
        raise InvalidValueError(
            "criterion='disagreement' is for ensembles of screen models; take 'A', 'D' or 'E'."
        )
    if data is not None:
        raise InvalidValueError(
            "data is for screen models: a PEtab problem and a fit of a network know their own data."
        )
    return kinetic_outlook(
        as_target(model, at=at),
        candidates,
        readouts=readouts,
        noise=noise,
        about=about,
        per_readout=per_readout,
    )


def is_screen(model: Any) -> bool:
    """Tell whether this is a fit, or an ensemble, of screen models."""
    if isinstance(model, NetworkFit):
        return False
    if isinstance(model, Ensemble) and isinstance(model.members, ReactionNetwork):
        raise InvalidValueError(
            "This is an ensemble of reaction networks; wanted the fit of one (hc.fit), or a PEtab problem."
        )
    if isinstance(model, AbstractModel):
        raise InvalidValueError(
            f"A {type(model).__name__} that was not fitted does not say what is known of it; wanted a Fit "
            "or an Ensemble, from hc.fit or hc.fit_ensemble."
        )
    return isinstance(model, Fit | Ensemble)


def screen_case(
    model: Any, candidates: Any, data: Any, readouts: Sequence[str] | None, noise: Any
) -> ScreenCase:
    """Return a fit or an ensemble of screen models with its data and candidates."""
    train = model.train if data is None else data
    if train is None:
        raise InvalidValueError("This ensemble does not know its data; give them as data=.")
    given = as_conditions(candidates) if not _is_empty(candidates) else None
    if given is None or not len(given):
        raise InvalidValueError("There are no candidates; wanted at least one.")
    settings: Mapping[str, Any] = model.info.get("settings", {})
    return make_case(
        model.best, as_perturbation_data(train), given, readouts=readouts, noise=noise, settings=settings
    )


def _is_empty(candidates: Any) -> bool:
    # None and an empty dict would be the untreated control, which nobody asks to rank
    return candidates is None or (isinstance(candidates, Sequence | Mapping) and not len(candidates))


def _split(outlook: Outlook, readouts: tuple[str, ...]) -> Outlook:
    """Return the outlook in which every readout of every candidate is an experiment."""
    c, m, r = outlook.features.shape
    names = tuple(f"{name}: {readout}" for name in outlook.names for readout in readouts)
    return Outlook(
        names=names,
        features=rows_by_candidate(outlook.features.reshape(c * m, r), np.arange(c * m), c * m),
        interest=outlook.interest,
        about=outlook.about,
        usable=np.repeat(outlook.usable, m),
        remarks=outlook.remarks,
    )


def _checked_count(n: Any, available: int) -> int:
    if not is_whole(n) or n < 1:
        raise InvalidValueError(f"n is {n!r}; wanted a positive whole number of experiments.")
    if n > available:
        raise InvalidValueError(
            f"n is {n}, but there are only {available} candidates. Give more (an experiment that may be "
            "repeated is given more than once), or choose fewer."
        )
    return int(n)


def _costs(cost: Any, names: tuple[str, ...]) -> Float[np.ndarray, " c"]:
    if cost is None:
        return np.ones(len(names))
    if isinstance(cost, Mapping):
        for name in cost:
            if name not in names:
                raise unknown_name("candidate (named in cost)", str(name), names)
        missing = [name for name in names if name not in cost]
        if missing:
            raise InvalidValueError(f"cost has no entry for {missing[0]!r}; wanted one for every candidate.")
        cost = [cost[name] for name in names]
    found = np.asarray(cost, dtype=float)
    if found.shape != (len(names),):
        raise InvalidValueError(
            f"cost has the shape {found.shape}; wanted one number per candidate, ({len(names)},)."
        )
    wrong = ~(np.isfinite(found) & (found > 0))
    if wrong.any():
        k = int(np.argmax(wrong))
        raise InvalidValueError(f"The cost of {names[k]!r} is {found[k]}; wanted a positive number.")
    return found


def _equal(outlook: Outlook) -> tuple[str, ...]:
    flat = outlook.features.reshape(outlook.n, -1)
    rounded = np.round(flat / max(float(np.abs(flat).max(initial=0.0)), 1e-300), 9)
    _, group, count = np.unique(rounded[outlook.usable], axis=0, return_inverse=True, return_counts=True)
    several = np.flatnonzero(count > 1)
    if not len(several):
        return ()
    names = [outlook.names[k] for k in np.flatnonzero(outlook.usable)]
    first = [names[k] for k in np.flatnonzero(group.reshape(-1) == several[0])]
    return (
        f"{int(count[several].sum())} candidates are equal to another one, such as {first[0]} and "
        f"{first[1]}: a second one counts as a repetition.",
    )


def _stopped(found: Choice, n: int) -> tuple[str, ...]:
    if len(found.picked) == n:
        return ()
    return (
        f"Only {len(found.picked)} of {n} were chosen: nothing else tells anything that is not "
        "known by then.",
    )


def _table(outlook: Outlook, found: Choice, costs: np.ndarray) -> Any:
    import pandas as pd

    chosen = np.zeros(outlook.n, bool)
    chosen[found.picked] = True
    rest = np.flatnonzero(~chosen)
    value = np.nan_to_num(found.left[rest] / costs[rest], nan=-np.inf)
    order = np.concatenate([np.array(found.picked, int), rest[np.argsort(-value, kind="stable")]])
    gain, cumulative = found.left.copy(), np.full(outlook.n, np.nan)
    gain[found.picked], cumulative[found.picked] = found.added, np.cumsum(found.added)
    return pd.DataFrame(
        {
            "rank": np.arange(1, outlook.n + 1),
            "candidate": [outlook.names[k] for k in order],
            "chosen": chosen[order],
            "gain": gain[order],
            "cumulative": cumulative[order],
            "alone": found.alone[order],
            "information": found.alone_information[order],
            "cost": costs[order],
        }
    )
