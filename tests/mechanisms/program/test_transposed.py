import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hybridcell.mechanisms.program.transposed import plan_transposed
from tests.tolerances import ANALYTIC


@given(st.integers(1, 12), st.integers(0, 2**31))
def test_it_is_the_product_with_the_transposed_matrix(n, seed):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, n)) * (rng.random((n, n)) < rng.random())
    # as values stand in an elimination: in any order, zeros among them, padding behind
    places = rng.permutation(n * n)[: rng.integers(0, n * n + 1)]
    matrix = np.where(np.isin(np.arange(n * n), places).reshape(n, n), matrix, 0.0)
    values = np.append(matrix.ravel()[places], np.zeros(3))
    vector = rng.normal(size=n)
    found = plan_transposed(places, n)(values, vector)
    np.testing.assert_allclose(found, matrix.T @ vector, **ANALYTIC)
