from dataclasses import replace

import jax.random as jr
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell.data import as_perturbation_data, random_network, simulate_screen
from hybridcell.graph.evidence import EVIDENCE, false_discovery_rates

NETWORK = {"n_proteins": 6, "n_phenotypes": 1, "n_drugs": 6, "density": 0.15}


def fitted(seed, screen=None):
    network = random_network(**NETWORK, seed=seed)
    screen = as_perturbation_data(simulate_screen(network, seed=seed)) if screen is None else screen
    model = hc.CellBox.from_data(screen, key=jr.key(seed))
    return network, screen, hc.fit(model, screen, key=jr.key(seed), progress=False)


@pytest.fixture(scope="module")
def known():
    """Return graphs with q-values, the true weight of each of their edges beside them."""
    found = []
    for seed in (1, 2):
        network, _, fit = fitted(seed)
        graph = hc.interactions(fit, level=0.9).significance()
        names = list(network.nodes)
        ends = zip(graph.edges["source"], graph.edges["target"])
        truth = np.array([network.weights[names.index(t), names.index(s)] for s, t in ends])
        found.append((graph, truth))
    return found


def test_few_of_the_called_edges_are_false_and_many_true_ones_are_called(known):
    called = np.concatenate([graph.edges["q_value"].to_numpy() <= 0.1 for graph, _ in known])
    true = np.concatenate([truth != 0 for _, truth in known])
    assert (called & ~true).sum() <= 0.1 * called.sum()
    assert (called & true).sum() >= 0.5 * true.sum()
    # the strongest edges of the plain fit, as many, are false more often
    size = np.concatenate([np.abs(graph.edges["weight"]) for graph, _ in known])
    strongest = np.argsort(-size)[: called.sum()]
    assert (~true[strongest]).sum() > (called & ~true).sum()


def test_intervals_hold_the_true_weights(known):
    inside = np.concatenate(
        [(graph.edges["estimate_lower"] <= w) & (w <= graph.edges["estimate_upper"]) for graph, w in known]
    )
    assert inside.mean() >= 0.85
    for graph, truth in known:
        sure = (graph.edges["q_value"].to_numpy() <= 0.1) & (truth != 0)
        assert (np.sign(graph.edges["estimate"])[sure] == np.sign(truth[sure])).all()


def test_shuffled_conditions_prove_nothing():
    _, screen, _ = fitted(1)
    order = np.random.default_rng(0).permutation(len(screen))
    proteins = np.array([kind != "drug" for kind in screen.kinds])
    values = np.where(proteins, screen.values[order], screen.values)
    _, shuffled, fit = fitted(1, replace(screen, values=values))
    graph = hc.interactions(fit).significance(shuffled)
    assert (graph.edges["q_value"] > 0.1).all()


def test_two_drugs_given_only_together_are_not_told_apart():
    weights = np.array([[0, 0, 1.0, 0.0], [0.8, 0, 0, 0.9], [0, 0, 0, 0], [0, 0, 0, 0]])
    truth = (["a", "b", "c", "d"], ["protein", "protein", "drug", "drug"], weights, 1.0, 1.0)
    screen = as_perturbation_data(simulate_screen(truth, doses=(0.3, 0.8, 1.5), seed=1))
    together = screen.subset(np.flatnonzero(screen.doses[:, 0] == screen.doses[:, 1]))
    q = {}
    for name, data in (("together", together), ("apart", screen)):
        fit = hc.fit(hc.CellBox.from_data(data, key=jr.key(0)), data, key=jr.key(0), progress=False)
        edges = hc.interactions(fit).significance().edges.set_index(["source", "target"])
        q[name] = edges["q_value"]
    assert q["together"]["c", "a"] > 0.1
    assert q["apart"]["c", "a"] < 0.01
    assert q["apart"]["d", "a"] > 0.1


def test_columns_filters_and_kinds(known):
    graph = known[0][0]
    assert tuple(graph.edges.columns[-4:]) == EVIDENCE
    kept = graph.filter(q=0.1)
    assert 0 < len(kept) < len(graph)
    assert (kept.edges["q_value"] <= 0.1).all()
    _, screen, fit = fitted(1)
    plain = hc.interactions(fit)
    assert plain.edges["q_value"].isna().all()
    with pytest.raises(InvalidValueError, match=r"significance\(\)"):
        plain.filter(q=0.1)
    with pytest.raises(InvalidValueError, match="between 0 and 1"):
        graph.filter(q=10)
    response = hc.interactions(fit, kind="response", level=0.9).significance(screen)
    both = graph.edges.merge(response.edges, on=["source", "target"], suffixes=("", "_r"))
    gain = (both["estimate_r"] / both["estimate"]).groupby(both["target"])
    assert (gain.max() - gain.min() < 1e-6).all()
    np.testing.assert_allclose(both["q_value_r"], both["q_value"], atol=1e-6)


def test_a_neural_part_stays_as_it_is():
    _, screen, fit = fitted(1)
    hybrid = fit.model + hc.NeuralResidual(width=2, key=jr.key(1))
    graph = hc.interactions(hybrid).significance(screen, max_steps=2)
    assert np.isfinite(graph.edges["q_value"]).all()


def test_what_has_no_q_values(chain, chain_graph):
    with pytest.raises(DataError, match=r"significance\(screen\)"):
        chain_graph.significance()
    with pytest.raises(InvalidValueError, match="global effects"):
        hc.interactions(chain, kind="global").significance()
    _, _, fit = fitted(1)
    with pytest.raises(InvalidValueError, match="prior_sd"):
        hc.interactions(fit).significance(prior_sd=0)
    series = simulate_screen(random_network(**NETWORK, seed=1), times=[1.0, 2.0], order=1)
    with pytest.raises(DataError, match="time points"):
        hc.interactions(fit).significance(series)


@given(p=st.lists(st.floats(1e-12, 1.0), min_size=1, max_size=30))
def test_rates_keep_the_order_and_never_fall_below_p(p):
    p = np.array(p)
    q = false_discovery_rates(p)
    order = np.argsort(p)
    assert (np.diff(q[order]) >= -1e-15).all()
    assert (q >= p * (1 - 1e-12)).all()
    assert (q <= 1).all()
