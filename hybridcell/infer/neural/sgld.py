"""`hc.infer.sgld`: draws of all weights of a hybrid's neural part, by Langevin dynamics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, NotConvergedError
from hybridcell._core.number_checks import is_whole
from hybridcell.infer.neural.weights import NeuralWeights, neural_weights, noise_variance

#: Step times the largest curvature: the variance of the stiffest direction is too large by a quarter of it.
PACE = 0.2
#: Above this ratio of variances between and within halves of the chain it has not forgotten its start.
MIXED = 1.1


def sgld(
    fitted: Any,
    *,
    n: int = 100,
    thin: int = 50,
    warmup: int = 1000,
    batch: int | None = None,
    step: float | None = None,
    noise: float | None = None,
    key: PRNGKeyArray,
) -> Ensemble:
    """Draw hybrids whose neural parts differ in all their weights, by Langevin dynamics from the fit.

    theta <- theta - step / 2 grad U + sqrt(step) z, with z standard normal and U = (sum of losses +
    residual_l2 |theta|^2) / (2 noise^2), hidden biases included in the penalty. Losses are squared errors, or
    Huber's for a fit with loss="huber". The mechanism stays as it is.
    Steps are not corrected by acceptance, so that variances are too large by step times curvature / 4 (at the
    default step 5 % along the stiffest direction, less along others).

    Parameters
    ----------
    fitted : Fit
        Of a hybrid with a `NeuralResidual`.
    n : int
        Number of draws, one every `thin` steps after `warmup` steps.
    thin, warmup : int
    batch : int, optional
        Rows that count in a step, drawn anew each time; default all (plain Langevin dynamics).
    step : float, optional
        Default 0.2 over the largest curvature at the fit.
    noise : float, optional
        Standard deviation of a measurement of weight 1 (with Huber's loss, of its normal core); default from
        what the fit leaves unexplained.
    key : PRNGKeyArray

    Returns
    -------
    Ensemble
        ``info``: ``step``, ``noise``, ``rhat`` (the largest split R-hat over weights), and where it is above
        1.1 ``advice`` in words.

    Raises
    ------
    InvalidValueError
        For anything but a fit of a hybrid, weights without a penalty, or numbers out of range.
    NotConvergedError
        When the chain leaves finite numbers: take a smaller step.

    References
    ----------
    Welling and Teh, ICML 2011; Gelman et al., Bayesian Data Analysis (2013), for R-hat.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.infer.neural import sgld
    >>> screen = hc.datasets.demo(seed=0)
    >>> model = hc.CellBox.from_data(screen, key=jr.key(0)) + hc.NeuralResidual(width=2, key=jr.key(1))
    >>> fitted = hc.fit(model, screen, steps=10, key=jr.key(2))
    >>> sgld(fitted, n=4, thin=2, warmup=2, key=jr.key(3)).n
    4
    """
    for name, value, least in (("n", n, 1), ("thin", thin, 1), ("warmup", warmup, 0), ("batch", batch, 1)):
        if value is not None and not (is_whole(value) and value >= least):
            raise InvalidValueError(f"{name} is {value!r}; wanted a whole number from {least} on.")
    if step is not None and not (np.isfinite(step) and step > 0):
        raise InvalidValueError(f"step is {step!r}; wanted a positive number.")
    target = neural_weights(fitted, last=False)
    variance = noise_variance(target, noise, 0.0)
    potential = _potential(target, variance, batch)
    full = lambda theta: potential(theta, None)  # noqa: E731
    if step is None:
        step = PACE / largest_curvature(full, target.start, jr.fold_in(key, 0))
    draws = langevin(
        jax.grad(potential), target.start, step=step, n=int(n), thin=int(thin), warmup=int(warmup),
        key=jr.fold_in(key, 1),
    )  # fmt: skip
    if not np.isfinite(draws).all():
        raise NotConvergedError(f"The chain left finite numbers at the step {step:.3g}; take a smaller one.")
    models = [target.place(jnp.asarray(w)) for w in draws]
    ensemble = Ensemble.from_models(models, losses=np.full(len(draws), fitted.loss), train=target.train)
    rhat = split_rhat(draws)
    ensemble.info.update(method="SGLD", step=float(step), noise=float(np.sqrt(variance)), rhat=rhat)
    if not rhat <= MIXED:
        ensemble.info["advice"] = (
            f"R-hat is {rhat:.2f} (wanted at most {MIXED}): the draws do not yet show the posterior. "
            "Take more of them, or a larger thin."
        )
    return ensemble


def _potential(
    target: NeuralWeights, variance: float, batch: int | None
) -> Callable[[Array, Any], Float[Array, ""]]:
    rows = target.problem.weight.shape[0]
    share = 1.0 if batch is None else min(1.0, batch / max(len(target.train), 1))

    def potential(theta: Array, key: Any) -> Array:
        counted: Any = 1.0
        if key is not None and share < 1.0:
            counted = jr.bernoulli(key, share, (rows, 1)) / share
        return (target.misfit(theta, counted) + target.ridge * jnp.sum(theta**2)) / (2.0 * variance)

    return potential


def largest_curvature(potential: Callable[[Array], Array], at: Array, key: PRNGKeyArray) -> float:
    """Return the largest eigenvalue of the Hessian, by power iteration."""
    slope = jax.grad(potential)

    @jax.jit
    def run(v: Array) -> Array:
        def one(_: Any, carry: tuple[Array, Array]) -> tuple[Array, Array]:
            v, _length = carry
            # differences, as gradients through steady states cannot be differentiated forwards
            h = 1e-4 * (1.0 + jnp.linalg.norm(at))
            product = (slope(at + h * v) - slope(at - h * v)) / (2 * h)
            length = jnp.linalg.norm(product)
            return product / jnp.maximum(length, 1e-300), length

        return jax.lax.fori_loop(0, 30, one, (v, jnp.zeros(())))[1]

    v = jr.normal(key, at.shape)
    found = float(run(v / jnp.linalg.norm(v)))
    if not (np.isfinite(found) and found > 0):
        raise NotConvergedError(f"The curvature at the fit is {found}; give step=.")
    return found


def langevin(
    gradient: Callable[[Array, Any], Array],
    start: Float[Array, " p"],
    *,
    step: float,
    n: int,
    thin: int,
    warmup: int,
    key: PRNGKeyArray,
) -> Float[np.ndarray, "n p"]:
    """Return n states of unadjusted Langevin dynamics; gradient(theta, key) may be a random estimate."""

    def move(theta: Array, key: Array) -> tuple[Array, None]:
        noise, rows = jr.split(key)
        kick = jnp.sqrt(step) * jr.normal(noise, theta.shape)
        return theta - 0.5 * step * gradient(theta, rows) + kick, None

    @eqx.filter_jit
    def run(theta: Array, key: Array) -> Array:
        first, later = jr.split(key)
        theta = jax.lax.scan(move, theta, jr.split(first, warmup))[0] if warmup else theta

        def draw(theta: Array, key: Array) -> tuple[Array, Array]:
            theta = jax.lax.scan(move, theta, jr.split(key, thin))[0]
            return theta, theta

        return jax.lax.scan(draw, theta, jr.split(later, n))[1]

    return np.asarray(run(jnp.asarray(start), key))


def split_rhat(draws: Float[np.ndarray, "n p"]) -> float:
    """Return the largest split R-hat over the columns of one chain; infinite with fewer than four draws."""
    half = len(draws) // 2
    if half < 2:
        return float("inf")
    parts = np.stack([draws[:half], draws[half : 2 * half]])
    within = parts.var(axis=1, ddof=1).mean(axis=0)
    between = half * parts.mean(axis=1).var(axis=0, ddof=1)
    if ((within == 0) & (between > 0)).any():
        return float("inf")
    ratio = ((half - 1) / half * within + between / half) / np.where(within > 0, within, 1.0)
    return float(np.sqrt(ratio[within > 0].max(initial=1.0)))
