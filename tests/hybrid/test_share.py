from __future__ import annotations

import equinox as eqx
import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.hybrid import residual_share

DRUGGED = np.array([[-1.0], [0.5]])


def skip(value: float, weight: float = 0.0):
    """Return dx/dt = tanh(weight d) - x + value u of a node a, with a drug d and an idle node."""
    names, kinds = ["a", "idle", "d"], ["protein", "protein", "drug"]
    weights = np.zeros((3, 3))
    weights[0, 2] = weight
    model = hc.CellBox(names, kinds, weights) + hc.NeuralResidual(
        ["d"], ["a"], width=0, bound=None, key=jr.key(0)
    )
    return eqx.tree_at(lambda m: m.residuals[0].network.weights[0].raw, model, np.array([[value]]))


def at(x, u=DRUGGED):
    states, inputs = np.zeros((2, 3)), np.zeros((2, 3))
    states[:, [0]], inputs[:, [2]] = x, u
    return states, inputs


def test_the_share_is_the_ratio_written_out_and_drugs_do_not_count():
    x, u = at([[0.1], [-0.3]])
    x[:, 2] = np.tanh(u[:, 2])
    model = skip(0.7, weight=0.4)
    neural = np.abs(0.7 * u[:, 2]).sum()
    node = np.abs(np.tanh(0.4 * x[:, 2])).sum()
    assert residual_share(model, x, u) == pytest.approx(neural / (neural + node), rel=1e-12)
    found = residual_share(model, x, u, per_node=True)
    np.testing.assert_allclose(found, [neural / (neural + node), 0.0, 0.0], rtol=1e-12)


def test_decay_is_no_production():
    _, u = at(0.0)
    shares = [residual_share(skip(0.7, weight=0.4), at(x)[0], u, per_node=True)[0] for x in (-2.0, 0.0, 3.0)]
    np.testing.assert_allclose(shares, shares[0], rtol=1e-12)


def test_without_a_residual_the_share_is_none():
    mechanism = skip(1.0).mechanistic_only()
    x, u = at(0.2)
    assert residual_share(mechanism, x, u) == 0.0
    np.testing.assert_array_equal(residual_share(mechanism, x, u, per_node=True), np.zeros(3))


def test_a_residual_that_does_nothing_has_no_share():
    assert residual_share(skip(0.0), *at(0.2)) == 0.0


def test_where_nothing_happens_the_share_is_zero_and_not_undefined():
    model = skip(1.0)
    x, u = at(0.0, 0.0)
    assert residual_share(model, x, u) == 0.0
    np.testing.assert_array_equal(residual_share(model, x, u, per_node=True), np.zeros(3))
    assert residual_share(model, x[:0], u[:0]) == 0.0


def test_a_node_that_only_the_residual_moves_is_all_neural():
    found = residual_share(skip(2.0), *at(0.0), per_node=True)
    np.testing.assert_array_equal(found, [1.0, 0.0, 0.0])


def test_a_condition_that_failed_does_not_spoil_the_others():
    model = skip(0.7, weight=0.4)
    x, u = at([[0.1], [np.nan]])
    assert residual_share(model, x, u) == residual_share(model, x[:1], u[:1])


@pytest.mark.parametrize(("x", "u"), [((3,), (3,)), ((2, 3), (1, 3)), ((2, 4), (2, 4))])
def test_shapes_that_do_not_fit_are_refused(x, u):
    with pytest.raises(InvalidValueError, match="wanted both conditions x 3 nodes"):
        residual_share(skip(1.0), np.zeros(x), np.zeros(u))
