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
from hybridcell.fit.petab.objective import Compiled
from hybridcell.io.petab.statement import PetabParameter, Statement
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate.kinetics.compiled.results import MESSAGES
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
    def _estimated(self) -> tuple[PetabParameter, ...]:
        return tuple(self.compiled.parameters[k] for k in self.compiled.free)

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Ids of the estimated parameters, weights of neural networks last."""
        return tuple(parameter.id for parameter in self._estimated)

    @property
    def parameters(self) -> pd.DataFrame:
        """All parameters by id: name, scale, bounds and nominal value (linear), estimate, prior."""
        import pandas as pd

        rows = [
            {
                "parameterId": p.id,
                "name": p.name,
                "scale": p.scale,
                "lower": p.lower,
                "upper": p.upper,
                "nominal": p.nominal,
                "estimate": p.estimate,
                "prior": "" if p.prior is None else f"{p.prior.family}{p.prior.parameters}",
            }
            for p in self.compiled.parameters
        ]
        return pd.DataFrame(rows).set_index("parameterId")

    @property
    def lower(self) -> Float[np.ndarray, " q"]:
        """Lower bounds of the estimated parameters, on their scales."""
        return self.compiled.scales.to_scaled(np.array([p.lower for p in self._estimated]))

    @property
    def upper(self) -> Float[np.ndarray, " q"]:
        """Upper bounds of the estimated parameters, on their scales."""
        return self.compiled.scales.to_scaled(np.array([p.upper for p in self._estimated]))

    @property
    def nominal(self) -> Float[np.ndarray, " q"]:
        """Nominal values of the estimated parameters, on their scales."""
        return self.compiled.scales.to_scaled(self.compiled.nominal[self.compiled.free])

    def scaled(self, values: Mapping[str, float]) -> Float[np.ndarray, " q"]:
        """Return linear values of estimated parameters as a vector on their scales."""
        linear = dict(zip(self.free, self.compiled.nominal[self.compiled.free]))
        for id, value in values.items():
            if id not in linear:
                raise unknown_name("estimated parameter", id, self.free)
            linear[id] = float(value)
        return self.compiled.scales.to_scaled(np.array(list(linear.values())))

    def linear(self, theta: ArrayLike | None = None) -> dict[str, float]:
        """Return one vector of estimated parameters as linear values by id."""
        _, [vector] = self._asked_once(theta)
        return dict(zip(self.free, map(float, np.asarray(self.compiled.scales.to_linear(vector)))))

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
        return self._labeled(np.asarray(slope), single)

    def hessian(self, theta: Any = None, *, of: str = "likelihood") -> pd.DataFrame:
        """Return the second derivatives at one vector, (q, q): differences of exact gradients.

        See `fisher_information` for what does without differences.
        """
        import pandas as pd

        problem, [vector] = self._asked_once(theta)
        steps = _DIFFERENCE * np.eye(len(vector))
        slopes = np.asarray(problem.gradient(np.concatenate([vector + steps, vector - steps]), of=of))
        q = len(vector)
        found = (slopes[:q] - slopes[q:]) / (2 * _DIFFERENCE)
        ids = pd.Index(self.free)
        return pd.DataFrame((found + found.T) / 2, index=ids, columns=ids)

    def fisher_information(self, theta: Any = None) -> pd.DataFrame:
        """Return the Fisher information of one vector, (q, q), by forward sensitivities.

        What minus the Hessian of the log-likelihood is on average over repeated measurements; positive
        semidefinite, and 0 in directions that the measurements say nothing about.
        """
        import pandas as pd

        problem, vectors = self._asked_once(theta)
        seen, found_dot, sigma_dot = problem.compiled.linearized(vectors)
        noise, sigma = self.compiled.noise, np.asarray(seen.sigma[0])[:, None]
        found = np.where(noise.logarithmic, np.asarray(seen.found[0]) * noise.base, 1.0)[:, None]
        mean = np.asarray(found_dot[0]) / found / sigma
        size = np.asarray(sigma_dot[0]) / sigma * np.where(noise.laplace, 1.0, np.sqrt(2.0))[:, None]
        ids = pd.Index(self.free)
        return pd.DataFrame(mean.T @ mean + size.T @ size, index=ids, columns=ids)

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
        seen = problem.compiled.simulate(vectors)
        codes = np.asarray(seen.codes)
        levels = self.compiled.simulator.plan.levels
        width = max(map(len, levels))
        rows = [
            {
                "vector": number,
                "conditions": ", ".join(levels[k // width][k % width].conditions),
                "reason": MESSAGES[code],
            }
            for number, row in enumerate(codes)
            for k, code in enumerate(row)
            if code != 0 and k % width < len(levels[k // width])
        ]
        rows += [
            {"vector": number, "conditions": "", "reason": reason}
            for number in np.flatnonzero((codes == 0).all(axis=1))
            for reason in self._without_density(*(np.asarray(a[number]) for a in (seen.found, seen.sigma)))
        ]
        return pd.DataFrame(rows, columns=pd.Index(["vector", "conditions", "reason"]))

    def _without_density(self, found: np.ndarray, sigma: np.ndarray) -> list[str]:
        """Return why measurements have no density though all simulations went well, by observable."""
        logarithmic = self.compiled.noise.logarithmic
        checks = {
            "is not a number": np.isnan(found),
            "is not positive, and its noise is one of the logarithm": logarithmic & (found <= 0),
            "has a noise that is not positive": ~(sigma > 0) & ~np.isnan(found),
        }
        which = self.statement.measurements.observable
        return [
            f"{observable.id} {what} (at {np.sum(wrong[which == k])} of its measurements)"
            for k, observable in enumerate(self.statement.observables)
            for what, wrong in checks.items()
            if wrong[which == k].any()
        ]

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
            "cma-es"), `starts`, `batch`, `max_iterations`, `checkpoint`, ...

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
        parameters = tuple(replace(p, nominal=values.get(p.id, p.nominal)) for p in self.statement.parameters)
        networks = tuple(
            replace(use, arrays=self._updated(use.id, use.arrays, values)) for use in self.statement.networks
        )
        statement = replace(self.statement, parameters=parameters, networks=networks)
        fresh = replace(self, statement=statement)
        if not networks and "compiled" in self.__dict__:
            fresh.__dict__["compiled"] = self.compiled.with_nominal(statement.parameters)
        return fresh

    def _updated(
        self, network: str, arrays: Mapping[str, Any], values: Mapping[str, float]
    ) -> dict[str, Any]:
        ids = [p.id for p in self.compiled.parameters]
        found = {}
        for name, array in arrays.items():
            places = self.compiled.entries.places[network][name]
            flat = [values.get(ids[k], v) for k, v in zip(places.ravel(), array.value.ravel())]
            found[name] = replace(array, value=np.array(flat).reshape(array.value.shape))
        return found

    def arrays(self, vector: Any) -> dict[str, dict[str, np.ndarray]]:
        """Return what a vector of estimated parameters (a gradient, a theta) says of networks' arrays.

        Returns
        -------
        dict
            Network -> "layer.array" -> numbers in the array's shape; 0 where an entry is not estimated.
        """
        full = np.zeros(len(self.compiled.parameters))
        full[self.compiled.free] = np.asarray(vector, float)
        places = self.compiled.entries.places
        return {net: {name: full[k] for name, k in arrays.items()} for net, arrays in places.items()}

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
        if theta is None:
            return self, self.nominal[None], True
        if isinstance(theta, Mapping):
            known, free = {p.id: p for p in self.compiled.parameters}, set(self.free)
            for id in theta:
                if id not in known:
                    raise unknown_name("parameter of the problem", id, known)
            fixed = {id: float(value) for id, value in theta.items() if id not in free}
            problem = self._with_fixed(fixed) if fixed else self
            return problem, self.scaled({id: v for id, v in theta.items() if id in free})[None], True
        vectors = np.asarray(theta, float)
        if vectors.ndim not in (1, 2) or vectors.shape[-1] != len(self.free):
            raise InvalidValueError(
                f"theta has the shape {vectors.shape}; wanted ({len(self.free)},) or (k, {len(self.free)}): "
                "the estimated parameters in the order of .free, each on its scale. A dict has linear values."
            )
        return self, np.atleast_2d(vectors), vectors.ndim == 1

    def _with_fixed(self, values: Mapping[str, float]) -> PetabProblem:
        """Return the problem for other values of fixed parameters, with the same compiled functions."""
        parameters = tuple(replace(p, nominal=values.get(p.id, p.nominal)) for p in self.compiled.parameters)
        other = replace(self)
        other.__dict__["compiled"] = self.compiled.with_nominal(parameters)
        return other

    def _labeled(self, slope: np.ndarray, single: bool) -> pd.Series | pd.DataFrame:
        import pandas as pd

        if single:
            return pd.Series(slope[0], index=list(self.free), name="gradient")
        return pd.DataFrame(slope, columns=pd.Index(self.free))

    def __repr__(self) -> str:
        s = self.statement
        return (
            f"PetabProblem({self.name!r}: {len(s.measurements)} measurements of {len(s.observables)} "
            f"observables, {len(s.experiments)} experiments, {sum(p.estimate for p in s.parameters)} "
            "parameters to estimate" + "".join(f", network {n.id}" for n in s.networks) + ")"
        )

    def _repr_html_(self) -> str:
        s = self.statement
        noises = sorted({o.distribution for o in s.observables})
        facts = {
            "format": f"PEtab version {s.version}",
            "model": f"{self.model.id}, {len(self.model.equations.states)} states",
            "measurements": f"{len(s.measurements)} of {', '.join(o.id for o in s.observables[:8])}"
            + (" ..." if len(s.observables) > 8 else ""),
            "experiments": len(s.experiments),
            "noise": ", ".join(noises),
            "parameters": f"{sum(p.estimate for p in s.parameters)} to estimate of {len(s.parameters)}",
            "networks": ", ".join(n.id for n in s.networks) or "none",
        }
        return card(self.name, facts)


def _out(values: Any, single: bool) -> Any:
    found = np.asarray(values)
    return float(found[0]) if single else found


def make_problem(
    statement: Statement, model: ReactionNetwork, solve: Solve | None = None, *, digest: str | None = None
) -> PetabProblem:
    """Return the problem of a statement; `digest` is the fingerprint of the files that say all of it."""
    solve = Solve(rtol=1e-8, atol=1e-8) if solve is None else solve
    return PetabProblem(statement, model, solve, None if digest is None else (statement, model, digest))
