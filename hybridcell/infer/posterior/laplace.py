"""`hc.infer.laplace`: the posterior as a Gaussian around its maximum, cut off at the bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import is_whole
from hybridcell._core.progress import progress_bar
from hybridcell.fit.estimation.objective import Evaluator
from hybridcell.infer.posterior.mode import density_mode
from hybridcell.infer.posterior.posterior import Posterior
from hybridcell.infer.posterior.truncated import draw_in_box
from hybridcell.infer.profiles.box import least_in_box
from hybridcell.infer.sources.information import covariance_of, loose_directions, loose_parameters
from hybridcell.infer.target import Target, as_target

#: A fall of the objective that the model expects from a step, above which `at` is no optimum.
_NO_OPTIMUM = 0.1
#: Part of the draws that importance weights must leave, for a Gaussian to describe the posterior.
_LEAST_SHARE = 0.1
#: Draws that tell how much of the Gaussian lies outside of bounds; rows of one call of the objective.
_PROBES, _BATCH = 2000, 32


def laplace(
    problem: Any, *, at: Any = None, n: int = 200, progress: bool | None = None, key: PRNGKeyArray
) -> Posterior:
    """Approximate the posterior by a Gaussian: its information is Fisher's, plus that of priors.

    It is one of parameters on their scales, around the mode of their density. That is the optimum, but for
    priors of linear values: the Jacobians of such scales, which are in the density, pull the mode away.

    Parameters
    ----------
    problem : PetabProblem, NetworkFit, Objective or Target
    at : Estimation, mapping of linear values, or array (q,) on the scales
        The optimum; by default the nominal values, or those of the fit.
    n : int
        Number of draws.
    progress : bool, optional
        Progress bar; default in a terminal or notebook.
    key : PRNGKeyArray

    Returns
    -------
    Posterior
        Independent draws within the bounds, of the Gaussian cut off there. ``.covariance`` is that of the
        Gaussian before; ``.notes`` say which parameters have no width of their own (the information is
        singular: draws then fill the way between their bounds) and how much was cut off; ``.problems``
        whether the Gaussian describes the posterior at all, by importance weights of the draws.

    Raises
    ------
    InvalidValueError
        If the information is singular in a direction that no bounds end: that posterior is improper, and has
        no draws. If nothing can be computed at the optimum.

    Examples
    --------
    >>> import jax, jax.numpy as jnp
    >>> from hybridcell.fit.estimation import FunctionObjective
    >>> from hybridcell.infer.posterior.laplace import laplace
    >>> line = FunctionObjective(
    ...     ["a", "b"], [-9, -9], [9, 9], residuals=lambda p: jnp.array([p[0], 2 * p[1]])
    ... )
    >>> found = laplace(line, at=[0.0, 0.0], n=4000, key=jax.random.key(0))
    >>> found.summary()["sd"].round(1).tolist()
    [1.0, 0.5]
    """
    if not is_whole(n) or n < 2:
        raise InvalidValueError(f"n is {n!r}; wanted a whole number of draws, at least 2.")
    target = as_target(problem, at=at)
    batches = -(-int(n) // _BATCH)
    # the information and the slope are a step each, as is every batch of draws
    with progress_bar(total=2 + batches, description="laplace", show=progress) as bar:
        return _posterior(target, int(n), key, bar.update)


def _posterior(target: Target, n: int, key: PRNGKeyArray, tick: Callable[[int], Any]) -> Posterior:
    lower, upper = target.source.support()
    # what its bounds fix has no width: the Gaussian is one of the others, given its value
    free = np.flatnonzero(lower < upper)
    if not len(free):
        raise InvalidValueError("The bounds leave no parameter any room: there is nothing to draw.")
    information = _information(target, free)
    tick(1)
    width = (upper - lower)[free]
    loose = np.zeros(len(target), bool)
    loose[free] = loose_parameters(information, width)
    _refuse_improper(target, loose, lower, upper)
    fall = _expected_fall(target, free, information, lower[free], upper[free])
    center = target.at if fall > _NO_OPTIMUM else density_mode(target, (lower < upper) & ~loose)
    if (center != target.at).any():
        information = _information(target.moved(center), free)
    tick(1)
    box = (center[free], information, lower[free], upper[free])
    _, units = loose_directions(information, width)
    rng = np.random.default_rng(np.asarray(jr.key_data(key)).ravel().tolist())
    draws = np.tile(center, (n, 1))
    draws[:, free] = draw_in_box(*box, units, n, rng)
    notes, problems = [], []
    if loose.any():
        notes.append(
            f"the information is singular, and open in directions that move {_listed(target, loose)}: these "
            "have no width of their own, and their draws fill the way between the bounds"
        )
    outside = _outside(*box, units, rng)
    if outside > 0 and not loose.any():
        notes.append(f"bounds cut off {outside:.0%} of the Gaussian; draws are of the rest")
    if fall > _NO_OPTIMUM:
        problems.append(
            f"the given parameters are no optimum: a step would lower the objective by about {fall:.3g}. "
            "Estimate first, and give at="
        )
    evaluator, values = Evaluator(target.objective, min(_BATCH, n)), np.empty(n)
    for first in range(0, n, _BATCH):
        rows = slice(first, first + _BATCH)
        values[rows] = evaluator("values", draws[rows]).values
        tick(1)
    # the density is one of the scaled parameters, where priors may be of linear ones
    density = target.source.log_stretch(draws) - values
    problems += _not_gaussian(draws[:, free] - center[free], information, density)
    covariance = np.zeros((len(target), len(target)))
    covariance[np.ix_(free, free)] = covariance_of(information, width)
    return Posterior(
        target, draws[None], density[None], "laplace", problems=tuple(problems), notes=tuple(notes),
        covariance=covariance,
    )  # fmt: skip


def _information(target: Target, free: np.ndarray) -> np.ndarray:
    """Return the information of the parameters that can move."""
    information = target.information()[np.ix_(free, free)]
    if not np.isfinite(information).all():
        raise InvalidValueError(
            f"{target.source.what} cannot be computed at the given parameters: its information is not "
            "finite. Give at= an Estimation, or values that can be simulated."
        )
    information = (information + information.T) / 2
    sizes, vectors = np.linalg.eigh(information)
    if sizes[0] < -1e-6 * max(abs(sizes[-1]), 1e-300):
        raise InvalidValueError(
            f"The curvature of {target.source.what} is negative in a direction (eigenvalue {sizes[0]:.3g}): "
            "the given parameters are no minimum. Estimate first, and give at=."
        )
    return (vectors * np.maximum(sizes, 0.0)) @ vectors.T


def _refuse_improper(target: Target, loose: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
    endless = ~(np.isfinite(lower) & np.isfinite(upper))
    if not (loose & endless).any():
        return
    raise InvalidValueError(
        f"The information is singular: nothing limits {_listed(target, loose & endless)}, which "
        f"{'have' if (loose & endless).sum() > 1 else 'has'} no finite bounds and no prior. Such a "
        "posterior is improper and has no draws: give finite bounds or a prior, or fix a parameter."
    )


def _listed(target: Target, which: np.ndarray) -> str:
    named = [name for name, is_one in zip(target.names, which) if is_one]
    return ", ".join(named[:8]) + (f" and {len(named) - 8} more" if len(named) > 8 else "")


def _outside(
    center: np.ndarray,
    information: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    units: np.ndarray,
    rng: np.random.Generator,
) -> float:
    """Return which share of the Gaussian lies outside of the bounds."""
    sizes, vectors = np.linalg.eigh(information * np.outer(units, units))
    with np.errstate(divide="ignore"):
        sd = np.where(sizes > 0, 1 / np.sqrt(np.maximum(sizes, 1e-300)), np.inf)
    # what is flat lies outside altogether
    sd = np.minimum(sd, 1e6)
    drawn = center + units * ((rng.standard_normal((_PROBES, len(units))) * sd) @ vectors.T)
    return float(np.mean(((drawn < lower) | (drawn > upper)).any(axis=1)))


def _expected_fall(
    target: Target, free: np.ndarray, information: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> float:
    """Return by how much one step within the bounds is expected to lower the objective."""
    slope = target.values_and_gradients(target.at[None])[1][0, free]
    if not np.isfinite(slope).all():
        return np.inf
    far, at = 1e6, target.at[free]
    low, high = np.maximum(lower - at, -far), np.minimum(upper - at, far)
    step = least_in_box(information, slope, np.minimum(low, 0.0), np.maximum(high, 0.0))
    return -float(step @ (slope + 0.5 * information @ step))


def _not_gaussian(off: np.ndarray, information: np.ndarray, density: np.ndarray) -> list[str]:
    """Return whether importance weights say that the posterior is another one; off: draws from the center."""
    gaussian = 0.5 * np.einsum("ni,ij,nj->n", off, information, off)
    log_weights = gaussian + density
    found = []
    if not np.isfinite(log_weights).any():
        return ["none of the draws can be simulated: a Gaussian does not describe this posterior"]
    weights = np.exp(log_weights - log_weights.max())
    share = weights.sum() ** 2 / np.sum(weights**2) / len(weights)
    failed = np.mean(~np.isfinite(density))
    if failed > 0:
        found.append(f"{failed:.0%} of the draws cannot be simulated")
    if share < _LEAST_SHARE:
        found.append(
            f"the posterior is no Gaussian: importance weights leave {share:.1%} of the draws. Take "
            "profiles, or sample()"
        )
    return found
