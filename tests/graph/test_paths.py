import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import NotConvergedError
from hybridcell.graph import paths
from hybridcell.graph.paths import strongest_paths


def every_path(strength: np.ndarray, start: int, goal: int, max_length: int) -> dict[tuple[int, ...], float]:
    """Return the product of every simple path, by trying all orders of all subsets."""
    others = [i for i in range(len(strength)) if i not in (start, goal)]
    found = {}
    for size in range(min(max_length, len(others) + 1)):
        for middle in itertools.permutations(others, size):
            path = (start, *middle, goal)
            product = np.prod([strength[b, a] for a, b in itertools.pairwise(path)])
            if product > 0:
                found[path] = float(product)
    return found


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(2, 6),
    scale=st.sampled_from([0.3, 1.0, 3.0]),
    density=st.sampled_from([0.3, 1.0]),
    k=st.integers(1, 6),
    max_length=st.integers(1, 6),
)
def test_finds_the_strongest_of_all_simple_paths(seed, n, scale, density, k, max_length):
    rng = np.random.default_rng(seed)
    strength = scale * rng.random((n, n)) * (rng.random((n, n)) < density)
    truth = every_path(strength, 0, n - 1, max_length)
    found = strongest_paths(strength, 0, n - 1, k=k, max_length=max_length)
    assert len(found) == len(set(found)) == min(k, len(truth))
    best = sorted(truth.values(), reverse=True)[:k]
    np.testing.assert_allclose([truth[path] for path in found], best, rtol=1e-12)


def test_a_dense_network_of_100_nodes_needs_few_expansions(monkeypatch):
    monkeypatch.setattr(paths, "MAX_EXPANSIONS", 2_000)
    strength = np.abs(np.random.default_rng(0).normal(size=(100, 100)))
    np.fill_diagonal(strength, 0.0)
    found = strongest_paths(strength, 0, 99, k=5, max_length=6)
    assert len(found) == 5
    assert all(len(set(path)) == len(path) <= 7 for path in found)


def test_a_hopeless_search_is_given_up_with_advice(monkeypatch):
    monkeypatch.setattr(paths, "MAX_EXPANSIONS", 3)
    with pytest.raises(NotConvergedError, match=r"filter\(top=500\)"):
        strongest_paths(np.ones((8, 8)) - np.eye(8), 0, 7, k=500, max_length=6)
