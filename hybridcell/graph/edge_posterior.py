"""What a screen says about every edge at once: least squares over all edges, with their covariance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from hybridcell._core.model import AbstractModel
from hybridcell._core.progress import progress_bar
from hybridcell.data import PerturbationData
from hybridcell.fit.losses import mechanism_of
from hybridcell.graph.edge_problem import (
    Measured,
    Point,
    Unknowns,
    arrange,
    moved,
    slopes_at,
    with_network,
    without_priors,
)

#: Spread of the prior of the log of a saturation level around its start.
_LEVEL_SD = 0.7
#: Largest step of a log saturation level, and how often a step is shortened before the search ends.
_LEVEL_STEP, _SHORTENED = 0.5, 8
#: A step that improves the objective by less than this ends the search.
_SETTLED = 0.05
#: Up to this many unknowns the number of effective ones is exact, above it is estimated with probes.
_EXACT, _PROBES = 2000, 30
_LEAST_SIGMA = 1e-4


@dataclass(frozen=True, eq=False)
class EdgePosterior:
    """Estimates of all edges that a network may have, with their spread.

    Attributes
    ----------
    target, source : ndarray of int, shape (E,)
    response, response_sd : ndarray, shape (E,)
        Local responses R and their standard deviations.
    weight, weight_sd : ndarray, shape (E,)
        Weights W = R / gain; the gain's uncertainty counts.
    sigma : float
        Standard deviation of a measurement around the network (where the data state one: in its units).
    n_steps : int
        Steps of the search.
    """

    target: Int[np.ndarray, " e"]
    source: Int[np.ndarray, " e"]
    response: Float[np.ndarray, " e"]
    response_sd: Float[np.ndarray, " e"]
    weight: Float[np.ndarray, " e"]
    weight_sd: Float[np.ndarray, " e"]
    sigma: float
    n_steps: int


def edge_posterior(
    model: AbstractModel,
    data: PerturbationData,
    *,
    prior_sd: float,
    max_steps: int,
    progress: bool | None = None,
) -> EdgePosterior:
    """Return the posterior of all edges around the best network, by linearization there.

    The unknowns are the local responses R of all edges that may exist, each with a prior N(0, prior_sd),
    and the log saturation levels. Starting from the fitted model, damped Gauss-Newton steps find the most
    probable values; the curvature there is the inverse covariance. States are latent, so that errors of
    measurement do not dilute the effect of a node on the next, as they would in regressions of readouts on
    readouts.

    Raises
    ------
    NotConvergedError
        When the model settles under none of the conditions.
    """
    network: Any = mechanism_of(model)
    target, source = np.nonzero(np.asarray(network.mask))
    unknowns = (target, source, np.unique(target))
    start = with_network(model, without_priors(network))
    screen, point = arrange(start, data, unknowns)
    prior = np.concatenate([np.full(len(target), prior_sd**-2.0), np.full(len(unknowns[2]), _LEVEL_SD**-2.0)])
    center = np.zeros(len(prior))
    center[len(target) :] = point.theta[len(target) :]
    variance = max(float(np.mean(point.error**2)), _LEAST_SIGMA**2)
    damping, steps = 1e-2, 0
    with progress_bar(total=max_steps, description="certainty of edges", show=progress) as bar:
        while steps < max_steps:
            slopes = slopes_at(point, screen, unknowns)
            curvature = slopes.T @ slopes / variance
            curvature[np.diag_indices_from(curvature)] += prior
            pull = slopes.T @ point.error / variance - prior * (point.theta - center)
            cost = partial(_cost, center=center, prior=prior, variance=variance)
            found, damping, gain = _step(point, screen, curvature, pull, damping, cost, unknowns)
            steps += 1
            bar.update(1)
            if found is None:
                break
            point = found
            variance = _variance(point.error, curvature, prior)
            if gain < _SETTLED:
                break
    return _summary(point, screen, unknowns, prior, variance, steps)


def _cost(point: Point, *, center: np.ndarray, prior: np.ndarray, variance: float) -> float:
    return float(point.error @ point.error / variance + prior @ (point.theta - center) ** 2)


def _step(
    point: Point,
    screen: Measured,
    curvature: np.ndarray,
    pull: np.ndarray,
    damping: float,
    cost: Any,
    unknowns: Unknowns,
) -> tuple[Point | None, float, float]:
    """Return the next point, the next damping and how much was gained; None where no step helps."""
    from scipy.linalg import cho_factor, cho_solve

    before, diagonal = cost(point), np.diag(curvature).copy()
    n_edges = len(unknowns[0])
    for _ in range(_SHORTENED):
        damped = curvature.copy()
        damped[np.diag_indices_from(damped)] += damping * diagonal
        step = cho_solve(cho_factor(damped, lower=True, overwrite_a=True), pull)
        step[n_edges:] = np.clip(step[n_edges:], -_LEVEL_STEP, _LEVEL_STEP)
        found = moved(point, screen, step, unknowns)
        if found is not None and cost(found) < before:
            return found, max(damping / 5.0, 1e-8), before - cost(found)
        damping *= 4.0
    return None, damping, 0.0


def _variance(error: np.ndarray, curvature: np.ndarray, prior: np.ndarray) -> float:
    """Return the variance of measurements, with the effective number of unknowns taken off."""
    from scipy.linalg import cho_factor, cho_solve

    factor = cho_factor(curvature, lower=True)
    p = len(prior)
    if p <= _EXACT:
        from_prior = float(np.sum(prior * np.diag(cho_solve(factor, np.eye(p)))))
    else:
        probes = np.random.default_rng(0).choice([-1.0, 1.0], (p, _PROBES))
        from_prior = float(np.mean(np.sum(probes * cho_solve(factor, prior[:, None] * probes), axis=0)))
    left = max(len(error) - (p - from_prior), 0.1 * len(error))
    return max(float(error @ error) / left, _LEAST_SIGMA**2)


def _summary(
    point: Point,
    screen: Measured,
    unknowns: Unknowns,
    prior: np.ndarray,
    variance: float,
    steps: int,
) -> EdgePosterior:
    from scipy.linalg import cho_factor, cho_solve

    target, source, free = unknowns
    slopes = slopes_at(point, screen, unknowns)
    curvature = slopes.T @ slopes / variance
    curvature[np.diag_indices_from(curvature)] += prior
    covariance = cho_solve(cho_factor(curvature, lower=True, overwrite_a=True), np.eye(len(prior)))
    network: Any = mechanism_of(point.model)
    gain = np.asarray(network.gain)[target]
    n_edges, spread = len(target), np.diag(covariance)
    level = n_edges + np.searchsorted(free, target)
    response = point.theta[:n_edges]
    # W = R exp(-log gain) / const: the delta method
    of_weight = (
        spread[:n_edges]
        - 2.0 * response * covariance[np.arange(n_edges), level]
        + response**2 * spread[level]
    )
    return EdgePosterior(
        target=target, source=source, response=response, response_sd=np.sqrt(spread[:n_edges]),
        weight=response / gain, weight_sd=np.sqrt(np.maximum(of_weight, 0.0)) / gain,
        sigma=float(np.sqrt(variance)), n_steps=steps,
    )  # fmt: skip
