"""What candidate measurements would show of the parameters of a reaction network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell.fit.kinetics.measurements import Measurements, read_measurements
from hybridcell.fit.kinetics.objective import make_objective
from hybridcell.fit.petab.problem import PetabProblem
from hybridcell.infer.design.kinetic_candidates import as_time_courses
from hybridcell.infer.design.outlook import Outlook, rows_by_candidate
from hybridcell.infer.design.petab_candidates import with_candidates
from hybridcell.infer.target import Target

#: How far a parameter without a prior is believed to be off, at most, on its scale: a factor of 10.
_REACH = {"log": float(np.log(10.0)), "log10": 1.0, "logit": 2.0}
#: A direction is open where the data leave more than this share of the prior's variance.
_OPEN = 0.5
#: A candidate informs an open direction when it takes this share of its variance.
_CLOSED = 0.05


def parameter_sd(target: Target) -> Float[np.ndarray, " q"]:
    """Return how far each parameter is believed to be off before any data, where it has no prior.

    Flat priors have the width of their bounds, but no more than a factor of 10 (or the size of the value, on
    a linear scale): further away, sensitivities at the present values say nothing.
    """
    with np.errstate(invalid="ignore"):
        width = (target.upper - target.lower) / np.sqrt(12.0)
    own = np.where(target.at != 0, np.abs(target.at), 1.0)
    reach = np.array([_REACH.get(scale, own[k]) for k, scale in enumerate(target.scales)])
    return np.where(np.isfinite(width) & (width > 0), np.minimum(width, reach), reach)


def posterior_factor(target: Target) -> tuple[Float[np.ndarray, "q q"], tuple[str, ...], np.ndarray]:
    """Return L with L L' the covariance given all data so far, remarks, and the directions left open."""
    prior = target.prior_information()
    fisher = target.fisher()
    if not np.isfinite(fisher).all():
        raise InvalidValueError(
            "The Fisher information of the data is not finite where the design is made: the problem cannot "
            "be simulated there. Give at= the result of a fit."
        )
    sd = parameter_sd(target)
    flat = np.diag(prior) <= 0
    prior = prior + np.diag(np.where(flat, 1.0 / sd**2, 0.0))
    scale = 1.0 / np.sqrt(np.diag(prior))
    size, direction = np.linalg.eigh(scale[:, None] * fisher * scale[None, :])
    open_ = 1.0 / (1.0 + np.maximum(size, 0.0)) > _OPEN
    remarks = ()
    if open_.any():
        remarks = (
            f"The data so far leave {int(open_.sum())} of {len(size)} directions of the parameters as "
            f"uncertain as before ({_named(target.names, direction[:, open_])}). Parameters without a prior "
            "are taken to be known to a factor of 10, or to their bounds where these are closer.",
        )
    lower = np.linalg.cholesky(prior + fisher)
    return np.linalg.inv(lower).T, remarks, scale[:, None] * direction[:, open_]


def _named(names: Sequence[str], directions: np.ndarray, most: int = 4) -> str:
    """Return the parameters that take most part in directions."""
    share = np.sum(directions**2, axis=1)
    first = [k for k in np.argsort(-share)[:most] if share[k] > 0.1]
    more = int(np.sum(share > 0.1)) - len(first)
    return ", ".join(str(names[k]) for k in first) + (f" and {more} more" if more > 0 else "")


def kinetic_outlook(
    target: Target, candidates: Any, *, readouts: Any, noise: Any, about: str, per_readout: bool
) -> Outlook:
    """Return the outlook by forward sensitivities of all candidates."""
    source: Any = target.source
    if isinstance(getattr(source, "problem", None), PetabProblem):
        if noise is not None:
            raise InvalidValueError(
                "The noise of a PEtab problem is what its observables say; leave noise out."
            )
        told, kept, owner, names, labels = _petab_slopes(source.problem, target.at, candidates, readouts)
    elif hasattr(source, "free"):
        told, kept, owner, names, labels = _network_slopes(source, target.at, candidates, readouts, noise)
    else:
        raise InvalidValueError(
            f"design was given {source.what}; wanted a PetabProblem or a fit of a reaction network, of which "
            "candidates can be simulated."
        )
    if per_readout:
        owner, names = split_by_readout(owner, names, labels)
    failed = ~np.isfinite(told).all(axis=1)
    usable = np.bincount(owner, weights=failed, minlength=len(names)) == 0
    told, kept = np.where(failed[:, None], 0.0, told), np.where(failed[:, None], 0.0, kept)
    factor, remarks, open_ = posterior_factor(target)
    if (~usable).any():
        lost = [name for name, good in zip(names, usable) if not good]
        remarks += (f"{len(lost)} candidates cannot be simulated and were left out: {', '.join(lost[:4])}.",)
    remarks += _closed(target, told, open_)
    features = rows_by_candidate(told @ factor, owner, len(names))
    interest = factor if about == "parameters" else kept[usable[owner]] @ factor
    return Outlook(tuple(names), features, interest, about, usable, remarks)


