"""A problem with its inner parameters eliminated, as optimizers and people see it."""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike, Float

from hybridcell._core.errors import InvalidValueError, check_is_list
from hybridcell._core.html import card, table
from hybridcell.fit.petab.hierarchical.inner import InnerRows
from hybridcell.fit.petab.hierarchical.layout import make_layout
from hybridcell.fit.petab.hierarchical.roles import find_roles
from hybridcell.fit.petab.minimized import Minimized
from hybridcell.fit.petab.objective import Compiled
from hybridcell.fit.petab.scales import Scales

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.fit.estimation import Estimation
    from hybridcell.fit.petab.problem import PetabProblem


class Hierarchical(Minimized):
    """Minus the log-posterior of a problem, minimized over what only its formulas read.

    Scalings, offsets and sizes of noise ("inner" parameters) are found for each vector of the others
    ("outer") instead of being searched for along with them: fewer parameters, fewer steps, and the same
    optima. An `Objective` of the outer parameters for `hybridcell.fit.estimation.estimate`.

    Parameters
    ----------
    problem : PetabProblem
    exclude : collection of str
        Parameters that stay outer.
    numerical : bool
        Whether parameters that only formulas read but that have no closed form (as in noise of
        ``a + b * s * h``) are found too, by Newton's method from many points; at most 6 that share
        measurements.

    Attributes
    ----------
    problem : PetabProblem
    names : tuple of str
        The outer parameters.
    lower, upper : ndarray, shape (q_outer,)
        On the scale of the parameters.
    n : int
        Number of measurements.
    parameters : tuple of PetabParameter
        The outer ones.
    has_least_squares : bool

    Notes
    -----
    *Roles* are read off the formulas. A scaling s and an offset b enter observables affinely, ``s * h + b``;
    with noise of logarithms only ``s * h`` is one. Noise is a parameter to which noise formulas are
    proportional. What the model or conditions read, or what has a prior that is not flat, stays outer.

    *Closed form*: scalings and offsets (at most 3 that share measurements) by weighted least squares, or
    one of them by a weighted median where noise is of Laplace; bounds included, by trying out which are met.
    Sizes of noise by the root mean square (or the mean absolute) residual, clipped to their bounds. Given
    that all measurements of a group of scalings have the same unknown noise, or known noise, this is the
    minimum over all inner parameters. *Not closed*: where they have different ones, both steps are taken in
    turns until nothing changes in 13 digits; a local minimum, as the joint objective may have several.

    *Derivatives*: the gradient of the minimum is that at fixed inner parameters (envelope theorem); residuals
    have their Jacobian projected along what inner parameters cannot follow (Kaufman's approximation of
    variable projection), and half of their squares is the value up to a constant.

    References
    ----------
    Weber et al. (2011), "Parameter estimation and identifiability of biological networks using relative
    data", IFAC Proceedings 44, 11648. Loos et al. (2018), "Hierarchical optimization for the efficient
    parametrization of ODE models", Bioinformatics 34, 4266. Schmiester et al. (2020), "Efficient
    parameterization of large-scale dynamic models based on relative measurements", Bioinformatics 36, 594.
    Golub and Pereyra (1973), SIAM Journal on Numerical Analysis 10, 413. Kaufman (1975), BIT 15, 49.

    Examples
    --------
    >>> import hybridcell as hc
    >>> problem = hc.read_petab(hc.networks.load("jak_stat").petab)
    >>> outer = problem.hierarchical()
    >>> set(outer.inner()) | set(outer.names) == set(problem.free)
    True
    >>> bool(outer.values(outer.nominal[None])[0] <= -problem.log_posterior() + 1e-9)
    True
    """

    def __init__(self, problem: PetabProblem, *, exclude: Collection[str] = (), numerical: bool = False):
        super().__init__(problem)
        check_is_list("exclude", exclude)
        self._options = {"exclude": tuple(exclude), "numerical": numerical}
        joint = self._joint = problem.compiled
        self._roles = find_roles(joint, exclude=exclude, numerical=numerical)
        self._layout = make_layout(joint, self._roles)
        inner = set(self._roles.role)
        is_outer = np.array([id not in inner for id in problem.free], bool)
        self._outer, self._inner = np.flatnonzero(is_outer), np.flatnonzero(~is_outer)
        self.names = tuple(np.array(problem.free, object)[self._outer])
        self.lower, self.upper = problem.lower[self._outer], problem.upper[self._outer]
        self.parameters = tuple(joint.parameters[k] for k in joint.free[self._outer])
        self._normal = [self.names.index(problem.free[k]) for k in self._normal]
        self._compiled = self._part(self._outer, {})
        self._flat = self._flat_prior()

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Hierarchical, **self._options), (self.problem,)

    def _part(self, chosen: np.ndarray, options: dict[str, Any]) -> Compiled:
        """Return the compiled functions of some of the free parameters, the inner ones found."""
        joint = self._joint
        part = copy(joint)
        for name in ("_priors", "_programs", "_adjoints"):
            part.__dict__.pop(name, None)
        # another function than that of the files alone, which would be found in the cache under their name
        part.origin = None
        part.free = joint.free[chosen]
        part.scales = Scales([joint.parameters[k] for k in part.free])
        part.simulator = copy(joint.simulator)
        rows: Any = InnerRows(joint.simulator.rows, self._layout, joint.noise, **options)
        part.simulator.rows = rows
        return part

    @cached_property
    def _projected(self) -> Compiled:
        return self._part(self._outer, {"residual": self._joint._residual})

    @cached_property
    def _shown(self) -> Compiled:
        return self._part(self._outer, {"show": True})

    def _flat_prior(self) -> float:
        """Return the log-prior of the inner parameters, which is the same within their bounds."""
        part, layout = self._part(self._inner, {}), self._layout
        ends = np.clip(np.stack([layout.lower, layout.upper]), -1e300, 1e300)
        middle = layout.scales.to_scaled(ends).mean(axis=0)
        return float(part.log_prior(jnp.asarray(middle)[None])[0])

    def values(self, thetas: Any) -> Float[np.ndarray, " k"]:
        """Return minus the log-posteriors at the inner optima, inf where a simulation failed."""
        return super().values(np.asarray(thetas, float)) - self._flat

    def values_and_gradients(self, thetas: Any) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "k q"]]:
        """Return minus the log-posteriors at the inner optima and their gradients."""
        value, slope = super().values_and_gradients(np.asarray(thetas, float))
        return value - self._flat, slope

    def least_squares(self, thetas: Any) -> tuple[Float[np.ndarray, "k n"], Float[np.ndarray, "k n q"]]:
        """Return residuals at the inner optima and their projected Jacobians, normal priors at the end."""
        return self._squares(self._projected, np.asarray(thetas, float))

    @property
    def nominal(self) -> Float[np.ndarray, " q"]:
        """Nominal values of the outer parameters, on their scales."""
        return self.problem.nominal[self._outer]

    @property
    def roles(self) -> pd.DataFrame:
        """The inner parameters: parameter, role ("scaling", "offset", "noise", "numerical"), observables."""
        import pandas as pd

        rows = [(id, role, ", ".join(self._roles.observables(id))) for id, role in self._roles.role.items()]
        return pd.DataFrame(rows, columns=pd.Index(["parameter", "role", "observables"]))

    def full(self, theta: ArrayLike | None = None) -> Float[np.ndarray, " *k q"]:
        """Return the parameters of the joint problem: outer ones as given, inner ones at their optimum.

        Parameters
        ----------
        theta : (q_outer,) or (k, q_outer)
            On the scales. Default: nominal.

        Returns
        -------
        ndarray, shape (q,) or (k, q)
            On the scales, in the order of ``problem.free``: what the methods of the problem take. NaN where
            a simulation failed.
        """
        outer = self._vectors(theta)
        vectors = np.atleast_2d(outer)
        linear = np.asarray(self._shown.simulate(vectors).found)
        found = np.empty((len(vectors), len(self.problem.free)))
        found[:, self._outer] = vectors
        found[:, self._inner] = self._layout.scales.to_scaled(linear)
        return found[0] if outer.ndim == 1 else found

    def inner(self, theta: ArrayLike | None = None) -> dict[str, Any]:
        """Return the inner optimum on the linear scale, by id: float, or (k,) for k vectors."""
        outer = self._vectors(theta)
        linear = np.asarray(self._shown.simulate(np.atleast_2d(outer)).found)
        return {
            id: float(linear[0, k]) if outer.ndim == 1 else linear[:, k]
            for k, id in enumerate(self._layout.ids)
        }

    def _vectors(self, theta: ArrayLike | None) -> np.ndarray:
        vectors = self.nominal if theta is None else np.asarray(theta, float)
        if vectors.ndim not in (1, 2) or vectors.shape[-1] != len(self.names):
            raise InvalidValueError(
                f"theta has the shape {vectors.shape}; wanted ({len(self.names)},) or "
                f"(k, {len(self.names)}): the outer parameters in the order of .names, each on its scale."
            )
        return vectors

    def fit(self, *, n_starts: int = 20, key: Any, **options: Any) -> Estimation:
        """Estimate the outer parameters by optimizations from many starts.

        Parameters
        ----------
        n_starts : int
        key : PRNG key
            Of the starts.
        **options
            As of `hybridcell.fit.estimation.estimate`.

        Returns
        -------
        Estimation
            Of the outer parameters; ``outer.full(estimation.best.theta)`` has all of them.
        """
        from hybridcell.fit.estimation import estimate

        return estimate(self, n_starts=n_starts, key=key, **options)

    def __repr__(self) -> str:
        return f"<Hierarchical {self.problem.name!r}: {len(self.names)} outer parameters, {self._counts()}>"

    def _counts(self) -> str:
        roles = list(self._roles.role.values())
        counts = [f"{roles.count(role)} {role}" for role in dict.fromkeys(roles)]
        return f"{len(roles)} inner" + (f" ({', '.join(counts)})" if counts else "")

    def _repr_html_(self) -> str:
        facts = {"outer parameters": len(self.names), "inner parameters": self._counts()}
        rows = [tuple(map(str, row)) for row in self.roles.itertuples(index=False)]
        shown = rows[:20] + ([(f"... ({len(rows)} in all)", "", "")] if len(rows) > 20 else [])
        return card(self.problem.name, facts) + table(("parameter", "role", "observables"), shown)
