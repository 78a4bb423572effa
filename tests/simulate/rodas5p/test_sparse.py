from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.mechanisms.program.elimination import Elimination, plan_elimination
from hybridcell.simulate.rodas5p import linear, sparse, tableau
from tests.tolerances import ORACLE

Pattern = set[tuple[int, int]]


@jax.jit
def solved(plan: Elimination, jacobian: Any, h: Any, b: Any) -> Any:
    return sparse.prepare(plan, jacobian, h)[1](b)


def values_at(plan: Elimination, jacobian: np.ndarray) -> np.ndarray:
    """Return the values (entries, *c) of matrices (n, n, *c) in the pattern."""
    flat = jacobian.reshape(-1, *jacobian.shape[2:])
    return np.concatenate([flat, np.zeros((1, *flat.shape[1:]))])[np.asarray(plan.places)]


def problem(pattern: Pattern, n: int, lanes: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(len(pattern))
    jacobian = rng.normal(size=(n, n, *lanes))
    jacobian *= np.array([[(i, j) in pattern for j in range(n)] for i in range(n)]).reshape(
        n, n, *(1,) * len(lanes)
    )
    # steps so small that the diagonal dominates, barely
    h = 0.9 / (tableau.GAMMA * np.abs(jacobian).sum(axis=1).max(axis=0).clip(1e-3))
    return jacobian, h, rng.normal(size=(n, *lanes))


def check(pattern: Pattern, n: int, lanes: tuple[int, ...], universal: bool) -> None:
    jacobian, h, b = problem(pattern, n, lanes)
    plan = plan_elimination(pattern, n, universal=universal)
    assert plan is not None
    found = solved(plan, values_at(plan, jacobian), h, b)
    matrices, columns = np.moveaxis(jacobian, (0, 1), (-2, -1)), np.moveaxis(b, 0, -1)[..., None]
    matrices = np.eye(n) / (np.asarray(h)[..., None, None] * tableau.GAMMA) - matrices
    wanted = np.moveaxis(np.linalg.solve(matrices, columns)[..., 0], -1, 0)
    np.testing.assert_allclose(found, wanted, **ORACLE)


@pytest.mark.parametrize("lanes", [(), (3,)])
@settings(max_examples=25, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=40))
def test_any_pattern_is_solved(lanes: tuple[int, ...], pattern: Pattern) -> None:
    check(pattern, 8, lanes, universal=True)


@pytest.mark.parametrize("lanes", [(), (1,), (3,)])
@pytest.mark.parametrize("universal", [False, True])
@pytest.mark.parametrize("n", [1, 14, 40])
def test_solves_as_numpy_does(n: int, universal: bool, lanes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(n)
    pattern = {(int(i), int(j)) for i, j in rng.integers(0, n, (3 * n, 2))}
    check(pattern, n, lanes, universal)


def with_core(n: int, corner: int) -> Pattern:
    """Return a random sparse pattern with a corner that is nearly full."""
    rng = np.random.default_rng(n)
    pattern = {(int(i), int(j)) for i, j in rng.integers(0, n, (2 * n, 2))}
    return pattern | {(i, j) for i in range(corner) for j in range(corner) if (i + 3 * j) % 11}


@pytest.mark.parametrize("lanes", [(), (1,), (3,)])
def test_lapack_solves_the_core(lanes: tuple[int, ...]) -> None:
    pattern = with_core(120, 70)
    plan = plan_elimination(pattern, 120, universal=False)
    assert plan is not None
    assert 0 < len(plan.core) < 120
    check(pattern, 120, lanes, universal=False)


@pytest.mark.parametrize("pattern", [set(), {(1, 0)}, {(0, 1)}, {(0, 1), (1, 0)}])
def test_lists_without_operations(pattern: Pattern) -> None:
    for universal in (False, True):
        check(pattern, 2, (), universal)


LOOP = {(0, 1), (1, 2), (2, 0), (1, 0), (3, 2)}


def test_both_ways_to_prepare_agree() -> None:
    pattern = LOOP
    jacobian, h, b = problem(pattern, 4, (2,))
    plan = plan_elimination(pattern, 4, universal=False)
    assert plan is not None
    found = solved(plan, values_at(plan, jacobian), h, b)
    for kind in ("inverse", "lapack"):
        _, solve = linear.prepare(kind, jnp.moveaxis(jacobian, -1, 0), None, jnp.asarray(h))
        np.testing.assert_allclose(found, solve(jnp.asarray(b)), **ORACLE)


@pytest.mark.parametrize("universal", [False, True])
@pytest.mark.parametrize("lanes", [(), (3,)])
def test_reverse_mode_is_that_of_a_dense_solution(lanes: tuple[int, ...], universal: bool) -> None:
    check_reverse_mode(LOOP, 4, lanes, universal)


@pytest.mark.parametrize("lanes", [(), (3,)])
def test_reverse_mode_with_a_core(lanes: tuple[int, ...]) -> None:
    check_reverse_mode(with_core(100, 66), 100, lanes, universal=False)


def check_reverse_mode(pattern: Pattern, n: int, lanes: tuple[int, ...], universal: bool) -> None:
    jacobian, h, b = problem(pattern, n, lanes)
    plan = plan_elimination(pattern, n, universal=universal)
    assert plan is not None
    plan, values = jax.tree.map(jnp.asarray, (plan, values_at(plan, jacobian)))
    places = plan.places

    def dense(values: Any, b: Any) -> Any:
        flat = jnp.zeros((n * n + 1, *lanes)).at[places].add(values)
        matrix = jnp.eye(n).reshape(n, n, *(1,) * len(lanes)) / (h * tableau.GAMMA)
        matrix = jnp.moveaxis(matrix - flat[: n * n].reshape(n, n, *lanes), (0, 1), (-2, -1))
        return jnp.moveaxis(jnp.linalg.solve(matrix, jnp.moveaxis(b, 0, -1)[..., None])[..., 0], -1, 0)

    def score(solve: Any) -> Any:
        return jax.jit(jax.grad(lambda values, b: jnp.sum(jnp.sin(solve(values, b))), (0, 1)))(values, b)

    wanted, found = score(dense), score(lambda values, b: sparse.prepare(plan, values, jnp.asarray(h))[1](b))
    real = places < n * n
    np.testing.assert_allclose(found[0][real], wanted[0][real], **ORACLE)
    np.testing.assert_allclose(found[1], wanted[1], **ORACLE)
