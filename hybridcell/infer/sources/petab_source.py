"""A PEtab problem as a source of inference."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell.fit.petab.objective import Compiled
from hybridcell.fit.petab.problem import PetabProblem
from hybridcell.fit.petab.scored import scored
from hybridcell.fit.petab.traced import traced_likelihood
from hybridcell.infer.sources.prior_support import support_of
from hybridcell.infer.sources.source import Observed
from hybridcell.mechanisms.reactions.network import ReactionNetwork


class PetabSource:
    """See `Source`.

    Parameters
    ----------
    problem : PetabProblem
    """

    def __init__(self, problem: PetabProblem):
        self.problem, self.objective = problem, problem.objective
        self.nominal = problem.nominal
        self.scales = tuple(p.scale for p in self.objective.parameters)
        self.what = f"the problem {problem.name!r}"

    def __reduce__(self) -> tuple[Any, ...]:
        return PetabSource, (self.problem,)

    def models(self, thetas: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return values, gradients, and informations of measurements and priors."""
        compiled = self.problem.compiled
        value, slope, curvature = scored(compiled, thetas)
        prior, prior_slope = compiled.prior_gradient(thetas)
        q = curvature.shape[-1]
        curvature[:, np.arange(q), np.arange(q)] += self._bend(thetas)
        return -(value + np.asarray(prior)), -(slope + np.asarray(prior_slope)), curvature

    def fisher(self, theta: Any) -> Float[np.ndarray, "q q"]:
        """Return the information that the measurements have at theta."""
        return self.problem.fisher_information(np.asarray(theta, float)).to_numpy()

    def prior_information(self, theta: Any) -> Float[np.ndarray, "q q"]:
        """Return the curvature of minus the log-prior, 0 where it is flat or bends the other way."""
        return np.diag(self._bend(np.asarray(theta, float)[None])[0])

    @cached_property
    def _bends(self) -> Callable[[Array], Array]:
        slope = jax.grad(lambda t: jnp.sum(self.problem.compiled.log_prior(t)))
        # priors are those of single parameters: one product with ones has all of the diagonal
        return jax.jit(lambda t: jax.jvp(slope, (t,), (jnp.ones_like(t),))[1])

    def _bend(self, thetas: Any) -> np.ndarray:
        """Return minus the second derivatives of log-priors, 0 where they are not positive."""
        if all(parameter.prior is None for parameter in self.objective.parameters):
            return np.zeros(np.shape(thetas))
        return np.maximum(np.nan_to_num(-np.asarray(self._bends(jnp.asarray(thetas, float)))), 0.0)

    def linear(self, thetas: Any) -> np.ndarray:
        """Return parameters on the linear scale."""
        return np.asarray(self.problem.compiled.scales.to_linear(jnp.asarray(thetas, float)))

    def scaled(self, values: Any) -> np.ndarray:
        """Return linear values on the scales of the parameters."""
        return np.asarray(self.problem.compiled.scales.to_scaled(np.asarray(values, float)))

    def network(self, theta: Any) -> ReactionNetwork:
        """Return the model with these parameters."""
        return self.problem.calibrated(np.asarray(theta, float))

    def support(self) -> tuple[np.ndarray, np.ndarray]:
        """Return bounds, narrowed by priors that are 0 outside of some values."""
        lower, upper = self.objective.lower.copy(), self.objective.upper.copy()
        for k, parameter in enumerate(self.objective.parameters):
            low, high = support_of(parameter)
            lower[k], upper[k] = max(lower[k], low), min(upper[k], high)
        return lower, upper

    def improper(self, theta: Any) -> np.ndarray:
        """Return which parameters have neither a prior nor two finite bounds."""
        bounded = np.isfinite(self.objective.lower) & np.isfinite(self.objective.upper)
        return ~bounded & np.array([p.prior is None for p in self.objective.parameters], bool)

    def observed(self, thetas: Any) -> Observed:
        """Return what was measured, as predicted."""
        import pandas as pd

        compiled, statement = self.problem.compiled, self.problem.statement
        measured, noise = statement.measurements, compiled.noise
        seen = compiled.simulate(jnp.asarray(thetas, float))
        table = pd.DataFrame(
            {
                "observable": [statement.observables[k].id for k in measured.observable],
                "condition": [statement.experiments[k].id for k in measured.experiment],
                "time": measured.time,
                "measurement": measured.value,
            }
        )
        base = np.where(noise.logarithmic, noise.base, 0.0)
        return Observed(table, np.asarray(seen.found), np.asarray(seen.sigma), noise.laplace, base)

    def log_stretch(self, thetas: Any) -> Float[np.ndarray, " k"]:
        """Return the logarithms of the Jacobians of scales whose priors are of linear values."""
        return np.asarray(thetas, float) @ _bent(self.objective.parameters)

    def density(self) -> Callable[[Array], Array]:
        """Return the log-posterior density of scaled parameters."""
        return petab_density(self.problem.compiled, self.objective.parameters)


def petab_density(compiled: Compiled, parameters: tuple[Any, ...]) -> Callable[[Array], Array]:
    """Return the log-density of scaled parameters; its rule of differentiation is forward sensitivities."""
    log_likelihood, bent = traced_likelihood(compiled), _bent(parameters)

    def density(thetas: Array) -> Array:
        return log_likelihood(thetas) + compiled.log_prior(thetas) + thetas @ bent

    return density


def _bent(parameters: tuple[Any, ...]) -> Float[np.ndarray, " q"]:
    """Return by what each theta counts in the logarithm of the Jacobian of priors.

    It is that of priors of linear values of parameters on logarithms: dx/dtheta is proportional to x.
    """
    base = {"log": 1.0, "log10": float(np.log(10.0))}
    return np.array(
        [
            base[p.scale] if p.scale != "lin" and p.prior is not None and not p.prior.on_scale else 0.0
            for p in parameters
        ]
    )
