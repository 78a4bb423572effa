from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.mechanisms.program.gather import put
from hybridcell.mechanisms.program.sparse import make_listed, make_sparse
from tests.tolerances import ANALYTIC

SIZE, WIDTH = 6, 5
numbers = st.floats(-9, 9, allow_subnormal=False)
coordinates = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, WIDTH - 1), numbers), max_size=40)

product = jax.jit(lambda matrix, vector: matrix(vector))


def arrays(found: list[tuple[int, int, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, columns = (np.array([each[i] for each in found], int) for i in (0, 1))
    return rows, columns, np.array([each[2] for each in found], float)


def dense(rows: np.ndarray, columns: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    matrix = np.zeros((SIZE, WIDTH))
    np.add.at(matrix, (rows, columns), coefficients)
    return matrix


@pytest.mark.parametrize("lanes", [(), (3,)])
@pytest.mark.parametrize("make", [make_sparse, make_listed])
@settings(max_examples=20, deadline=None)
@given(coordinates)
def test_product_is_that_of_a_dense_matrix(
    make: Any, lanes: tuple[int, ...], found: list[tuple[int, int, float]]
) -> None:
    matrix, vector = arrays(found), np.random.default_rng(0).normal(size=(WIDTH, *lanes))
    made = make(*matrix, SIZE)
    assert made.size == SIZE
    np.testing.assert_allclose(product(made, vector), dense(*matrix) @ vector, **ANALYTIC)


@pytest.mark.parametrize("make", [make_sparse, make_listed])
def test_padding_reads_nothing(make: Any) -> None:
    vector = np.array([np.nan, 1.0, 2.0, 3.0, 4.0])
    made = make(np.array([2, 0, 2, 3, 2]), np.array([1, 2, 3, 1, 4]), np.ones(5), SIZE)
    np.testing.assert_array_equal(product(made, vector), [2.0, 0.0, 8.0, 1.0, 0.0, 0.0])


def test_a_listed_matrix_has_one_shape_whatever_its_rows() -> None:
    shapes = {
        str(jax.tree.map(np.shape, make_listed(*arrays(found), SIZE)))
        for found in ([], [(0, 0, 1.0)], [(3, 2, 1.0)] * 200)
    }
    assert len(shapes) == 1


def test_a_row_is_put() -> None:
    table = np.arange(12.0).reshape(4, 3)
    found = put(table, np.int32(2), -np.ones(3))  # pyright: ignore[reportArgumentType]
    np.testing.assert_array_equal(found, np.where(np.arange(4)[:, None] == 2, -1.0, table))
