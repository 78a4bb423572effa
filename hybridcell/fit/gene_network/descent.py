"""Adam for all members at once, that goes back to its best point when a step made things much worse."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.fit.gene_network.objective import Task
from hybridcell.fit.gene_network.settings import Lane
from hybridcell.fit.gene_network.unknowns import Unknowns

_MEAN, _SQUARE, _SMALL = 0.9, 0.99, 1e-8
#: Steps of the optimizer during which the pace rises, and the share of the pace that is left at the end.
_RISE, _LAST = 20, 0.02
#: The penalty on edges grows from a tenth to all of it over the first half: to start with a free network
#: finds the edges that explain most, and to start with a stiff one gets stuck beside them.
_FIRST_SPARSITY = 0.1
#: A cost this many times the best one is a leap across a bifurcation.
_LEAP = 1.5
#: Weights move twice as far as other numbers, for they are of order 1 to 10.
_WEIGHT_PACE = 2.0


class Descent(eqx.Module):
    """Where one member stands."""

    unknowns: Unknowns
    mean: Unknowns
    square: Unknowns
    age: Float[Array, ""]
    states: Float[Array, "c n"]
    adjoint: Float[Array, "c n"]
    best: Unknowns
    best_cost: Float[Array, ""]
    pace: Float[Array, ""]
    returns: Float[Array, ""]

    @classmethod
    def begin(cls, task: Task, pace: float) -> Descent:
        """Return the start of a member: no edges, the levels of the untouched cell."""
        n = task.edge_cost.shape[0]
        start = Unknowns.at_prior(n, task.courses.shape[0])
        zero, states = jnp.zeros(()), task.made * task.base.reference
        nothing = jax.tree.map(jnp.zeros_like, start)
        return cls(
            unknowns=start,
            mean=nothing,
            square=nothing,
            age=zero,
            states=states,
            adjoint=jnp.zeros_like(states),
            best=start,
            best_cost=jnp.asarray(jnp.inf),
            pace=jnp.asarray(pace),
            returns=zero,
        )


@eqx.filter_jit
def advance(
    descents: Descent, task: Task, lanes: Lane, first: Array, last: Array, total: Array
) -> tuple[Descent, Float[Array, " m"]]:
    """Move all members on by some steps.

    Parameters
    ----------
    descents, lanes
        Members first in every array.
    task
        The experiments, the same for all.
    first, last, total
        Number of the first step, of the one after the last, and of all steps.

    Returns
    -------
    descents
        Where they stand now.
    costs : Array, shape (m,)
        Cost at the last step.
    """

    def one(descent: Descent, lane: Lane) -> tuple[Descent, Array]:
        def step(k: Array, carry: tuple[Descent, Array]) -> tuple[Descent, Array]:
            return _step(carry[0], task, lane, k.astype(float), total)

        return jax.lax.fori_loop(first, last, step, (descent, jnp.asarray(jnp.inf)))

    return jax.vmap(one)(descents, lanes)


def _step(d: Descent, task: Task, lane: Lane, k: Array, total: Array) -> tuple[Descent, Array]:
    grown = jnp.minimum(1.0, _FIRST_SPARSITY + (1.0 - _FIRST_SPARSITY) * 2.0 * k / total)
    cost_of = jax.value_and_grad(task.cost, argnums=(0, 3), has_aux=True)
    (cost, states), (slope, adjoint) = cost_of(d.unknowns, lane, d.states, d.adjoint, grown)
    # While the penalty grows costs at different steps cannot be compared: the best is forgotten.
    settled = grown >= 1.0
    known = jnp.where(settled & (d.best_cost == jnp.inf), cost, d.best_cost)
    finite = jnp.isfinite(cost) & jax.tree.reduce(
        jnp.logical_and, jax.tree.map(lambda g: jnp.all(jnp.isfinite(g)), slope)
    )
    leap = ~finite | (settled & (cost > known + (_LEAP - 1.0) * jnp.abs(known)))
    better = ~leap & (~settled | (cost <= known))
    best = _choose(better, d.unknowns, d.best)
    best_cost = jnp.where(settled & ~leap, jnp.minimum(known, cost), d.best_cost)

    mean = jax.tree.map(lambda m, g: _MEAN * m + (1 - _MEAN) * g, d.mean, slope)
    square = jax.tree.map(lambda v, g: _SQUARE * v + (1 - _SQUARE) * g**2, d.square, slope)
    age = d.age + 1.0
    rise = jnp.minimum(1.0, age / _RISE)
    fall = _LAST + (1.0 - _LAST) * 0.5 * (1.0 + jnp.cos(jnp.pi * k / total))
    rate = d.pace * rise * fall
    moved = jax.tree.map(
        lambda p, m, v: p - rate * (m / (1 - _MEAN**age)) / (jnp.sqrt(v / (1 - _SQUARE**age)) + _SMALL),
        eqx.tree_at(lambda u: u.weights, d.unknowns, d.unknowns.weights / _WEIGHT_PACE),
        mean,
        square,
    )
    moved = eqx.tree_at(lambda u: u.weights, moved, moved.weights * _WEIGHT_PACE)
    nothing = jax.tree.map(jnp.zeros_like, mean)
    rest = task.made * task.base.reference
    new = Descent(
        unknowns=_choose(leap, best, moved),
        mean=_choose(leap, nothing, mean),
        square=_choose(leap, nothing, square),
        age=jnp.where(leap, 0.0, age),
        states=jnp.where(leap, rest, states),
        adjoint=jnp.where(leap, 0.0, adjoint),
        best=best,
        best_cost=best_cost,
        pace=jnp.where(leap, 0.5 * d.pace, d.pace),
        returns=d.returns + leap,
    )
    return new, cost


def _choose(first: Array, one: Unknowns, other: Unknowns) -> Unknowns:
    return jax.tree.map(lambda a, b: jnp.where(first, a, b), one, other)
