"""Prior distributions of parameters: densities in JAX, quantiles for starts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell.io.petab.statement import PRIORS, SCALES, PetabParameter, Prior

#: Families of positive values.
_POSITIVE = ("log-normal", "log-laplace", "log-uniform", "chisquare", "exponential", "gamma", "rayleigh")


def scipy_distribution(prior: Prior) -> Any:
    """Return the frozen distribution of `scipy.stats`, not cut off.

    Raises
    ------
    InvalidValueError
        When the family or the number or sign of its parameters is not one there is.
    """
    from scipy import stats

    a, b = _checked(prior)
    made = {
        "uniform": lambda: stats.uniform(a, b - a),
        "normal": lambda: stats.norm(a, b),
        "laplace": lambda: stats.laplace(a, b),
        "log-normal": lambda: stats.lognorm(b, scale=math.exp(a)),
        "log-laplace": lambda: stats.loglaplace(1 / b, scale=math.exp(a)),
        "log-uniform": lambda: stats.loguniform(a, b),
        "cauchy": lambda: stats.cauchy(a, b),
        "chisquare": lambda: stats.chi2(a),
        "exponential": lambda: stats.expon(scale=a),
        "gamma": lambda: stats.gamma(a, scale=b),
        "rayleigh": lambda: stats.rayleigh(scale=a),
    }
    return made[prior.family]()


def _checked(prior: Prior) -> tuple[float, float]:
    """Return both parameters of a prior (the second NaN where there is one)."""
    check_choice("The family of a prior", prior.family, PRIORS)
    numbers = tuple(float(x) for x in prior.parameters)
    if len(numbers) != PRIORS[prior.family] or not np.isfinite(numbers).all():
        raise InvalidValueError(
            f"The prior {prior.family!r} has the parameters {prior.parameters}; wanted "
            f"{PRIORS[prior.family]} finite number(s)."
        )
    a, b = (*numbers, math.nan)[:2]
    if prior.family in ("uniform", "log-uniform"):
        right = a < b and (prior.family == "uniform" or a > 0)
    else:
        positive = {"gamma": (a, b), "chisquare": (a,), "exponential": (a,), "rayleigh": (a,)}
        right = min(positive.get(prior.family, (b,))) > 0
    if not right:
        raise InvalidValueError(
            f"The prior {prior.family!r} cannot have the parameters {prior.parameters}: scales, shapes and "
            "degrees of freedom are positive, and lower bounds below upper ones."
        )
    return a, b


def log_mass(prior: Prior, lower: float, upper: float) -> float:
    """Return the logarithm of the probability between two bounds, of a prior that is not cut off.

    Raises
    ------
    InvalidValueError
        When there is none.
    """
    distribution = scipy_distribution(prior)
    # the difference of what is small keeps its digits
    upper_half = lower > distribution.median()
    mass = (
        distribution.sf(lower) - distribution.sf(upper)
        if upper_half
        else distribution.cdf(upper) - distribution.cdf(lower)
    )
    if not mass > 0:
        raise InvalidValueError(
            f"The prior {prior.family}{prior.parameters} has no mass between its bounds {lower} and {upper}."
        )
    return math.log(mass)


def log_density(prior: Prior, x: Any, lower: float = -np.inf, upper: float = np.inf) -> Any:
    """Return the logarithm of the normalized density, -inf where the density is zero.

    Parameters
    ----------
    prior
        Where it is ``truncated``, it is cut off at the bounds and normalized between them.
    x : array
        Values on the scale on which the prior is one; gradients are finite also where the density is zero.
    lower, upper : float
        Bounds on that scale.
    """
    a, b = _checked(prior)
    x = jnp.asarray(x)
    inside = jnp.isfinite(x)
    if prior.family in _POSITIVE:
        inside &= x > 0 if prior.family != "exponential" else x >= 0
    if prior.family in ("uniform", "log-uniform"):
        inside &= (x >= a) & (x <= b)
    if prior.truncated:
        inside &= (x >= lower) & (x <= upper)
    # what is outside is computed somewhere else, for NaN would get into gradients
    safe = jnp.where(inside, x, 0.5 * (a + b) if prior.family in ("uniform", "log-uniform") else 1.0)
    density = _formula(prior.family, safe, a, b)
    if prior.truncated:
        density = density - log_mass(prior, lower, upper)
    return jnp.where(inside, density, -jnp.inf)


def _formula(family: str, x: Array, a: float, b: float) -> Any:
    log = math.log
    if family == "uniform":
        return jnp.full_like(x, -log(b - a))
    if family == "normal":
        return -0.5 * ((x - a) / b) ** 2 - log(b) - 0.5 * log(2 * math.pi)
    if family == "laplace":
        return -jnp.abs(x - a) / b - log(2 * b)
    if family == "cauchy":
        return -jnp.log1p(((x - a) / b) ** 2) - log(math.pi * b)
    if family == "exponential":
        return -x / a - log(a)
    logx = jnp.log(x)
    if family == "log-normal":
        return -0.5 * ((logx - a) / b) ** 2 - logx - log(b) - 0.5 * log(2 * math.pi)
    if family == "log-laplace":
        return -jnp.abs(logx - a) / b - logx - log(2 * b)
    if family == "log-uniform":
        return -logx - log(log(b) - log(a))
    if family == "chisquare":
        return (0.5 * a - 1) * logx - 0.5 * x - 0.5 * a * log(2) - math.lgamma(0.5 * a)
    if family == "gamma":
        return (a - 1) * logx - x / b - a * log(b) - math.lgamma(a)
    return logx - 2 * log(a) - 0.5 * (x / a) ** 2  # rayleigh


def scaled(x: Any, scale: str) -> Any:
    """Return values on a parameter's scale, from linear ones; of JAX or NumPy as they come."""
    check_choice("The scale of a parameter", scale, SCALES)
    lib: Any = np if isinstance(x, np.ndarray | float) else jnp
    return x if scale == "lin" else lib.log(x) if scale == "log" else lib.log10(x)


