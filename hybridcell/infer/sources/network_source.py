"""A fit of a reaction network as a source of inference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.kinetics.result import NetworkFit
from hybridcell.infer.sources.least_squares import least_squares_models
from hybridcell.infer.sources.source import Observed
from hybridcell.mechanisms.reactions.network import ReactionNetwork

_SCALES = {"identity": "lin", "log": "log", "logit": "logit"}


class FitObjective:
    """Half of the sum of squares that a fit of a network minimizes: an `Objective` of many vectors at once.

    Parameters
    ----------
    objective, free
        Those of the fit.

    Attributes
    ----------
    names : tuple of str
    lower, upper : ndarray, shape (q,)
        Of the numbers that the fit moves, on their scales.
    n : int
        Number of measurements.
    """

    has_least_squares = True

    def __init__(self, objective: Any, free: Any):
        self._compute, self._differentiate = objective.compute, objective.differentiate
        self._task = objective.task
        self.names, self.n = tuple(free.ids), objective.n_data
        self.lower, self.upper = np.asarray(free.low, float), np.asarray(free.high, float)
        self._values = jax.jit(jax.vmap(self._value, in_axes=(0, None)))
        self._linearized = jax.jit(jax.vmap(self._differentiate, in_axes=(0, None)))

    def _value(self, theta: Array, task: Any) -> Array:
        return 0.5 * jnp.sum(self._compute(theta, task) ** 2)

    def values(self, thetas: Any) -> Float[np.ndarray, " k"]:
        """Return half the sums of squares."""
        return np.asarray(self._values(jnp.asarray(thetas, float), self._task))

    def values_and_gradients(self, thetas: Any) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "k q"]]:
        """Return half the sums of squares and their gradients."""
        r, j = self.least_squares(thetas)
        return 0.5 * np.sum(r**2, axis=1), np.matmul(r[:, None], j)[:, 0]

    def least_squares(self, thetas: Any) -> tuple[Float[np.ndarray, "k n"], Float[np.ndarray, "k n q"]]:
        """Return residuals and Jacobians: measurements first, then penalties, then priors."""
        r, j = self._linearized(jnp.asarray(thetas, float), self._task)
        return np.asarray(r), np.asarray(j)

    def traceable(self, theta: Array) -> Array:
        """Return half the sum of squares at one vector, in JAX, with forward sensitivities as its rule."""

        @jax.custom_vjp
        def value(theta: Array) -> Array:
            return self._value(theta, self._task)

        def forward(theta: Array) -> tuple[Array, Array]:
            r, j = self._differentiate(theta, self._task)
            return 0.5 * jnp.sum(r**2), r @ j

        def backward(slope: Array, cotangent: Array) -> tuple[Array]:
            return (cotangent * slope,)

        value.defvjp(forward, backward)
        return value(theta)


class NetworkSource:
    """See `Source`.

    Parameters
    ----------
    fit : NetworkFit
        As `hybridcell.fit` returns it; the measurements' errors are those given to it, or estimated by it.
    """

    def __init__(self, fit: NetworkFit):
        if fit.search is None:
            raise InvalidValueError(
                "This fit of a network does not know what it was fitted to (it was loaded, or put together "
                "by hand). Fit again with hc.fit(fit.network, fit.train, key=...)."
            )
        self.fit, self.free = fit, fit.search.free
        self.objective = FitObjective(fit.search.objective, fit.search.free)
        self.scales = tuple(_SCALES[t] for t in self.free.transforms)
        self.nominal = self.free.theta(np.asarray(fit.network.values, float))
        self.what = f"the fit of {fit.network.name or fit.network.id or 'a network'!r}"

    def __reduce__(self) -> tuple[Any, ...]:
        return NetworkSource, (self.fit,)

    def _jacobian(self, theta: Any) -> np.ndarray:
        return self.objective.least_squares(np.asarray(theta, float)[None])[1][0]

    def models(self, thetas: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return values, gradients, and Gauss and Newton's curvatures of all residuals."""
        return least_squares_models(self.objective, thetas)

    def fisher(self, theta: Any) -> Float[np.ndarray, "q q"]:
        """Return the information that the measurements have at theta."""
        measured = self._jacobian(theta)[: self.objective.n]
        return measured.T @ measured

    def prior_information(self, theta: Any) -> Float[np.ndarray, "q q"]:
        """Return the information of priors, and of penalties on neural pieces."""
        rest = self._jacobian(theta)[self.objective.n :]
        return rest.T @ rest

    def linear(self, thetas: Any) -> np.ndarray:
        """Return parameters on the linear scale."""
        flat = jnp.asarray(thetas, float)
        return np.asarray(jnp.apply_along_axis(self.free.values, -1, flat))

    def scaled(self, values: Any) -> np.ndarray:
        """Return linear values on the scales of the parameters."""
        values, free = np.asarray(values, float), self.free
        log, logit = ([s == name for s in self.scales] for name in ("log", "logit"))
        with np.errstate(all="ignore"):
            between = np.log(values - free.lower) - np.log(free.upper - values)
            return np.where(log, np.log(values), np.where(logit, between, values))

    def network(self, theta: Any) -> ReactionNetwork:
        """Return the fitted network with these numbers."""
        return self.free.place(self.fit.network, np.asarray(theta, float))

    def support(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the bounds of the numbers that the fit moves."""
        return self.objective.lower, self.objective.upper

    def improper(self, theta: Any) -> np.ndarray:
        """Return which numbers have neither a prior nor two finite bounds."""
        bounded = np.isfinite(self.objective.lower) & np.isfinite(self.objective.upper)
        return ~bounded & ~np.isfinite(self.free.spread)

    def observed(self, thetas: Any) -> Observed:
        """Return what was measured, as predicted."""
        import pandas as pd

        search, n = self.fit.search, self.objective.n
        measured, task = search.measured, search.objective.task
        found = np.stack(
            [np.asarray(search.objective.predict(jnp.asarray(t, float), task))[:n] for t in thetas]
        )
        table = pd.DataFrame(
            {
                "observable": [measured.readouts[k] for k in measured.readout],
                "condition": [str(k) for k in measured.condition],
                "time": measured.time,
                "measurement": np.asarray(task.value)[:n],
            }
        )
        sigma = np.broadcast_to(np.asarray(task.sd)[:n], found.shape)
        logarithmic = search.settings.noise == "log-normal"
        return Observed(table, found, sigma, np.zeros(n, bool), np.full(n, float(logarithmic)))

    def log_stretch(self, thetas: Any) -> Float[np.ndarray, " k"]:
        """Return zeros: the objective is minus the density."""
        return np.zeros(len(thetas))

    def density(self) -> Callable[[Array], Array]:
        """Return minus the objective: priors of fits of networks are those of the numbers as they move."""
        return lambda thetas: -jax.vmap(self.objective.traceable)(thetas)
