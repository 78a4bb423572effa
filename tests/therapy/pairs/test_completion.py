"""Filling in a table: what it is made of comes back."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell.therapy.pairs.completion import complete

N = 24


def _table(seed=0):
    rng = np.random.default_rng(seed)
    singles, own, slope = rng.uniform(-0.6, 0.1, N), 0.05 * rng.normal(size=N), 0.2 * rng.normal(size=N)
    shared = 0.1 * rng.normal(size=(N, 2))
    full = singles[:, None] + singles + 0.5 * np.outer(singles, singles) + own[:, None] + own
    full += np.outer(slope, singles) + np.outer(singles, slope) + shared @ shared.T
    i, j = np.triu_indices(N, 1)
    return singles, i, j, full[i, j]


def test_pairs_left_out_are_found():
    singles, i, j, values = _table()
    out = np.random.default_rng(1).random(len(values)) < 0.2
    fitted = complete(singles, i[~out], j[~out], values[~out], shrinkage=0.05)
    error = np.sqrt(np.mean((fitted(i[out], j[out]) - values[out]) ** 2))
    assert error < 0.25 * np.std(values[out])
    plain = complete(singles, i[~out], j[~out], values[~out], shrinkage=1.0)
    assert not plain.pattern.any()
    assert error < np.sqrt(np.mean((plain(i[out], j[out]) - values[out]) ** 2))


def test_the_order_of_a_pair_and_of_the_names_is_nothing():
    singles, i, j, values = _table()
    fitted = complete(singles, i, j, values, shrinkage=0.2)
    np.testing.assert_allclose(fitted(i, j), fitted(j, i), atol=1e-12)
    order = np.random.default_rng(2).permutation(N)
    place = np.argsort(order)
    turned = complete(singles[order], place[j], place[i], values, shrinkage=0.2)
    np.testing.assert_allclose(turned(place[i], place[j]), fitted(i, j), atol=1e-6)


@pytest.mark.parametrize("value", [0.0, -0.3])
def test_singles_of_one_value_are_no_trouble(value):
    _, i, j, values = _table()
    fitted = complete(np.full(N, value), i, j, values, shrinkage=0.5)
    assert np.isfinite(fitted(i, j)).all()
