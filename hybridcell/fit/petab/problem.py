"""A PEtab problem, as people meet it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import ArrayLike, Float

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.html import card
from hybridcell.fit.petab.build import build
from hybridcell.fit.petab.failures import find_failures
from hybridcell.fit.petab.information import fisher_information
from hybridcell.fit.petab.nominal_values import with_nominal_values
from hybridcell.fit.petab.objective import Compiled
from hybridcell.fit.petab.parameter_vectors import ParameterVectors
from hybridcell.fit.petab.views import facts_of, parameter_table
from hybridcell.io.petab.statement import Statement
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate.solve import Solve

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.fit.estimation import Estimation
    from hybridcell.fit.petab.hierarchical import Hierarchical
    from hybridcell.fit.petab.minimized import Minimized

#: Length of the differences from which second derivatives are taken, on the scale of the parameters.
_DIFFERENCE = 1e-4


@dataclass(frozen=True, eq=False, repr=False)
class PetabProblem:
    """An estimation problem: a model, what was measured, and which parameters are to be found.

    Parameter vectors `theta` are given as

    - None: the nominal values,
    - a mapping from ids to values **on the linear scale**; parameters that are not named keep their nominal
      values, and fixed ones may be named too,
    - an array of shape (q,), or (k, q) for k vectors at once, of the estimated parameters in the order of
      `free`, **each on its own scale** (parameterScale; version 2 has none).

    Attributes
    ----------
    statement : Statement
        What the files say.
    model : ReactionNetwork
    solve : Solve
        Tolerances; 1e-8 for both as read, in the units of the model.

    Examples
    --------
    >>> import hybridcell as hc
    >>> problem = hc.read_petab(hc.networks.load("jak_stat").petab)
    >>> round(problem.log_likelihood(), 3)
    121.623
    >>> problem.gradient().index.tolist() == list(problem.free)
    True
    """

    statement: Statement
    model: ReactionNetwork
    solve: Solve
    _origin: tuple[Statement, ReactionNetwork, str] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # what is compiled stays behind
        return PetabProblem, (self.statement, self.model, self.solve, self._origin)

    @cached_property
    def compiled(self) -> Compiled:
        """The compiled functions; they are compiled when first used."""
        origin = None
        if self._origin and self._origin[0] is self.statement and self._origin[1] is self.model:
            origin = f"{self._origin[2]} {self.solve}"
        return build(self.statement, self.model, self.solve, origin=origin)

    @property
    def name(self) -> str:
        """Name of the problem's file, without its ending."""
        return self.statement.file.stem

    @cached_property
    def _vectors(self) -> ParameterVectors:
        return ParameterVectors(self.compiled)

    @property
    def free(self) -> tuple[str, ...]:
        """Ids of the estimated parameters, weights of neural networks last."""
        return self._vectors.free

    @property
    def parameters(self) -> pd.DataFrame:
        """All parameters by id: name, scale, bounds and nominal value (linear), estimate, prior."""
        return parameter_table(self.compiled.parameters)

    @property
    def lower(self) -> Float[np.ndarray, " q"]:
        """Lower bounds of the estimated parameters, on their scales."""
        return self._vectors.lower

    @property
    def upper(self) -> Float[np.ndarray, " q"]:
        """Upper bounds of the estimated parameters, on their scales."""
        return self._vectors.upper

    @property
    def nominal(self) -> Float[np.ndarray, " q"]:
        """Nominal values of the estimated parameters, on their scales."""
        return self._vectors.nominal

    def scaled(self, values: Mapping[str, float]) -> Float[np.ndarray, " q"]:
        """Return linear values of estimated parameters as a vector on their scales."""
        return self._vectors.scaled(values)

    def linear(self, theta: ArrayLike | None = None) -> dict[str, float]:
        """Return one vector of estimated parameters as linear values by id."""
        _, [vector] = self._asked_once(theta)
        return self._vectors.linear(vector)

    def log_likelihood(self, theta: Any = None) -> Any:
        """Return the log-likelihood of the measurements, with all terms of normalization.

        Returns
        -------
        float, or ndarray of shape (k,)
            -inf where a simulation failed; `failures` says why.
        """
        problem, vectors, single = self._asked(theta)
        return _out(problem.compiled.log_likelihood(vectors).value, single)

    def log_prior(self, theta: Any = None) -> Any:
        """Return the log density of the priors: float or (k,); 0 for parameters without one.

        In version 2 an estimated parameter without a prior has a uniform one on its bounds, where these are
        finite. Densities are of the value that the table names (linear, or on the scale), without Jacobians.
        """
        problem, vectors, single = self._asked(theta)
        return _out(problem.compiled.prior_gradient(vectors)[0], single)

    def log_posterior(self, theta: Any = None) -> Any:
        """Return the sum of log-likelihood and log-prior: float or (k,)."""
        problem, vectors, single = self._asked(theta)
        value = problem.compiled.log_likelihood(vectors).value
        return _out(value + problem.compiled.prior_gradient(vectors)[0], single)

    def gradient(self, theta: Any = None, *, of: str = "likelihood") -> pd.Series | pd.DataFrame:
        """Return the gradient of the log-likelihood, or of the log-posterior.

        Parameters
        ----------
        theta
            See the class.
        of : {"likelihood", "posterior"}

        Returns
        -------
        Series (q,) or DataFrame (k, q)
            With respect to the parameters on their scales, by id. NaN where a simulation failed.
        """
        if of not in ("likelihood", "posterior"):
            raise InvalidValueError(f"of is {of!r}; wanted 'likelihood' or 'posterior'.")
        problem, vectors, single = self._asked(theta)
        _, slope = problem.compiled.gradient(vectors)
        if of == "posterior":
            slope = slope + problem.compiled.prior_gradient(vectors)[1]
        return self._vectors.labeled(slope, single)

    def hessian(self, theta: Any = None, *, of: str = "likelihood") -> pd.DataFrame:
        """Return the second derivatives at one vector, (q, q): differences of exact gradients.

        See `fisher_information` for what does without differences.
        """
        problem, [vector] = self._asked_once(theta)
        steps = _DIFFERENCE * np.eye(len(vector))
        slopes = np.asarray(problem.gradient(np.concatenate([vector + steps, vector - steps]), of=of))
        q = len(vector)
        found = (slopes[:q] - slopes[q:]) / (2 * _DIFFERENCE)
        return self._vectors.by_ids((found + found.T) / 2)

    def fisher_information(self, theta: Any = None) -> pd.DataFrame:
        """Return the Fisher information of one vector, (q, q), by forward sensitivities.

        What minus the Hessian of the log-likelihood is on average over repeated measurements; positive
        semidefinite, and 0 in directions that the measurements say nothing about.
        """
        problem, [vector] = self._asked_once(theta)
        return self._vectors.by_ids(fisher_information(problem.compiled, vector))

    def residuals(self, theta: Any = None) -> Any:
        """Return (simulated - measured) / noise, on the scale of the noise: (r,) or (k, r)."""
        problem, vectors, single = self._asked(theta)
        seen = problem.compiled.simulate(vectors)
        found = np.stack([self.compiled.noise.residual(y, s) for y, s in zip(seen.found, seen.sigma)])
        return found[0] if single else found

    def chi2(self, theta: Any = None) -> Any:
        """Return the sum of squared residuals: float or (k,)."""
        squares = np.sum(np.square(self.residuals(theta)), axis=-1)
        return float(squares) if np.ndim(squares) == 0 else squares

    def simulate(self, theta: Any = None) -> pd.DataFrame:
        """Return the measurement table with simulated values.

        Columns are those of the table (as text), `time`, `measurement`, `simulation` and `noise` (the scale
        that the noise formula gives). NaN where a simulation failed.
        """
        problem, vectors = self._asked_once(theta)
        seen = problem.compiled.simulate(vectors)
        table = self.statement.tables["measurements"].copy()
        measured = self.statement.measurements
        table["time"], table["measurement"] = measured.time, measured.value
        table["simulation"], table["noise"] = np.asarray(seen.found[0]), np.asarray(seen.sigma[0])
        return table

    def failures(self, theta: Any = None) -> pd.DataFrame:
        """Return what could not be simulated and why, one row per simulation: vector, conditions, reason."""
        import pandas as pd

        problem, vectors, _ = self._asked(theta)
        rows = find_failures(problem.compiled, problem.compiled.simulate(vectors))
        return pd.DataFrame(rows, columns=pd.Index(["vector", "conditions", "reason"]))

    @cached_property
    def objective(self) -> Minimized:
        """What optimizers minimize: minus the log-posterior of scaled parameters."""
        from hybridcell.fit.petab.minimized import Minimized

        return Minimized(self)

    def hierarchical(self, *, exclude: Collection[str] = (), numerical: bool = False) -> Hierarchical:
        """Return the objective in which scalings, offsets and noise are found given the other parameters.

        Parameters
        ----------
        exclude : collection of str
            Parameters that are not to be found so.
        numerical : bool
            Find also, numerically, what only formulas read but has no closed form.

        Returns
        -------
        Hierarchical
            ``.roles`` has the parameters that are found; ``.fit`` estimates the others, and
            ``.full(theta)`` are all of them, for the methods of this problem.

        Examples
        --------
        >>> import hybridcell as hc
        >>> problem = hc.read_petab(hc.networks.load("jak_stat").petab)
        >>> outer = problem.hierarchical()
        >>> len(outer.names) + len(outer.roles) == len(problem.free)
        True
        """
        from hybridcell.fit.petab.hierarchical import Hierarchical

        return Hierarchical(self, exclude=exclude, numerical=numerical)

    def fit(self, *, n_starts: int = 20, key: Any, **options: Any) -> Estimation:
        """Estimate the parameters by optimizations from many starts.

        Parameters
        ----------
        n_starts : int
        key : PRNG key
            Of the starts.
        **options
            As of `hybridcell.fit.estimation.estimate`: `method` ("least-squares", which is the default where
            noise and priors are normal; "trust-region", the default elsewhere; "l-bfgs-b", "fides", "adam",
            "cma-es"), `starts`, `batch`, `max_iterations`, `executor`, `checkpoint`, ...

        Returns
        -------
        Estimation
            ``.best`` is the best run; give its ``theta`` to the methods of this problem, or to
            `with_parameters`.
        """
        from hybridcell.fit.estimation import estimate

        usual = "least-squares" if self.objective.has_least_squares else "trust-region"
        return estimate(self.objective, n_starts=n_starts, key=key, **{"method": usual, **options})

    def with_parameters(self, theta: Any) -> PetabProblem:
        """Return the problem with other nominal values: those of a fit, for instance.

        Nothing is compiled again, unless the statement had networks.
        """
        if isinstance(theta, Mapping):
            values = {str(id): float(value) for id, value in theta.items()}
        else:
            values = self.linear(theta)
        known = {p.id for p in self.statement.parameters}
        for id in values:
            if id not in known and id not in self.free:
                raise unknown_name("parameter of the problem", id, [*known, *self.free])
        statement = with_nominal_values(self.statement, values)
        fresh = replace(self, statement=statement)
        if not statement.networks and "compiled" in self.__dict__:
            fresh.__dict__["compiled"] = self.compiled.with_nominal(statement.parameters)
        return fresh

    def arrays(self, vector: Any) -> dict[str, dict[str, np.ndarray]]:
        """Return what a vector of estimated parameters (a gradient, a theta) says of networks' arrays.

        Returns
        -------
        dict
            Network -> "layer.array" -> numbers in the array's shape; 0 where an entry is not estimated.
        """
        return self._vectors.arrays(vector)

    def calibrated(self, theta: Any = None) -> ReactionNetwork:
        """Return the model with the estimated values of its own parameters, to be exported or simulated."""
        problem, [vector] = self._asked_once(theta)
        values = {p.id: p.nominal for p in problem.compiled.parameters} | self.linear(vector)
        network = self.compiled.simulator.binding.network
        own = {id: v for id, v in values.items() if id in network.equations.constants and np.isfinite(v)}
        return network.with_values(own)

    def _asked_once(self, theta: Any) -> tuple[PetabProblem, Float[np.ndarray, "1 q"]]:
        problem, vectors, _ = self._asked(theta)
        if len(vectors) != 1:
            raise InvalidValueError(f"theta holds {len(vectors)} vectors; wanted one.")
        return problem, vectors

    def _asked(self, theta: Any) -> tuple[PetabProblem, Float[np.ndarray, "k q"], bool]:
        """Return the problem with the fixed parameters meant, scaled vectors, and whether one was meant."""
        vectors, fixed, single = self._vectors.read(theta)
        return self._with_fixed(fixed) if fixed else self, vectors, single

    def _with_fixed(self, values: Mapping[str, float]) -> PetabProblem:
        """Return the problem for other values of fixed parameters, with the same compiled functions."""
        parameters = tuple(replace(p, nominal=values.get(p.id, p.nominal)) for p in self.compiled.parameters)
        other = replace(self)
        other.__dict__["compiled"] = self.compiled.with_nominal(parameters)
        return other

    def __repr__(self) -> str:
        s = self.statement
        return (
            f"PetabProblem({self.name!r}: {len(s.measurements)} measurements of {len(s.observables)} "
            f"observables, {len(s.experiments)} experiments, {sum(p.estimate for p in s.parameters)} "
            "parameters to estimate" + "".join(f", network {n.id}" for n in s.networks) + ")"
        )

    def _repr_html_(self) -> str:
        return card(self.name, facts_of(self.statement, self.model))


def _out(values: Any, single: bool) -> Any:
    found = np.asarray(values)
    return float(found[0]) if single else found


def make_problem(
    statement: Statement, model: ReactionNetwork, solve: Solve | None = None, *, digest: str | None = None
) -> PetabProblem:
    """Return the problem of a statement; `digest` is the fingerprint of the files that say all of it."""
    solve = Solve(rtol=1e-8, atol=1e-8) if solve is None else solve
    return PetabProblem(statement, model, solve, None if digest is None else (statement, model, digest))