def _closed(target: Target, told: np.ndarray, open_: np.ndarray) -> tuple[str, ...]:
    """Say which open directions all candidates together leave open."""
    if not open_.shape[1]:
        return ()
    seen = told @ open_
    size, direction = np.linalg.eigh(seen.T @ seen)
    blind = size / (1.0 + size) < _CLOSED
    if not blind.any():
        return ()
    return (
        f"No candidate informs {int(blind.sum())} of these directions "
        f"({_named(target.names, _unit(open_ @ direction[:, blind]))}): other readouts, doses or times "
        "are needed.",
    )


def _unit(directions: np.ndarray) -> np.ndarray:
    return directions / np.maximum(np.linalg.norm(directions, axis=0), 1e-300)


def split_by_readout(
    owner: np.ndarray, names: Sequence[str], labels: Sequence[str]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return candidates of single readouts: each (candidate, readout) is one."""
    pairs = [(int(k), str(label)) for k, label in zip(owner, labels)]
    distinct = list(dict.fromkeys(pairs))
    place = {pair: k for k, pair in enumerate(distinct)}
    return np.array([place[pair] for pair in pairs]), tuple(f"{names[k]}: {label}" for k, label in distinct)


def _petab_slopes(problem: PetabProblem, theta: np.ndarray, candidates: Any, readouts: Any) -> Any:
    """Return rows of information, rows of means alone, owners, names and observables."""
    other, owner, names = with_candidates(problem, candidates, readouts)
    compiled = other.compiled
    if [compiled.parameters[k].id for k in compiled.free] != list(problem.free):
        raise InvalidValueError("The candidates make another set of parameters free than the problem has.")
    seen, found_dot, sigma_dot = compiled.linearized(theta[None])
    noise, sigma = compiled.noise, np.asarray(seen.sigma[0])[:, None]
    with np.errstate(all="ignore"):
        found = np.where(noise.logarithmic, np.asarray(seen.found[0]) * noise.base, 1.0)[:, None]
        mean = np.asarray(found_dot[0]) / found / sigma
        size = np.asarray(sigma_dot[0]) / sigma * np.where(noise.laplace, 1.0, np.sqrt(2.0))[:, None]
    failed = ~(np.isfinite(np.asarray(seen.found[0])) & (sigma[:, 0] > 0))
    mean[failed], size[failed] = np.nan, np.nan
    ids = [other.statement.observables[k].id for k in other.statement.measurements.observable]
    # an outcome tells of its mean, and by its scatter of the noise
    blank = np.zeros_like(mean)
    return np.concatenate([mean, size]), np.concatenate([mean, blank]), np.tile(owner, 2), names, ids * 2


def _network_slopes(source: Any, theta: np.ndarray, candidates: Any, readouts: Any, noise: Any) -> Any:
    """Return rows of information, the same as rows of means, owners, names and readouts."""
    search = source.fit.search
    measured: Measurements = search.measured
    data, owner, names = as_time_courses(search.network, candidates, readouts, measured.readouts)
    ids = list(map(str, data.var_names))
    sd = readout_noise(search, ids, noise)
    asked = read_measurements(search.network, data, sd=dict(zip(ids, sd)), noise=search.settings.noise)
    objective = make_objective(
        search.network, search.free, asked,
        solve=search.settings.solve, noise=search.settings.noise, penalty=0.0,
    )  # fmt: skip
    _, jacobian = objective.linearized(np.asarray(jnp.asarray(theta)))
    told = jacobian[: len(asked)]
    return told, told, owner[asked.row], names, [ids[k] for k in asked.readout]


def readout_noise(search: Any, readouts: Sequence[str], given: Any) -> list[float]:
    """Return the error of each readout: what is given, else that of its measurements, else of the others."""
    measured: Measurements = search.measured
    n = len(measured)
    sd = np.asarray(search.objective.task.sd)[:n]
    usual = {id: float(np.median(sd[measured.readout == k])) for k, id in enumerate(measured.readouts)}
    usual = {id: value for id, value in usual.items() if np.isfinite(value)}
    if isinstance(given, Mapping):
        for name in given:
            if name not in readouts:
                raise unknown_name("readout (named in noise)", str(name), readouts)
        usual = usual | {str(k): float(v) for k, v in given.items()}
    elif given is not None:
        usual = dict.fromkeys(readouts, float(given))
    other = float(np.median(list(usual.values()))) if usual else 1.0
    found = [usual.get(id, other) for id in readouts]
    if not (np.isfinite(found).all() and min(found) > 0):
        raise InvalidValueError(f"noise is {given!r:.60}; wanted positive numbers.")
    return found
