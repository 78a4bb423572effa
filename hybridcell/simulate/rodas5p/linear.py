"""Linear systems that share one matrix: factorized once, solved for each stage, in derivatives too."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

#: Elimination across lanes beats LAPACK for several small matrices, up to this size (measured on a CPU).
_LARGEST_ACROSS_LANES = 32


def choose_kind(lanes: int, n: int, *, constrained: bool) -> str:
    """Return "lanes" (elimination of all matrices at once, no pivoting) or "lapack".

    Without a mass matrix a step that is small enough makes the matrix dominated by its diagonal, so that a
    failed elimination is mended by a smaller step. Algebraic rows need pivots.
    """
    small = lanes > 1 and n <= _LARGEST_ACROSS_LANES
    return "lanes" if small and not constrained else "lapack"


def factorize(kind: str, matrix: Float[Array, "*b n n"]) -> Any:
    """Return what `solve` needs; carries no derivative, as `solve` has its own rule."""
    matrix = jax.lax.stop_gradient(matrix)
    if kind == "lanes":
        return _inverse_across_lanes(matrix)
    lu, _, permutation = jax.lax.linalg.lu(matrix)
    return lu, permutation


def _inverse_across_lanes(matrices: Float[Array, "b n n"]) -> Float[Array, "b n n"]:
    """Invert by Gauss-Jordan elimination, lanes in the last axis: the processor works on several at once."""

    def eliminate(k: Array, a: Array) -> Array:
        pivot = 1.0 / a[k, k]
        row, column = a[k] * pivot, a[:, k]
        a = a - column[:, None] * row[None]
        return a.at[k].set(row).at[:, k].set(-column * pivot).at[k, k].set(pivot)

    last = jnp.moveaxis(matrices, 0, -1)
    return jnp.moveaxis(jax.lax.fori_loop(0, matrices.shape[-1], eliminate, last), -1, 0)


def _apply(kind: str, factors: Any, b: Float[Array, "*b n"]) -> Float[Array, "*b n"]:
    if kind == "lanes":
        return jnp.einsum("bij,bj->bi", factors, b)
    lu, permutation = factors
    x = jnp.take_along_axis(b, permutation, -1)[..., None]
    x = jax.lax.linalg.triangular_solve(lu, x, left_side=True, lower=True, unit_diagonal=True)
    return jax.lax.linalg.triangular_solve(lu, x, left_side=True, lower=False)[..., 0]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def solve(kind: str, factors: Any, matrix: Float[Array, "*b n n"], b: Float[Array, "*b n"]) -> Array:
    """Return matrix^-1 b by the factors of the matrix, differentiable in matrix and b."""
    return _apply(kind, factors, b)


@solve.defjvp
def _solve_jvp(kind: str, primals: Any, tangents: Any) -> tuple[Array, Array]:
    factors, _, b = primals
    _, matrix_dot, b_dot = tangents
    x = _apply(kind, factors, b)
    moved = b_dot - jnp.einsum("...ij,...j->...i", matrix_dot, x)
    return x, _apply(kind, jax.lax.stop_gradient(factors), moved)
