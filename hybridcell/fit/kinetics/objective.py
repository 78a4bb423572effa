"""Residuals of a network against measurements, in units of their errors, and their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from hybridcell._core.compiler import jit_kinetics
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import Expression
from hybridcell.fit.kinetics.free_numbers import FreeNumbers
from hybridcell.fit.kinetics.measurements import Measurements
from hybridcell.mechanisms.program.observation import make_observation
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate import Solve
from hybridcell.simulate.kinetics.compiled.tangents import states, states_along
from hybridcell.simulate.kinetics.simulate import system_of

NOISES = ("normal", "log-normal")


class Task(eqx.Module):
    """The numbers of an objective: an argument of its programs, so that other errors are no other program.

    Attributes
    ----------
    base : (c, m)
        Constants under each condition.
    settled : (c, m) bool
        Constants that a condition sets: a fit does not move them there.
    ts : (t,)
    lane, when, readout : (n,)
        Where each measurement stands in what is computed.
    value, sd, weight : (n,)
    center, spread : (q,)
    """

    base: Array
    settled: Array
    ts: Array
    lane: Array
    when: Array
    readout: Array
    value: Array
    sd: Array
    weight: Array
    center: Array
    spread: Array

    def with_errors(self, sd: np.ndarray) -> Task:
        """Return the task with other errors."""
        return eqx.tree_at(lambda task: task.sd, self, jnp.asarray(sd))

    def up_to(self, share: float) -> Task:
        """Return the task in which only the first share of the time counts."""
        early = self.ts[self.when] <= share * self.ts[-1]
        return eqx.tree_at(lambda task: task.weight, self, self.weight * early)


@dataclass(frozen=True, eq=False)
class Objective:
    """Residuals r(theta): measurements first, then penalties on values of neural pieces, then the prior.

    Attributes
    ----------
    n_data : int
        Number of measurements.
    task : Task
    compute, differentiate : callable
        Of (theta (q,), task): residuals, and residuals with their Jacobian (n, q). Compiled.
    predict : callable
        Of (theta, task): what was measured, as predicted.
    """

    n_data: int
    task: Task
    compute: Callable[[Any, Task], Any]
    differentiate: Callable[[Any, Task], Any]
    predict: Callable[[Any, Task], Any]

    def residuals(self, theta: np.ndarray) -> np.ndarray:
        """Return all residuals."""
        return np.asarray(self.compute(jnp.asarray(theta), self.task))

    def linearized(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return residuals and Jacobian."""
        r, j = self.differentiate(jnp.asarray(theta), self.task)
        return np.asarray(r), np.asarray(j)

    def chi2(self, theta: np.ndarray) -> float:
        """Return the sum of squares over the measurements alone."""
        return float(np.sum(self.residuals(theta)[: self.n_data] ** 2))


def make_objective(
    network: ReactionNetwork,
    free: FreeNumbers,
    measured: Measurements,
    *,
    solve: Solve,
    noise: str,
    penalty: float,
) -> Objective:
    """Return the objective of a fit.

    Parameters
    ----------
    noise : {"normal", "log-normal"}
        Errors are those of values, or of their logarithms.
    penalty : float
        Weight of the mean square of what neural pieces put out, at the measured times: the mechanism explains
        what it can. 0 for none.
    """
    if noise == "log-normal" and (measured.value <= 0).any():
        raise InvalidValueError(
            "noise='log-normal' needs positive measurements; found some that are 0 or below. Leave them out "
            "(NaN), or take noise='normal'."
        )
    outputs = [id for hole in network.holes if hole.kind != "readout" for id in hole.outputs]
    penalized = outputs if penalty > 0 else []
    equations = network.equations
    seen = [equations.observables[id] for id in (*measured.readouts, *penalized)]
    programs = _programs(network, free, seen, len(measured.readouts), solve, noise)
    task = make_task(network, free, measured, solve=solve, penalty=penalty, n_penalized=len(penalized))
    return Objective(len(measured), task, *programs)


