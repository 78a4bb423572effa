"""What inference of parameters works on: an objective around a point, whatever it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell.fit.estimation import Estimation
from hybridcell.fit.estimation.objective import Objective
from hybridcell.fit.kinetics.result import NetworkFit
from hybridcell.fit.petab.problem import PetabProblem
from hybridcell.infer.sources.function_source import FunctionSource
from hybridcell.infer.sources.network_source import NetworkSource
from hybridcell.infer.sources.petab_source import PetabSource
from hybridcell.infer.sources.source import Source


class Target:
    """An objective of q parameters, each on its scale, and a point at which it is looked at.

    Made by `as_target`.

    Attributes
    ----------
    names : tuple of str
        Of the parameters.
    scales : tuple of str
        "lin", "log", "log10" or "logit", one each.
    lower, upper : ndarray, shape (q,)
        Bounds on the scales; may be infinite.
    at : ndarray, shape (q,)
        The point, on the scales.
    n : int
        Number of measurements.
    has_least_squares : bool
        Whether `least_squares` can be called.
    source : Source
        What the parameters belong to; ``source.what`` says it in words.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from hybridcell.fit.estimation import FunctionObjective
    >>> from hybridcell.infer.target import as_target
    >>> bowl = FunctionObjective(["x", "y"], [-9, -9], [9, 9], residuals=lambda p: p * jnp.array([1.0, 2.0]))
    >>> target = as_target(bowl, at={"x": 0.0, "y": 0.0})
    >>> target.fisher(target.at).tolist()
    [[1.0, 0.0], [0.0, 4.0]]
    """

    def __init__(self, source: Source, at: Float[np.ndarray, " q"]):
        objective: Objective = source.objective
        self.source, self.objective = source, objective
        self.names, self.scales = tuple(objective.names), source.scales
        self.lower, self.upper = np.asarray(objective.lower, float), np.asarray(objective.upper, float)
        self.at = np.asarray(at, float)
        self.n, self.has_least_squares = int(objective.n), bool(objective.has_least_squares)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def free(self) -> Bool[np.ndarray, " q"]:
        """Which parameters their bounds leave any room."""
        return self.lower < self.upper

    def moved(self, at: Float[np.ndarray, " q"]) -> Target:
        """Return the same objective looked at elsewhere."""
        return Target(self.source, at)

    def values(self, thetas: Any) -> Float[np.ndarray, " k"]:
        """Return minus the log-posteriors of (k, q) up to a constant, inf where they cannot be computed."""
        found = np.asarray(self.objective.values(self._checked(thetas)), float)
        return np.where(np.isfinite(found), found, np.inf)

    def values_and_gradients(self, thetas: Any) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "k q"]]:
        """Return values and gradients (NaN where a value is inf)."""
        values, slopes = self.objective.values_and_gradients(self._checked(thetas))
        values, slopes = np.asarray(values, float), np.array(slopes, float)
        fine = np.isfinite(values) & np.isfinite(slopes).all(axis=1)
        slopes[~fine] = np.nan
        return np.where(fine, values, np.inf), slopes

    def least_squares(self, thetas: Any) -> tuple[Float[np.ndarray, "k n"], Float[np.ndarray, "k n q"]]:
        """Return residuals and Jacobians; half the sum of squares is the value up to a constant."""
        if not self.has_least_squares:
            raise InvalidValueError(
                f"{self.source.what} is no sum of squares (its noise or its priors are not normal): take "
                "values_and_gradients."
            )
        r, j = self.objective.least_squares(self._checked(thetas))
        return np.asarray(r, float), np.asarray(j, float)

    def models(self, thetas: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return values (k,), gradients (k, q), and positive semidefinite curvatures (k, q, q).

        Curvatures are informations of measurements and priors; None where the objective has none but its
        gradients. Rows that cannot be computed have the value inf, and zeros; rows of NaN cost little.
        """
        values, slopes, curvatures = self.source.models(self._checked(thetas))
        values, slopes = np.array(values, float), np.array(slopes, float)
        fine = np.isfinite(values) & np.isfinite(slopes).all(axis=1)
        if curvatures is not None:
            curvatures = np.array(curvatures, float)
            fine &= np.isfinite(curvatures).all(axis=(1, 2))
            curvatures[~fine] = 0.0
        slopes[~fine] = 0.0
        return np.where(fine, values, np.inf), slopes, curvatures

    def fisher(self, theta: Any = None) -> Float[np.ndarray, "q q"]:
        """Return the information of the measurements alone, on the scales; at `at` when not said.

        NaN where theta cannot be simulated.
        """
        return self.source.fisher(self.at if theta is None else np.asarray(theta, float))

    def prior_information(self, theta: Any = None) -> Float[np.ndarray, "q q"]:
        """Return the information of priors (and penalties), 0 where they are flat."""
        return self.source.prior_information(self.at if theta is None else np.asarray(theta, float))

    def information(self, theta: Any = None) -> Float[np.ndarray, "q q"]:
        """Return the information of measurements and priors together."""
        return self.fisher(theta) + self.prior_information(theta)

    def linear(self, thetas: Any) -> np.ndarray:
        """Return parameters (..., q) on the linear scale."""
        return self.source.linear(np.asarray(thetas, float))

    def scaled(self, values: Any) -> np.ndarray:
        """Return linear values (..., q) on the scales."""
        return self.source.scaled(np.asarray(values, float))

    def network(self, theta: Any = None) -> Any:
        """Return the reaction network with these parameters."""
        return self.source.network(self.at if theta is None else np.asarray(theta, float))

    def density(self) -> Callable[[Any], Any]:
        """Return log-posterior densities of (k, q) scaled parameters, as a function of JAX."""
        return self.source.density()

    def places(self, names: Any) -> list[int]:
        """Return the positions of some parameters, given by one name or several; all for None."""
        wanted = self.names if names is None else (names,) if isinstance(names, str) else tuple(names)
        for name in wanted:
            if name not in self.names:
                raise unknown_name("estimated parameter", str(name), self.names)
        if not wanted:
            raise InvalidValueError("No parameters were named; leave parameters out for all of them.")
        if len(set(wanted)) < len(wanted):
            raise InvalidValueError(f"A parameter is named twice: {', '.join(map(str, wanted))}.")
        return [self.names.index(name) for name in wanted]

    def _checked(self, thetas: Any) -> np.ndarray:
        found = np.asarray(thetas, float)
        if found.ndim != 2 or found.shape[1] != len(self.names):
            raise InvalidValueError(
                f"thetas have the shape {found.shape}; wanted (k, {len(self.names)}), on the scales."
            )
        return found

    def __repr__(self) -> str:
        return f"<Target: {len(self.names)} parameters of {self.source.what}, {self.n} measurements>"


