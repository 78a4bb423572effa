import equinox as eqx
import jax
import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, NotConvergedError, UnknownNameError
from tests.graph.conftest import KINDS, NAMES, WEIGHTS

DRUG = {"aRAF": -0.6}


def states(model):
    return np.asarray(hc.predict(model, DRUG).X)[0]


def test_an_edge_is_gone_as_in_the_network_without_it(chain, chain_graph):
    table = chain_graph.knockout(("ERK", "RAF"), DRUG).set_index("node").loc[NAMES]
    weights = WEIGHTS.copy()
    weights[0, 1] = 0.0
    without = hc.CellBox(NAMES, KINDS, weights, epsilon=chain.epsilon, alpha=chain.alpha)
    np.testing.assert_allclose(table["before"], states(chain), atol=1e-6)
    np.testing.assert_allclose(table["after"], states(without), atol=1e-6)
    np.testing.assert_allclose(table["effect"], table["after"] - table["before"])
    assert table["lower"].isna().all()
    # a negative feedback held RAF up
    assert table.loc["RAF", "effect"] < -0.01


def test_a_node_loses_all_it_does_but_not_itself(chain, chain_graph):
    table = chain_graph.knockout("ERK", DRUG).set_index("node").loc[NAMES]
    weights = WEIGHTS.copy()
    weights[:, 1] = 0.0
    without = hc.CellBox(NAMES, KINDS, weights, epsilon=chain.epsilon, alpha=chain.alpha)
    np.testing.assert_allclose(table["after"], states(without), atol=1e-6)
    assert abs(table.loc["ERK", "after"]) > 0.01


def test_members_give_an_interval_and_conditions_a_block_each(trio_graph):
    table = trio_graph.knockout("RAF", [{"aRAF": 0.0}, DRUG])
    control, dosed = (block for _, block in table.groupby("condition", sort=False))
    np.testing.assert_allclose(control["effect"], 0.0, atol=1e-9)
    assert len(dosed) == len(NAMES)
    assert (dosed["lower"] <= dosed["effect"]).all()
    assert (dosed["effect"] <= dosed["upper"]).all()
    assert dosed["effect"].abs().is_monotonic_decreasing


def test_what_cannot_be_knocked_out(chain_graph):
    with pytest.raises(UnknownNameError, match="Did you mean 'ERK'"):
        chain_graph.knockout("ERKK", DRUG)
    with pytest.raises(InvalidValueError, match="no edge 'ERK' -> 'aRAF'"):
        chain_graph.knockout(("ERK", "aRAF"), DRUG)
    with pytest.raises(InvalidValueError, match="source, target"):
        chain_graph.knockout(("ERK", "RAF", "growth"), DRUG)


def test_a_network_that_does_not_settle_is_an_error(chain_graph, monkeypatch):
    from hybridcell.graph import cuts

    def lost(ensemble, given):
        return np.full((1, 1, 4), np.nan), np.zeros((1, 1), dtype=bool)

    monkeypatch.setattr(cuts, "ensemble_states", lost)
    with pytest.raises(NotConvergedError, match="with and without ERK -> RAF"):
        chain_graph.knockout(("ERK", "RAF"), DRUG)


def test_a_neural_part_does_not_see_it_either():

    plain = hc.CellBox(NAMES, KINDS, WEIGHTS)
    hybrid = plain + hc.NeuralResidual(width=4, key=jr.key(0))
    term = hybrid.residuals[0]
    loud = jr.normal(jr.key(1), (200,))
    leaves, tree = jax.tree.flatten(eqx.filter(term, eqx.is_inexact_array))
    raised = [leaf + 0.3 * loud[: leaf.size].reshape(leaf.shape) for leaf in leaves]
    term = eqx.combine(jax.tree.unflatten(tree, raised), term)
    hybrid = eqx.tree_at(lambda m: m.residuals[0], hybrid, term)
    table = hc.interactions(hybrid).knockout("aRAF", DRUG).set_index("node").loc[NAMES]
    assert table["before"].abs().max() > 0.1
    nothing = np.asarray(hc.predict(hybrid, {"aRAF": 0.0}).X)[0]
    np.testing.assert_allclose(table["after"][:3], nothing[:3], atol=1e-6)
