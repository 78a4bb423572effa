import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell.fit.losses import all_finite, entry_losses, mechanism_of, penalty

NONE = dict.fromkeys(("l1", "l2", "drug_l2", "residual_l2", "residual", "prior"), 0.0)
X = np.zeros((1, 3))


@pytest.fixture(scope="module")
def network():
    return hc.CellBox(
        ["a", "b", "d"], ["protein", "protein", "drug"], [[0, 0.5, 2.0], [-1.0, 0, 0], [0, 0, 0]]
    )


def _penalty(model, u=X, **strength):
    return float(penalty(model, model.field(), jnp.asarray(X), jnp.asarray(u), {**NONE, **strength}))


def test_squared_and_huber_losses():
    error = jnp.asarray([[-0.5, 0.0, 1.0, 3.0]])
    np.testing.assert_allclose(entry_losses(error, "mse", 1.0), [[0.25, 0, 1, 9]])
    np.testing.assert_allclose(entry_losses(error, "huber", 1.0), [[0.25, 0, 1, 5]])
    np.testing.assert_allclose(entry_losses(error, "huber", 0.25), [[0.1875, 0, 0.4375, 1.4375]])


def test_edges_between_nodes_and_effects_of_drugs_are_penalized_apart(network):
    assert _penalty(network) == 0.0
    assert _penalty(network, l1=1.0) == pytest.approx(1.5)
    assert _penalty(network, l2=2.0) == pytest.approx(2 * 1.25)
    assert _penalty(network, drug_l2=0.5) == pytest.approx(2.0)


def test_responses_are_penalized_not_weights():
    model = hc.CellBox(["a", "b"], ["protein"] * 2, [[0, 1.0], [0, 0]], epsilon=3.0, alpha=2.0)
    assert _penalty_two(model) == pytest.approx(1.5)


def _penalty_two(model):
    x = jnp.zeros((1, 2))
    return float(penalty(model, model.field(), x, x, {**NONE, "l1": 1.0}))


def test_soft_prior_costs_outside_and_against_its_sign():
    from hybridcell.mechanisms.cellbox import edge_prior

    edges = pd.DataFrame({"source": ["a"], "target": ["b"], "sign": [1]})
    model = hc.CellBox(
        ["a", "b"], ["protein"] * 2, [[0, 0.5], [-1.0, 0]], edge_prior=edge_prior(edges, ("a", "b"))
    )
    x = jnp.zeros((1, 2))
    # 0.5 outside the prior, 1.0 against its sign
    assert float(penalty(model, model.field(), x, x, {**NONE, "prior": 2.0})) == pytest.approx(3.0)


def test_residuals_are_penalized_by_weights_and_by_values(network):
    hybrid = network + hc.NeuralResidual(width=0, bound=None, key=jr.key(0))
    assert mechanism_of(hybrid) is hybrid.mechanism
    assert mechanism_of(network) is network
    assert _penalty(hybrid, residual_l2=1.0, residual=1.0) == 0.0
    import equinox as eqx

    filled = eqx.tree_at(lambda m: m.residuals[0].network.weights[0].raw, hybrid, jnp.asarray([[2.0], [1.0]]))
    assert _penalty(filled, residual_l2=0.5) == pytest.approx(2.5)
    u = np.array([[0.0, 0.0, 3.0]])
    assert _penalty(filled, u, residual=1.0) == pytest.approx(36 + 9)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_is_found(bad):
    tree = {"a": jnp.ones(3), "b": (jnp.asarray(2.0),)}
    assert bool(all_finite(tree))
    assert not bool(all_finite({**tree, "c": jnp.asarray([1.0, bad])}))
