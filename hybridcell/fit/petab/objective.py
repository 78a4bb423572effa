"""The likelihood of a PEtab problem and its derivatives, compiled, for batches of parameter vectors."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from hybridcell._core.compiler import jit_kinetics
from hybridcell.fit.petab.kept_programs import kept_program
from hybridcell.fit.petab.networks import NetworkEntries
from hybridcell.fit.petab.noise import Noise
from hybridcell.fit.petab.prior_groups import PriorGroup, group_priors
from hybridcell.fit.petab.scales import Scales
from hybridcell.fit.petab.simulator import Seen, Simulator
from hybridcell.io.petab.statement import PetabParameter, Statement
from hybridcell.simulate.kinetics.compiled import results
from hybridcell.simulate.kinetics.simulate import system_of

#: Steps of a span for which the backward pass has room at first, and at most.
_ROOM, _MOST_ROOM = 1024, 65_536
#: Keeps residuals of the size of noise real: added to its logarithm (any number above -log(sigma) does).
_SHIFT = 50.0


class Value(NamedTuple):
    """A log-likelihood or log-posterior, by parameter vector.

    Attributes
    ----------
    value : (b,)
        -inf where a simulation failed.
    codes : (b, s)
        How each span went.
    """

    value: Array
    codes: Array


class Compiled:
    """Compiled functions of scaled, estimated parameters theta (b, q).

    Parameters
    ----------
    statement : Statement
    parameters : tuple of PetabParameter
        All of them: those of the table, then the weights of networks.
    simulator : Simulator
    entries : NetworkEntries
    origin : str or None
        Fingerprint of the files that all of this was made from; None where it was made otherwise.

    Attributes
    ----------
    free : ndarray of int, shape (q,)
        The estimated ones.
    nominal : ndarray, shape (N,)
        Of all, on the linear scale.
    """

    def __init__(
        self,
        statement: Statement,
        parameters: tuple[PetabParameter, ...],
        simulator: Simulator,
        entries: NetworkEntries,
        origin: str | None = None,
    ):
        self.entries, self.origin = entries, origin
        self.statement, self.parameters, self.simulator = statement, parameters, simulator
        measured = statement.measurements
        self.noise = Noise(
            [statement.observables[k].distribution for k in measured.observable], measured.value
        )
        self.free = np.array([k for k, p in enumerate(parameters) if p.estimate], int)
        self.scales = Scales([parameters[k] for k in self.free])
        self.nominal = np.array([p.nominal for p in parameters])
        self.system = system_of(simulator.binding.equations, universal=False)
        self._room = _ROOM
        moving = {parameters[k].id for k in self.free}
        #: Rows whose noise the parameters move, and which so have a residual more.
        self.moving_noise = np.flatnonzero(simulator.rows.noise_moves(moving))

    def with_nominal(self, parameters: tuple[PetabParameter, ...]) -> Compiled:
        """Return the same functions for other nominal values; nothing is compiled again."""
        other = copy(self)
        # both share what is compiled, also what is compiled from now on
        other.__dict__.update(_programs=self._programs, _adjoints=self._adjoints)
        other.parameters = (*parameters, *self.parameters[len(parameters) :])
        other.nominal = np.array([p.nominal for p in other.parameters])
        return other

    @cached_property
    def _priors(self) -> list[PriorGroup]:
        return group_priors([self.parameters[k] for k in self.free], self.statement.version)

    def _all(self, theta: Float[Array, "b q"], nominal: Float[Array, " N"]) -> Float[Array, "b N"]:
        """Return all parameters on the linear scale."""
        linear = jax.vmap(self.scales.to_linear)(theta)
        return jnp.broadcast_to(nominal, (len(theta), len(nominal))).at[:, self.free].set(linear)

    def log_prior(self, theta: Float[Array, "b q"]) -> Float[Array, " b"]:
        """Return the logarithm of the prior density."""
        linear = jax.vmap(self.scales.to_linear)(theta)
        return sum((group.log_density(theta, linear) for group in self._priors), jnp.zeros(len(theta)))

    def _likelihood(self, seen: Seen) -> Float[Array, " b"]:
        total = jnp.sum(jax.vmap(self.noise.log_density)(seen.found, seen.sigma), axis=1)
        # what failed, or is no number, is never a good value
        return jnp.where(jnp.isnan(total), -jnp.inf, total)

    def _seen(self, theta: Array, nominal: Array, system: Any, room: int) -> Seen:
        return self.simulator.run(system, self._all(theta, nominal), room=room)

    def log_likelihood(self, theta: ArrayLike) -> Value:
        """Return log-likelihoods."""
        seen = self.simulate(theta)
        return Value(self._programs["likelihood"](seen), seen.codes)

    def simulate(self, theta: ArrayLike) -> Seen:
        """Return observables and noise of every measurement."""
        return self._programs["simulate"](jnp.asarray(theta), jnp.asarray(self.nominal), self.system)

    def gradient(self, theta: ArrayLike) -> tuple[Value, Float[Array, "b q"]]:
        """Return log-likelihoods and their gradients, by the adjoint of the steps that were taken.

        The past of a run with delays is not undone: there, forward sensitivities are taken.
        """
        theta, nominal = jnp.asarray(theta), jnp.asarray(self.nominal)
        if self.system.k > 0:
            return self._programs["slope"](*self.linearized(theta))
        while True:
            value, slope = self._adjoint(theta, nominal, self._room)
            full = bool(np.any(np.asarray(value.codes) == results.STORE_FULL))
            if not full or self._room >= _MOST_ROOM:
                return value, slope
            self._room *= 4

    def linearized(self, theta: ArrayLike) -> tuple[Seen, Array, Array]:
        """Return observables and noise with their derivatives, by forward sensitivities."""
        return self._programs["linearize"](jnp.asarray(theta), jnp.asarray(self.nominal), self.system)

    def residuals(self, theta: ArrayLike) -> tuple[Float[Array, "b n"], Float[Array, "b n q"]]:
        """Return residuals and their Jacobians: half of their squares is minus the log-likelihood, up to a
        constant.

        Where parameters move the noise, a residual more stands for its size, as in d2d.
        """
        return self._programs["residuals"](*self.linearized(theta))

    def prior_gradient(self, theta: ArrayLike) -> tuple[Float[Array, " b"], Float[Array, "b q"]]:
        """Return log-priors and their gradients."""
        return self._programs["prior"](jnp.asarray(theta))

    @cached_property
    def _programs(self) -> dict[str, Callable[..., Any]]:
        """The compiled functions, each compiled when first used."""

        def likelihood(seen: Seen) -> Array:
            return self._likelihood(seen)

        def simulate(theta: Array, nominal: Array, system: Any) -> Seen:
            return self._seen(theta, nominal, system, 0)

        def linearize(theta: Array, nominal: Array, system: Any) -> tuple[Seen, Array, Array]:
            full, slope = jax.vmap(lambda t: _with_jacobian(lambda t: self._all(t[None], nominal)[0], t))(
                theta
            )
            return self.simulator.run_along(system, full, slope)

        def residuals(seen: Seen, found_dot: Array, sigma_dot: Array) -> tuple[Array, Array]:
            def one(found: Array, sigma: Array, tangents: tuple[Array, Array]) -> tuple[Array, Array]:
                run = lambda moved: jax.jvp(self._residual, (found, sigma), moved)  # noqa: E731
                return jax.vmap(run, in_axes=-1, out_axes=(None, -1))(tangents)

            return jax.vmap(one)(seen.found, seen.sigma, (found_dot, sigma_dot))

        def slope(seen: Seen, found_dot: Array, sigma_dot: Array) -> tuple[Value, Array]:
            total = lambda found, sigma: self._likelihood(Seen(found, sigma, seen.codes))  # noqa: E731
            value, pull = jax.vjp(total, seen.found, seen.sigma)
            by_found, by_sigma = pull(jnp.ones_like(value))
            total_dot = jnp.einsum("br,brq->bq", by_found, found_dot)
            total_dot += jnp.einsum("br,brq->bq", by_sigma, sigma_dot)
            return Value(value, seen.codes), jnp.where(jnp.isfinite(value)[:, None], total_dot, jnp.nan)

        def prior(theta: Array) -> tuple[Array, Array]:
            value, pull = jax.vjp(self.log_prior, theta)
            return value, pull(jnp.ones_like(value))[0]

        whole = {"simulate": simulate, "linearize": linearize}
        # programs of their own: what they are made from takes seconds to compile, and serves for all of them
        rest = {"likelihood": likelihood, "residuals": residuals, "slope": slope, "prior": prior}
        made = {name: jit_kinetics(function) for name, function in whole.items()}
        return made | {name: jit_kinetics(function, jax.jit) for name, function in rest.items()}

    def _residual(self, found: Float[Array, " r"], sigma: Float[Array, " r"]) -> Float[Array, " n"]:
        own = self.noise.residual(found, sigma)
        size = jnp.log(sigma[self.moving_noise])
        return jnp.concatenate([own, jnp.sqrt(2 * (size + _SHIFT))])

    @cached_property
    def _adjoints(self) -> dict[Any, Callable[..., Any]]:
        return {}

    def _adjoint(self, theta: Array, nominal: Array, room: int) -> tuple[Value, Array]:
        """Compute log-likelihoods and gradients, with room for so many steps of each span."""
        leaves, tree = jax.tree.flatten(eqx.filter(self.system, eqx.is_array))
        static = eqx.filter(self.system, eqx.is_array, inverse=True)

        def adjoint(theta: Array, nominal: Array, *leaves: Array) -> tuple[Array, Array, Array]:
            system = eqx.combine(jax.tree.unflatten(tree, leaves), static)

            def value(theta: Array) -> tuple[Array, Array]:
                seen = self._seen(theta, nominal, system, room)
                return self._likelihood(seen), seen.codes

            found, pull, codes = jax.vjp(value, theta, has_aux=True)
            slope = pull(jnp.ones_like(found))[0]
            # part of it may be known where the value is not: it would look like a derivative
            return found, codes, jnp.where(jnp.isfinite(found)[:, None], slope, jnp.nan)

        key, args = (room, theta.shape), (theta, nominal, *leaves)
        if key not in self._adjoints:
            kept = self.origin is not None
            origin = f"{self.origin} {room}"
            made = kept_program(adjoint, args, origin) if kept else jit_kinetics(adjoint, jax.jit)
            self._adjoints[key] = made
        found, codes, slope = self._adjoints[key](*args)
        return Value(found, codes), slope


def _with_jacobian(function: Callable[[Array], Array], at: Array) -> tuple[Array, Array]:
    return function(at), jax.jacfwd(function)(at)
