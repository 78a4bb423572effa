"""Any objective as a source of inference: what is not known of it is taken from its derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation.objective import Objective
from hybridcell.infer.sources.hessian import hessian
from hybridcell.infer.sources.information import loose_parameters
from hybridcell.infer.sources.least_squares import least_squares_models


class FunctionSource:
    """See `Source`.

    Parameters
    ----------
    objective : Objective
        A `FunctionObjective`, or the outer objective of a hierarchical problem.
    """

    def __init__(self, objective: Objective):
        self.objective, self.nominal = objective, None
        self.scales = tuple(getattr(p, "scale", "lin") for p in getattr(objective, "parameters", ())) or (
            ("lin",) * len(objective.names)
        )
        self.what = f"the {type(objective).__name__} of {len(objective.names)} parameters"

    def models(self, thetas: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return values, gradients, and Gauss and Newton's curvatures, None without residuals."""
        if not self.objective.has_least_squares:
            return *self.objective.values_and_gradients(thetas), None
        return least_squares_models(self.objective, thetas)

    def fisher(self, theta: Any) -> Float[np.ndarray, "q q"]:
        """Return Gauss and Newton's curvature, or else the Hessian by differences of gradients."""
        if not self.objective.has_least_squares:
            return hessian(self.objective, np.asarray(theta, float))
        _, jacobian = self.objective.least_squares(np.asarray(theta, float)[None])
        return np.asarray(jacobian[0]).T @ np.asarray(jacobian[0])

    def prior_information(self, theta: Any) -> Float[np.ndarray, "q q"]:
        """Return nothing: what a function says is taken for measured."""
        return np.zeros((len(self.scales), len(self.scales)))

    def linear(self, thetas: Any) -> np.ndarray:
        """Return parameters on the linear scale."""
        return _mapped(thetas, self.scales, {"log": np.exp, "log10": lambda x: 10.0**x})

    def scaled(self, values: Any) -> np.ndarray:
        """Return linear values on the scales of the parameters."""
        return _mapped(values, self.scales, {"log": np.log, "log10": np.log10})

    def network(self, theta: Any) -> Any:
        """There is none."""
        raise InvalidValueError(
            f"{self.what[:1].upper()}{self.what[1:]} is a function, not a reaction network; wanted a "
            "PetabProblem or a fit of a network for what is simulated or exported."
        )

    def support(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the bounds."""
        return np.asarray(self.objective.lower, float), np.asarray(self.objective.upper, float)

    def improper(self, theta: Any) -> np.ndarray:
        """Return which parameters without two finite bounds can move along what the function does not see."""
        lower, upper = self.support()
        # what its bounds fix makes up for nothing
        free = np.flatnonzero(lower < upper)
        loose = np.zeros(len(lower), bool)
        loose[free] = loose_parameters(self.fisher(theta)[np.ix_(free, free)], np.full(len(free), np.inf))
        return loose & ~(np.isfinite(lower) & np.isfinite(upper))

    def observed(self, thetas: Any) -> Any:
        """There is nothing that was measured."""
        raise InvalidValueError(
            f"{self.what[:1].upper()}{self.what[1:]} is a function and says nothing of measurements; wanted "
            "a PetabProblem or a fit of a network for predictions."
        )

    def log_stretch(self, thetas: Any) -> Float[np.ndarray, " k"]:
        """Return zeros: the objective is minus the density."""
        return np.zeros(len(thetas))

    def density(self) -> Callable[[Array], Array]:
        """Return minus the objective, which must be a function of JAX."""
        traced = getattr(self.objective, "traceable", None)
        if traced is None:
            raise InvalidValueError(
                f"{self.what[:1].upper()}{self.what[1:]} has no function of JAX that a sampler could "
                "follow. Make it a FunctionObjective, or sample the PetabProblem itself."
            )
        return lambda thetas: -jax.vmap(traced)(thetas)


def _mapped(values: Any, scales: tuple[str, ...], by: dict[str, Callable[[Any], Any]]) -> np.ndarray:
    found = np.array(values, dtype=float)
    for k, scale in enumerate(scales):
        if scale in by:
            with np.errstate(all="ignore"):
                found[..., k] = by[scale](found[..., k])
    return found
