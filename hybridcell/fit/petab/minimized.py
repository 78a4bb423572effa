"""A problem as optimizers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from hybridcell.io.petab.statement import PetabParameter

if TYPE_CHECKING:
    from hybridcell.fit.petab.objective import Compiled
    from hybridcell.fit.petab.problem import PetabProblem


class Minimized:
    """Minus the log-posterior of a problem: an `Objective` of `hybridcell.fit.estimation`.

    Parameters
    ----------
    problem : PetabProblem

    Attributes
    ----------
    problem : PetabProblem
    names : tuple of str
    lower, upper : ndarray, shape (q,)
        On the scale of the parameters.
    n : int
        Number of measurements.
    parameters : tuple of PetabParameter
    has_least_squares : bool
        Noise is normal (or of normal logarithms), and priors are normal in the scaled parameters or flat.
    """

    def __init__(self, problem: PetabProblem):
        self.problem = problem
        self._compiled = compiled = problem.compiled
        self.names = problem.free
        self.lower, self.upper = problem.lower, problem.upper
        self.n = len(problem.statement.measurements)
        self.parameters: tuple[PetabParameter, ...] = tuple(compiled.parameters[k] for k in compiled.free)
        self._normal = [k for k, p in enumerate(self.parameters) if _is_normal(p)]
        flat = all(_is_normal(p) or _is_flat(p) for p in self.parameters)
        self.has_least_squares = flat and not bool(compiled.noise.laplace.any())

    def __reduce__(self) -> tuple[Any, ...]:
        return _objective_of, (self.problem,)

    def values(self, thetas: Any) -> Float[np.ndarray, " k"]:
        """Return minus the log-posteriors, inf where a simulation failed."""
        value = self._compiled.log_likelihood(thetas).value + self._compiled.prior_gradient(thetas)[0]
        return -np.asarray(value)

    def values_and_gradients(self, thetas: Any) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "k q"]]:
        """Return minus the log-posteriors and their gradients."""
        value, slope = self._compiled.gradient(thetas)
        prior, prior_slope = self._compiled.prior_gradient(thetas)
        return -np.asarray(value.value + prior), -np.asarray(slope + prior_slope)

    def least_squares(self, thetas: Any) -> tuple[Float[np.ndarray, "k n"], Float[np.ndarray, "k n q"]]:
        """Return residuals and Jacobians, those of normal priors at the end."""
        return self._squares(self._compiled, jnp.asarray(thetas))

    def _squares(self, compiled: Compiled, thetas: Any) -> tuple[np.ndarray, np.ndarray]:
        r, j = (np.asarray(each) for each in compiled.residuals(thetas))
        if not self._normal:
            return r, j
        places = np.array(self._normal)
        center, spread = np.array([self.parameters[k].prior.parameters for k in places]).T  # pyright: ignore
        own = (np.asarray(thetas)[:, places] - center) / spread
        slope = np.zeros((len(places), j.shape[2]))
        slope[np.arange(len(places)), places] = 1 / spread
        return np.concatenate([r, own], axis=1), np.concatenate([j, np.tile(slope, (len(j), 1, 1))], axis=1)


def _objective_of(problem: PetabProblem) -> Minimized:
    return problem.objective


def _is_normal(parameter: PetabParameter) -> bool:
    prior = parameter.prior
    if prior is None or prior.family != "normal":
        return False
    return prior.on_scale or parameter.scale == "lin"


def _is_flat(parameter: PetabParameter) -> bool:
    prior = parameter.prior
    if prior is None:
        return True
    # within its bounds; a narrower one would have to be a bound
    low, high = prior.parameters[0], prior.parameters[-1]
    wide = prior.on_scale or (low <= parameter.lower and high >= parameter.upper)
    return prior.family == "uniform" and wide