def as_target(given: Any, *, at: Any = None) -> Target:
    """Return the target of a problem, a fit of a network, or an objective.

    Parameters
    ----------
    given : PetabProblem, NetworkFit, Objective or Target
    at : Estimation, mapping, array of shape (q,) or None
        The best of an estimation; linear values by name (others as without `at`); or a vector on the scales.
        None: the nominal values of a problem, the fitted ones of a fit.

    Raises
    ------
    InvalidValueError
        If there is no point to look at, or one outside the bounds; if a fit does not know its data.
    UnknownNameError
        If `at` names something that is not estimated.

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.infer.target import as_target
    >>> target = as_target(hc.read_petab(hc.networks.load("jak_stat").petab))
    >>> target.names[:2], target.scales[0]
    (('k1', 'k2'), 'lin')
    """
    if isinstance(given, Target):
        return given if at is None else given.moved(_point(given.source, given.at, at))
    source = _source(given)
    return Target(source, _point(source, source.nominal, at))


def _source(given: Any) -> Source:
    if isinstance(given, PetabProblem):
        return PetabSource(given)
    if isinstance(given, NetworkFit):
        return NetworkSource(given)
    if isinstance(given, Objective):
        return FunctionSource(given)
    hint = ""
    if isinstance(given, Estimation):
        hint = " An Estimation does not know its problem: give the problem, and at=estimation."
    raise InvalidValueError(
        f"Inference was given a {type(given).__name__}; wanted a PetabProblem, the fit of a reaction network "
        f"(from hc.fit), or an Objective.{hint}"
    )


def _point(source: Source, usual: Any, at: Any) -> np.ndarray:
    names = tuple(source.objective.names)
    lower, upper = np.asarray(source.objective.lower, float), np.asarray(source.objective.upper, float)
    if isinstance(at, Estimation):
        if tuple(at.names) != names:
            raise InvalidValueError(
                f"The estimation is of {len(at.names)} parameters, {', '.join(at.names[:4])}, ...; wanted "
                f"one of {source.what}, with {len(names)}: {', '.join(names[:4])}, ..."
            )
        theta = at.best.theta
    elif isinstance(at, Mapping):
        theta = _from_values(source, names, usual, at)
    elif at is None:
        if usual is None:
            raise InvalidValueError(
                f"Say where to look at {source.what}: at= an Estimation, values or theta."
            )
        theta = usual
    else:
        theta = np.asarray(at, float)
    theta = np.asarray(theta, float)
    if theta.shape != (len(names),):
        raise InvalidValueError(
            f"at has the shape {theta.shape}; wanted ({len(names)},): the parameters in order, on "
            "their scales."
        )
    wrong = ~np.isfinite(theta)
    if wrong.any():
        named = [name for name, is_wrong in zip(names, wrong) if is_wrong]
        raise InvalidValueError(
            f"There is no finite value of {', '.join(named[:6])} to look at (on its scale). Give at= an "
            "Estimation, or values."
        )
    _check_bounds(names, theta, lower, upper)
    return np.clip(theta, lower, upper)


def _from_values(source: Source, names: tuple[str, ...], usual: Any, at: Mapping[str, float]) -> np.ndarray:
    for name in at:
        if name not in names:
            raise unknown_name("estimated parameter", str(name), names)
    given = np.array([float(at.get(name, np.nan)) for name in names])
    rest = np.full(len(names), np.nan) if usual is None else usual
    return np.where([name in at for name in names], source.scaled(given), rest)


def _check_bounds(names: tuple[str, ...], theta: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
    # what was written to a file and read again may be off by its last digits
    slack = 1e-8 * np.maximum(1.0, np.abs(theta))
    outside = np.flatnonzero((theta < lower - slack) | (theta > upper + slack))
    if len(outside):
        k = outside[0]
        raise InvalidValueError(
            f"{names[k]!r} is at {theta[k]:.6g} on its scale, outside of its bounds {lower[k]:.6g} and "
            f"{upper[k]:.6g}. Widen the bounds, or look elsewhere with at=."
        )
