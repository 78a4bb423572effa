"""Linear systems that share one matrix: factorized once, solved for each stage, in derivatives too."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.simulate.rodas5p import tableau

#: Elimination beats calls of LAPACK for one small matrix, and for several (measured on a CPU).
_LARGEST_ALONE, _LARGEST_ACROSS_LANES = 24, 32


def choose_kind(lanes: int, n: int, *, constrained: bool) -> str:
    """Return "inverse" (by elimination, of all matrices at once, no pivoting) or "lapack".

    Without a mass matrix a step that is small enough makes the matrix dominated by its diagonal, so that a
    failed elimination is mended by a smaller step. Algebraic rows need pivots.
    """
    small = n <= (_LARGEST_ACROSS_LANES if lanes > 1 else _LARGEST_ALONE)
    return "inverse" if small and not constrained else "lapack"


def prepare(
    kind: str,
    jacobian: Float[Array, "*b n n"],
    mass: Float[Array, "n n"] | None,
    h: Float[Array, "*b"],
) -> tuple[Any, Callable[[Float[Array, " n *b"]], Float[Array, " n *b"]]]:
    """Return the factors of mass / (h GAMMA) - Jacobian, and what solves with it any number of times."""
    unit = jnp.eye(jacobian.shape[-1], dtype=jacobian.dtype) if mass is None else mass
    matrix = unit * (1.0 / (h * tableau.GAMMA))[..., None, None] - jacobian
    factors = factorize(kind, matrix)
    return factors, lambda b: jnp.moveaxis(solve(kind, factors, matrix, jnp.moveaxis(b, 0, -1)), -1, 0)


def solve_transposed(kind: str, factors: Any, b: Float[Array, " n *b"]) -> Float[Array, " n *b"]:
    """Solve with the transposed matrix, by the factors that `prepare` returns."""
    return jnp.moveaxis(solve_factorized(kind, factors, jnp.moveaxis(b, 0, -1), transpose=True), -1, 0)


def factorize(kind: str, matrix: Float[Array, "*b n n"]) -> Any:
    """Return what `solve` needs; carries no derivative, as `solve` has its own rule."""
    matrix = jax.lax.stop_gradient(matrix)
    if kind == "inverse":
        # lanes in the last axis: the processor works on several at once
        return _eliminate(matrix if matrix.ndim == 2 else jnp.moveaxis(matrix, 0, -1))
    lu, _, permutation = jax.lax.linalg.lu(matrix)
    return lu, permutation


def _eliminate(matrix: Float[Array, "n n *b"]) -> Float[Array, "n n *b"]:
    """Return the inverse; selections instead of assignments leave one pass over the matrix per pivot."""
    number = jnp.arange(len(matrix)).reshape(-1, *(1,) * (matrix.ndim - 2))

    def eliminate(k: Array, a: Array) -> Array:
        here = number == k
        pivot = 1.0 / a[k, k]
        row = jnp.where(here, pivot, a[k] * pivot)
        column = jnp.where(here, 0.0, a[:, k])
        left = jnp.where(here[None], 0.0, a) - column[:, None] * row[None]
        return jnp.where(here[:, None], row[None], left)

    return jax.lax.fori_loop(0, len(matrix), eliminate, matrix)


def solve_factorized(
    kind: str, factors: Any, b: Float[Array, "*b n"], *, transpose: bool = False
) -> Float[Array, "*b n"]:
    """Return matrix^-1 b, or that of the transposed matrix, by the factors; without its derivative."""
    if kind == "inverse":
        # barriers keep XLA from computing b again for every row, and from summing lane by lane
        b = jax.lax.optimization_barrier(b.T)
        factors = jnp.swapaxes(factors, 0, 1) if transpose else factors
        return jax.lax.optimization_barrier(jnp.sum(factors * b, axis=1)).T
    lu, permutation = factors
    divide = partial(jax.lax.linalg.triangular_solve, lu, left_side=True, transpose_a=transpose)
    if transpose:
        x = divide(divide(b[..., None], lower=False), lower=True, unit_diagonal=True)[..., 0]
        return jnp.put_along_axis(x, permutation, x, axis=-1, inplace=False)
    x = jnp.take_along_axis(b, permutation, -1)[..., None]
    return divide(divide(x, lower=True, unit_diagonal=True), lower=False)[..., 0]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def solve(kind: str, factors: Any, matrix: Float[Array, "*b n n"], b: Float[Array, "*b n"]) -> Array:
    """Return matrix^-1 b by the factors of the matrix, differentiable in matrix and b."""
    return solve_factorized(kind, factors, b)


@solve.defjvp
def _solve_jvp(kind: str, primals: Any, tangents: Any) -> tuple[Array, Array]:
    factors, _, b = primals
    _, matrix_dot, b_dot = tangents
    x = solve_factorized(kind, factors, b)
    moved = b_dot - jnp.einsum("...ij,...j->...i", matrix_dot, x)
    return x, solve_factorized(kind, jax.lax.stop_gradient(factors), moved)
