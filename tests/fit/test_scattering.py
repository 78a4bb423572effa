"""Members start apart, each the same whenever its turn comes."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell.fit.scattering import JITTER, ScatteredModels, scatter


@pytest.fixture(scope="module")
def hybrid(small_network):
    return small_network + hc.NeuralResidual(width=2, key=jr.key(5))


def _numbers(model) -> np.ndarray:
    return np.concatenate(
        [np.ravel(leaf) for leaf in jax.tree.leaves(eqx.filter(model, eqx.is_inexact_array))]
    )


def test_a_member_is_the_same_by_number_in_a_row_and_alone(hybrid):
    keys = [jr.key(i) for i in range(4)]
    models = ScatteredModels(hybrid, keys)
    assert len(models) == 4
    for number, model in enumerate(models):
        np.testing.assert_array_equal(_numbers(model), _numbers(models[number]))
        np.testing.assert_array_equal(_numbers(model), _numbers(scatter(hybrid, keys[number])))
    part = models[1:3]
    assert len(part) == 2
    np.testing.assert_array_equal(_numbers(part[0]), _numbers(models[1]))


def test_members_differ_a_little_in_edges_and_wholly_in_hidden_layers(hybrid):
    first, second = ScatteredModels(hybrid, [jr.key(0), jr.key(1)])
    apart = np.asarray(first.mechanism.response - hybrid.mechanism.response)
    assert 0 < np.abs(apart).max() < 6 * JITTER
    assert (apart[np.asarray(hybrid.mechanism.mask) == 0] == 0).all()
    assert not np.allclose(_numbers(first.residuals), _numbers(second.residuals), atol=1e-3)
