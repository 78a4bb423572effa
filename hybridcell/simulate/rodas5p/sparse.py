"""Linear systems of a known sparse pattern: lists of operations, fast in a loop that is compiled whole.

Where elimination would fill in what is left, LAPACK goes on. Differentiable in reverse mode.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.mechanisms.program.elimination import Elimination
from hybridcell.mechanisms.program.gather import at, put, read
from hybridcell.mechanisms.program.walk import walk
from hybridcell.simulate.rodas5p import linear, tableau


class Factors(NamedTuple):
    """What solves.

    Attributes
    ----------
    values : (entries, *b)
        Of the rows in the lists.
    core : arrays (*b, core, core) and (*b, core), or None
        LU decomposition of the core, and its permutation of rows.
    """

    values: Array
    core: tuple[Array, Array] | None


def prepare(
    elimination: Elimination, jacobian: Float[Array, " entries *b"], h: Float[Array, "*b"]
) -> tuple[Factors, Callable[[Float[Array, " n *b"]], Float[Array, " n *b"]]]:
    """Return the factors of 1 / (h GAMMA) - Jacobian, given by its values in the pattern, and what solves."""
    n = elimination.n
    over_h = jnp.broadcast_to(1.0 / (h * tableau.GAMMA), (n, *h.shape))
    padding = ((0, elimination.size - n), *((0, 0),) * h.ndim)
    matrix = jnp.pad(over_h, padding) - jacobian
    factors = _factorize(elimination, jax.lax.stop_gradient(matrix))
    return factors, lambda b: _solve(elimination, factors, matrix, b)


def solve_transposed(plan: Elimination, factors: Factors, b: Float[Array, " n *b"]) -> Float[Array, " n *b"]:
    """Solve with the transposed matrix, by the factors that `prepare` returns."""
    b = _operate(plan.backward, plan.backward_count, b, factors.values, transpose=True)
    b = _divide(plan, factors, b, transpose=True)
    return _operate(plan.forward, plan.forward_count, b, factors.values, transpose=True)


def _factorize(plan: Elimination, values: Array) -> Factors:
    def pivot(i: Array, values: Array) -> Array:
        k = plan.pivots[i]
        inverse = 1.0 / at(values, k)

        def divide(j: Array, values: Array) -> Array:
            return put(values, plan.lower[j], -inverse * at(values, plan.lower[j]))

        values = put(values, k, inverse)
        values = jax.lax.fori_loop(plan.lower_start[i], plan.lower_start[i + 1], divide, values)
        return jax.lax.fori_loop(plan.factor_start[i], plan.factor_start[i + 1], subtract, values)

    def subtract(i: Array, values: Array) -> Array:
        target, left, right = plan.factor[i]
        return put(values, target, at(values, target) + at(values, left) * at(values, right))

    values = jax.lax.fori_loop(0, len(plan.pivots), pivot, values)
    # right of the diagonal, rows are divided by their pivots; others by -1, twice
    minus_one = jnp.full((1, *values.shape[1:]), -1.0)
    scaled = -values * read(jnp.concatenate([values, minus_one]), plan.upper_row)
    if len(plan.core) == 0:
        return Factors(scaled, None)
    left = values.at[plan.core_places].get(mode="fill", fill_value=0.0)
    return Factors(scaled, linear.factorize("lapack", jnp.moveaxis(left, (0, 1), (-2, -1))))


@jax.custom_vjp
def _solve(plan: Elimination, factors: Factors, matrix: Array, b: Array) -> Array:
    del matrix  # known by its factors; here for its derivative
    x = _operate(plan.forward, plan.forward_count, b, factors.values)
    x = _divide(plan, factors, x, transpose=False)
    return _operate(plan.backward, plan.backward_count, x, factors.values)


def _solve_forward(plan: Elimination, factors: Factors, matrix: Array, b: Array) -> tuple[Array, Any]:
    x = _solve(plan, factors, matrix, b)
    return x, (plan, factors, x)


def _solve_backward(kept: Any, cotangent: Array) -> tuple[None, None, Array, Array]:
    plan, factors, x = kept
    b = solve_transposed(plan, factors, cotangent)
    return None, None, -b[plan.rows] * x[plan.columns], b


_solve.defvjp(_solve_forward, _solve_backward)


def _divide(plan: Elimination, factors: Factors, b: Array, *, transpose: bool) -> Array:
    """Divide by the pivots, and by the core."""
    x = b * factors.values[: len(b)]
    if factors.core is None:
        return x
    part = jnp.moveaxis(b[plan.core], 0, -1)
    solved = linear.solve_factorized("lapack", factors.core, part, transpose=transpose)
    return x.at[plan.core].set(jnp.moveaxis(solved, -1, 0), unique_indices=True)


def _operate(steps: Array, count: Array, vector: Array, factors: Array, *, transpose: bool = False) -> Array:
    """Run through a list of products to add; transposed: from its end, with target and source exchanged."""

    def add(step: Array, vector: Array) -> Array:
        target, entry, source = step
        target, source = (source, target) if transpose else (target, source)
        row = at(vector, target) + at(factors, entry) * at(vector, source)
        return put(vector, target, row)

    return walk(steps, count, add, vector, numbers=vector[0].size, backward=transpose)