def prior_bounds(prior: Prior, parameter: PetabParameter) -> tuple[float, float]:
    """Return the bounds of a parameter on the scale on which the prior is one."""
    bounds = np.array([parameter.lower, parameter.upper])
    if prior.on_scale:
        with np.errstate(divide="ignore", invalid="ignore"):
            bounds = scaled(np.maximum(bounds, 0.0) if parameter.scale != "lin" else bounds, parameter.scale)
    return float(bounds[0]), float(bounds[1])


def log_priors(parameters: Sequence[PetabParameter], theta_linear: Float[Array, " q"]) -> Float[Array, " q"]:
    """Return the log density of each parameter's prior, 0 for parameters that have none."""
    terms = []
    theta_linear = jnp.asarray(theta_linear)
    for parameter, x in zip(parameters, theta_linear, strict=True):
        if parameter.prior is None:
            terms.append(jnp.zeros_like(x))
            continue
        if parameter.prior.on_scale and parameter.scale != "lin":
            positive = x > 0
            on_scale = scaled(jnp.where(positive, x, 1.0), parameter.scale)
            bounds = prior_bounds(parameter.prior, parameter)
            terms.append(jnp.where(positive, log_density(parameter.prior, on_scale, *bounds), -jnp.inf))
        else:
            terms.append(log_density(parameter.prior, x, parameter.lower, parameter.upper))
    return jnp.stack(terms) if terms else jnp.zeros(0)


def log_prior(parameters: Sequence[PetabParameter], theta_linear: Float[Array, " q"]) -> Float[Array, ""]:
    """Return the log density of the priors of all parameters, a function to trace and differentiate.

    Parameters
    ----------
    parameters
        One for every number of `theta_linear`; those without a prior do not count.
    theta_linear : Array, shape (q,)
        On the linear scale. Densities are of this value, or of the scaled one for priors ``on_scale``;
        no Jacobian of the scale is added.

    Examples
    --------
    >>> from hybridcell.io.petab.statement import PetabParameter, Prior
    >>> from hybridcell.fit.estimation import log_prior
    >>> k = PetabParameter(id="k", prior=Prior(family="exponential", parameters=(2.0,)))
    >>> round(float(log_prior([k], [1.0])), 4)
    -1.1931
    """
    return jnp.sum(log_priors(parameters, theta_linear))


def quantile(prior: Prior, p: Any, lower: float = -np.inf, upper: float = np.inf) -> Any:
    """Return the values below which a prior has the probabilities p; cut off at the bounds if truncated."""
    distribution = scipy_distribution(prior)
    p = np.asarray(p, dtype=float)
    if not prior.truncated:
        return distribution.ppf(p)
    log_mass(prior, lower, upper)
    # from the nearer end, where probabilities keep their digits
    if lower > distribution.median():
        high, low = distribution.sf(lower), distribution.sf(upper)
        return np.clip(distribution.isf(high + p * (low - high)), lower, upper)
    low, high = distribution.cdf(lower), distribution.cdf(upper)
    return np.clip(distribution.ppf(low + p * (high - low)), lower, upper)


def scaled_quantile(prior: Prior, p: Any, parameter: PetabParameter) -> np.ndarray:
    """Return quantiles of a prior on the scale of its parameter, within its bounds there."""
    x = np.asarray(quantile(prior, p, *prior_bounds(prior, parameter)), dtype=float)
    if not prior.on_scale:
        x = np.clip(x, parameter.lower, parameter.upper)
        if parameter.scale != "lin":
            # zero and below have no logarithm: the smallest number there is stands for them
            x = scaled(np.maximum(x, np.finfo(float).tiny), parameter.scale)
        return x
    on_scale = Prior(family=prior.family, parameters=prior.parameters, on_scale=True)
    return np.clip(x, *prior_bounds(on_scale, parameter))
