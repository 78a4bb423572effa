"""`hc.infer.last_layer`: Laplace's approximation for the last layer of a hybrid's neural part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import is_whole
from hybridcell.fit.states import readouts
from hybridcell.infer.neural.weights import NeuralWeights, neural_weights, noise_variance

#: Weights of a last layer whose precision matrix (p x p) is still made.
MOST_WEIGHTS = 4000


@dataclass(frozen=True, eq=False)
class LastLayer:
    """A normal posterior: mean, lower Cholesky factor of the precision, noise, effective weights."""

    mean: Float[np.ndarray, " p"]
    factor: Float[np.ndarray, "p p"]
    noise: float
    effective: float

    @property
    def covariance(self) -> Float[np.ndarray, "p p"]:
        """Covariance of the weights."""
        inverse = np.linalg.inv(self.factor)
        return inverse.T @ inverse

    def draws(self, n: int, key: PRNGKeyArray) -> Float[np.ndarray, "n p"]:
        """Return n draws."""
        z = np.asarray(jr.normal(key, (n, len(self.mean))))
        return self.mean + np.linalg.solve(self.factor.T, z.T).T


def last_layer(fitted: Any, *, n: int = 100, noise: float | None = None, key: PRNGKeyArray) -> Ensemble:
    """Draw hybrids whose neural parts differ in their last layers, by Laplace's approximation.

    Given the hidden layers and the mechanism, a residual is linear in its last layer's weights w. With the
    sensitivities J of the measured values to w, by the implicit function theorem at the steady states, the
    posterior is N(w, s^2 (J' W J + residual_l2)^-1), s^2 the variance of a measurement. After a fit with
    loss="huber" the likelihood is exp(-loss / (2 s^2)) too: W is 0 where errors are beyond `huber_delta`, as
    the loss has no curvature there.

    Only the last layers vary: the uncertainty of mechanism and hidden layers is not in it. The spread of the
    members is what these weights leave open; for intervals of measurements see `hc.infer.calibrate`.

    Parameters
    ----------
    fitted : Fit
        Of a hybrid with a `NeuralResidual`, on steady states.
    n : int
        Number of draws.
    noise : float, optional
        Standard deviation of a measurement of weight 1 (with Huber's loss, of its normal core), in the unit
        of the values. By default from what the fit leaves unexplained, given the effective number of weights;
        1 where the loss was "gaussian".
    key : PRNGKeyArray

    Returns
    -------
    Ensemble
        ``info``: ``noise``, and ``effective_weights``: how many of them the data determine.

    Raises
    ------
    InvalidValueError
        For anything but a fit of a hybrid to steady states, weights without a penalty (an improper
        posterior), or data that do not tell the noise.

    References
    ----------
    Daxberger et al., Laplace Redux, NeurIPS 2021; Snoek et al., ICML 2015.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.infer.neural import last_layer
    >>> screen = hc.datasets.demo(seed=0)
    >>> model = hc.CellBox.from_data(screen, key=jr.key(0)) + hc.NeuralResidual(width=2, key=jr.key(1))
    >>> fitted = hc.fit(model, screen, steps=10, key=jr.key(2))
    >>> last_layer(fitted, n=4, key=jr.key(3)).n
    4
    """
    if not (is_whole(n) and n > 0):
        raise InvalidValueError(f"n is {n!r}; wanted a positive whole number of draws.")
    target = neural_weights(fitted, last=True)
    posterior = laplace_of(target, noise=noise)
    models = [target.place(jnp.asarray(w)) for w in posterior.draws(int(n), key)]
    ensemble = Ensemble.from_models(models, losses=np.full(int(n), fitted.loss), train=target.train)
    ensemble.info.update(
        method="last-layer Laplace", noise=posterior.noise, effective_weights=posterior.effective
    )
    return ensemble


def laplace_of(target: NeuralWeights, *, noise: float | None = None) -> LastLayer:
    """Return the normal posterior of the weights around the fitted ones."""
    p = len(target.start)
    if not target.problem.is_steady:
        raise InvalidValueError(
            "The model was fitted to time courses; the last layer's posterior is made for steady states. Use "
            "hc.infer.sgld."
        )
    if p > MOST_WEIGHTS:
        raise InvalidValueError(
            f"The last layers have {p} weights, more than {MOST_WEIGHTS}; use fewer hidden units or "
            "hc.infer.sgld."
        )
    information = np.asarray(_information(target))
    if not np.isfinite(information).all():
        raise InvalidValueError(
            "The sensitivities to the weights are not finite: a steady state is singular."
        )
    precision = information + target.ridge * np.eye(p)
    factor = np.linalg.cholesky((precision + precision.T) / 2)
    effective = float(p - target.ridge * np.sum(np.linalg.inv(factor) ** 2))
    variance = noise_variance(target, noise, effective)
    return LastLayer(
        np.asarray(target.start), factor / np.sqrt(variance), float(np.sqrt(variance)), effective
    )


def _information(target: NeuralWeights) -> Float[Array, "p p"]:
    """Return J' W J, summed condition by condition."""
    problem = target.problem
    # where a loss is straight it has no curvature
    curved = jnp.abs(readouts(target.x, problem) - problem.y) <= target.delta
    # rows of one condition measure the same state: their weights add up
    weight = jnp.zeros((len(problem.u), problem.weight.shape[1])).at[problem.row].add(problem.weight * curved)

    @eqx.filter_jit
    def total(theta: Array) -> Array:
        def slope(x: Array, theta: Array, u: Array) -> Array:
            return target.place(theta).field()(0.0, x[None], u[None])[0]

        def add(carry: Array, given: tuple[Array, Array, Array]) -> tuple[Array, None]:
            x, u, w = given
            by_state, by_weight = jax.jacfwd(slope, argnums=(0, 1))(x, theta, u)
            sensitivity = -jnp.linalg.solve(by_state, by_weight)[problem.columns]
            return carry + sensitivity.T @ (w[:, None] * sensitivity), None

        start = jnp.zeros((len(theta), len(theta)))
        return jax.lax.scan(add, start, (target.x, problem.u, weight))[0]

    return total(target.start)
