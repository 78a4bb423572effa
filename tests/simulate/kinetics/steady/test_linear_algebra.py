"""Scaled linear equations: right whatever the units, and one that has no solution spoils no other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.simulate.kinetics.steady.linear_algebra import inverse_scaled, solve_scaled

N = 3
powers = st.lists(st.integers(-100, 100), min_size=N, max_size=N)


def problem(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(4, N, N)) + 3 * np.eye(N), rng.normal(size=(4, N, 2))


@settings(max_examples=30, deadline=None)
@given(powers, powers)
def test_units_of_unknowns_and_rows_do_not_matter(unknowns: list[int], rows: list[int]) -> None:
    a, b = problem()
    size, scale = 10.0 ** np.array(unknowns), 10.0 ** np.array(rows)
    scaled = a * scale[:, None] / size
    sizes = np.tile(size, (len(a), 1))
    wanted = np.linalg.solve(a, b)
    found = solve_scaled(scaled, b * scale[:, None], sizes)
    np.testing.assert_allclose(found / size[:, None], wanted, rtol=1e-10, atol=1e-13)
    inverse = inverse_scaled(scaled, sizes)
    np.testing.assert_allclose(inverse / size[:, None] * scale, np.linalg.inv(a), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("bad", [0.0, np.nan])
def test_what_is_singular_is_not_a_number_and_leaves_others_alone(bad: float) -> None:
    a, b = problem()
    a[1] = bad
    found, inverse = solve_scaled(a, b, np.ones((4, N))), inverse_scaled(a, np.ones((4, N)))
    assert np.isnan(found[1]).all()
    assert np.isnan(inverse[1]).all()
    others = [0, 2, 3]
    np.testing.assert_allclose(found[others], np.linalg.solve(a[others], b[others]), rtol=1e-12)
    np.testing.assert_allclose(inverse[others], np.linalg.inv(a[others]), rtol=1e-12)


@pytest.mark.parametrize(("count", "n"), [(0, 3), (2, 0)])
def test_no_conditions_and_no_unknowns(count: int, n: int) -> None:
    a, size = np.zeros((count, n, n)), np.ones((count, n))
    assert solve_scaled(a, np.zeros((count, n, 1)), size).shape == (count, n, 1)
    assert inverse_scaled(a, size).shape == (count, n, n)