def make_task(
    network: ReactionNetwork,
    free: FreeNumbers,
    measured: Measurements,
    *,
    solve: Solve,
    penalty: float,
    n_penalized: int,
) -> Task:
    """Return the numbers of an objective; penalties are measurements of 0."""
    base = measured.constants(network)
    settled = np.zeros(base.shape, bool)
    places = [network.equations.constants.index(id) for id in measured.ids]
    settled[:, places] = ~np.isnan(measured.settings)
    c, t = len(base), len(measured.times)
    lanes, whens, readouts = (
        a.reshape(-1) for a in np.meshgrid(np.arange(c), np.arange(t), np.arange(n_penalized), indexing="ij")
    )
    count = len(lanes)
    join = lambda a, b: jnp.asarray(np.concatenate([a, b]))  # noqa: E731
    loose = np.sqrt(max(count / max(n_penalized, 1), 1.0) / penalty) if penalty > 0 else 1.0
    return Task(
        base=jnp.asarray(base), settled=jnp.asarray(settled), ts=jnp.asarray(measured.times),
        lane=join(measured.condition, lanes), when=join(measured.when, whens),
        readout=join(measured.readout, len(measured.readouts) + readouts),
        value=join(measured.value, np.zeros(count)), sd=join(measured.sd, np.full(count, loose)),
        weight=jnp.ones(len(measured) + count), center=jnp.asarray(free.center),
        spread=jnp.asarray(free.spread),
    )  # fmt: skip


#: Programs by equations and by what else tells them apart: another data set, or another start, needs no
#: other program.
_made: WeakKeyDictionary[Equations, dict[Any, tuple[Any, Any, Any]]] = WeakKeyDictionary()


def _programs(
    network: ReactionNetwork,
    free: FreeNumbers,
    seen: Sequence[Expression],
    n_readouts: int,
    solve: Solve,
    noise: str,
) -> tuple[Any, Any, Any]:
    kept = _made.setdefault(network.equations, {})
    key = (*free.shape, tuple(seen), n_readouts, solve, noise)
    if key not in kept:
        kept[key] = _make_programs(network, free, seen, n_readouts, solve, noise)
    return kept[key]


def _make_programs(
    network: ReactionNetwork,
    free: FreeNumbers,
    seen: Sequence[Expression],
    n_readouts: int,
    solve: Solve,
    noise: str,
) -> tuple[Any, Any, Any]:
    system = system_of(network.equations, universal=False)
    observe = make_observation(seen, network.equations)
    places = free.places

    def constants(theta: Array, task: Task) -> Array:
        own = jnp.where(task.settled[:, places], task.base[:, places], free.values(theta))
        return task.base.at[:, places].set(own)

    def observed(x: Array, p: Array, task: Task) -> Array:
        c, t, n = x.shape
        columns = jnp.moveaxis(x, -1, 0).reshape(n, c * t)
        found = observe(
            jnp.tile(task.ts, c), columns, jnp.repeat(p.T, t, axis=1), jnp.zeros((0, c * t), x.dtype)
        ).reshape(-1, c, t)
        return found[task.readout, task.lane, task.when]

    def residual(found: Array, task: Task) -> Array:
        if noise == "log-normal":
            measured = task.readout < n_readouts
            tiny = 1e-12 * jnp.abs(task.value)
            logs = jnp.log(jnp.maximum(found, tiny)) - jnp.log(jnp.where(measured, task.value, 1.0))
            off = jnp.where(measured, logs, found)
        else:
            off = found - task.value
        # a measurement without weight does not count, not even where the simulation failed
        return jnp.where(task.weight > 0, jnp.sqrt(task.weight) * off / task.sd, 0.0)

    def prior(theta: Array, task: Task) -> Array:
        return (theta - task.center) / task.spread

    @jit_kinetics
    def predict(theta: Array, task: Task) -> Array:
        p = constants(theta, task)
        return observed(states(system, p, task.ts, solve), p, task)

    @jit_kinetics
    def compute(theta: Array, task: Task) -> Array:
        p = constants(theta, task)
        found = observed(states(system, p, task.ts, solve), p, task)
        return jnp.concatenate([residual(found, task), prior(theta, task)])

    @jit_kinetics
    def differentiate(theta: Array, task: Task) -> tuple[Array, Array]:
        p = constants(theta, task)
        unit = jnp.zeros((len(theta), p.shape[1])).at[jnp.arange(len(theta)), places].set(free.slopes(theta))
        directions = jnp.where(task.settled[None], 0.0, unit[:, None, :])
        x, slopes = states_along(system, p, directions, task.ts, solve)

        def along(x_dot: Array, p_dot: Array) -> tuple[Array, Array]:
            return jax.jvp(lambda x, p: residual(observed(x, p, task), task), (x, p), (x_dot, p_dot))

        r, columns = jax.vmap(along, out_axes=(None, 0))(slopes, directions)
        own = jnp.diag(1.0 / task.spread)
        return jnp.concatenate([r, prior(theta, task)]), jnp.concatenate([columns.T, own])

    return compute, differentiate, predict
