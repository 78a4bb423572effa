from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.mechanisms.program.gather import (
    gather,
    is_summed_by_walking,
    is_undone_by_walking,
    sum_by_walking,
    undo_by_walking,
)
from hybridcell.mechanisms.program.row_sums import make_row_sums
from hybridcell.mechanisms.program.sparse import make_sparse
from tests.tolerances import ANALYTIC


def test_walking_ends_with_its_block() -> None:
    assert not is_undone_by_walking()
    with undo_by_walking():
        assert is_undone_by_walking()
    assert not is_undone_by_walking()


@jax.jit
def undone(vector: Any, index: Any, cotangent: Any) -> Any:
    with undo_by_walking():
        found, pull = jax.vjp(lambda v: gather(v, index), vector)
        return found, pull(cotangent)[0]


@pytest.mark.parametrize("lanes", [(), (3,)])
@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=6, max_size=6))
def test_walking_adds_what_a_scatter_adds(lanes: tuple[int, ...], places: list[int]) -> None:
    rng, index = np.random.default_rng(0), np.array(places)
    vector, cotangent = rng.normal(size=(5, *lanes)), rng.normal(size=(6, *lanes))
    found, pulled = undone(vector, index, cotangent)
    np.testing.assert_array_equal(found, vector[index])
    wanted = np.zeros_like(vector)
    np.add.at(wanted, index, cotangent)
    np.testing.assert_allclose(pulled, wanted, **ANALYTIC)


def test_nothing_is_read_and_undone() -> None:
    found, pulled = undone(np.ones(3), np.zeros(0, int), np.zeros(0))
    assert found.shape == (0,)
    np.testing.assert_array_equal(pulled, 0.0)


@pytest.mark.parametrize("lanes", [(), (3,)])
@pytest.mark.parametrize("what", ["row sums", "sparse matrix"])
def test_reverse_mode_has_no_scatter_while_walking(what: str, lanes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    rows = np.repeat(np.arange(4), [0, 1, 9, 20])
    made: Any
    made, arrangement = make_row_sums(rows, 4)
    real = ~arrangement.is_padding
    if what == "sparse matrix":
        made, real = make_sparse(rows, rng.integers(0, 32, 30), rng.normal(size=30), 4), np.full(32, True)
    made = jax.tree.map(jnp.asarray, made)
    entries: Any = jnp.asarray(rng.normal(size=(len(real), *lanes)))

    def gradient(entries: Any) -> Any:
        return jax.grad(lambda e: jnp.sum(jnp.sin(made(e))))(entries)

    wanted, plain = jax.jit(gradient)(entries), str(jax.make_jaxpr(gradient)(entries))
    with undo_by_walking():
        walked = str(jax.make_jaxpr(lambda e: gradient(e))(entries))
        found = jax.jit(lambda e: gradient(e))(entries)
    assert "scatter" in plain
    assert "scatter" not in walked
    np.testing.assert_allclose(found[real], wanted[real], **ANALYTIC)


@pytest.mark.parametrize("in_reverse", [False, True])
def test_a_sparse_matrix_walked_through_gives_the_same(in_reverse: bool) -> None:
    rng = np.random.default_rng(0)
    matrix: Any = make_sparse(rng.integers(0, 5, 30), rng.integers(0, 8, 30), rng.normal(size=30), 6)
    matrix = jax.tree.map(jnp.asarray, matrix)
    entries = jnp.asarray(rng.normal(size=(8, 3)))

    def value_and_slope(entries: Any) -> Any:
        return jax.value_and_grad(lambda e: jnp.sum(jnp.sin(matrix(e))))(entries)

    wanted = value_and_slope(entries)
    with sum_by_walking(), undo_by_walking() if in_reverse else nullcontext():
        assert is_summed_by_walking()
        walked = str(jax.make_jaxpr(lambda e: value_and_slope(e))(entries))
        found = jax.jit(lambda e: value_and_slope(e))(entries)
    assert not is_summed_by_walking()
    assert "scatter" not in walked
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, **ANALYTIC)
