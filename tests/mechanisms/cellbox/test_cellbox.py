from __future__ import annotations

import dataclasses

import equinox as eqx
import jax
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.parameter import count_trainable
from hybridcell.mechanisms.cellbox import edge_prior
from tests.conftest import EDGES, KINDS, NAMES
from tests.tolerances import ANALYTIC, GRADIENT

THREE = (["ERK", "growth", "aMEK"], ["protein", "phenotype", "drug"])
W = [[0, 0, 0.8], [0.5, 0, 0], [0, 0, 0]]
X = np.random.default_rng(1).normal(0, 0.6, (2, 8))
U = np.where([kind == "drug" for kind in KINDS], [[-1.0], [0.4]], 0.0)


def rates(model, x, u):
    """Return dx/dt on NumPy arrays, without a program."""
    return np.asarray(jax.tree.map(np.asarray, model.field())(0.0, x, u))


def test_what_goes_in_comes_out(small_network):
    weights = np.asarray(small_network.weights)
    for (source, target), weight in EDGES.items():
        assert weights[NAMES.index(target), NAMES.index(source)] == pytest.approx(weight, rel=1e-12)
    assert small_network.n_edges == np.count_nonzero(weights) == len(EDGES)
    assert (small_network.names, small_network.kinds, small_network.n) == (NAMES, KINDS, 8)
    assert small_network.drugs == ("aMEK", "aAKT")
    np.testing.assert_allclose(small_network.epsilon, np.full(8, 1.3), **ANALYTIC)
    np.testing.assert_allclose(small_network.gain, 1.3 / small_network.alpha, **ANALYTIC)
    np.testing.assert_allclose(
        small_network.response, weights * np.asarray(small_network.gain)[:, None], **ANALYTIC
    )


def test_local_responses_are_what_they_are_called(small_network):
    # the change of x_i per change of x_j, where phi has slope 1
    j, step = NAMES.index("RAS"), 1e-6
    x = np.zeros((1, 8))
    x[0, j] = step
    settled = rates(small_network, x, np.zeros((1, 8)))[0] / np.asarray(small_network.alpha) + x[0]
    np.testing.assert_allclose(settled / step, np.asarray(small_network.response)[:, j], atol=1e-9)


def test_gradients_of_the_free_numbers_agree_with_differences(small_network):
    direction = jax.numpy.asarray(np.random.default_rng(0).normal(size=(2, 8)))
    total = eqx.filter_jit(lambda model: (direction * model.field()(0.0, X, U)).sum())
    slope = eqx.filter_grad(total)(small_network)
    i, j, step = NAMES.index("MEK"), NAMES.index("RAS"), 1e-6
    for leaf, position in (("_response", (i, j)), ("_epsilon", (i,)), ("_alpha", (j,))):
        raw = getattr(small_network, leaf).raw
        ends = [
            float(
                total(
                    eqx.tree_at(
                        lambda m, leaf=leaf: getattr(m, leaf).raw, small_network, raw.at[position].add(s)
                    )
                )
            )
            for s in (step, -step)
        ]
        found = getattr(slope, leaf).raw[position]
        assert found != 0
        np.testing.assert_allclose(found, (ends[0] - ends[1]) / (2 * step), **GRADIENT)
    assert not np.any(np.asarray(slope._response.raw)[~small_network.mask])


@given(order=st.permutations(range(8)))
@settings(max_examples=15, deadline=None)
def test_the_order_of_nodes_means_nothing(small_network, order):
    for degree, input in ((1, "inside"), (2, "scaled")):
        options = {"degree": degree, "input": input, "envelope": "hill", "power": 2}
        weights = np.asarray(small_network.weights)
        alpha = np.asarray(small_network.alpha)
        psi = np.linspace(0.5, 1.5, 8)
        straight = hc.CellBox(NAMES, KINDS, weights, alpha=alpha, psi=psi, **options)
        names, kinds = [NAMES[i] for i in order], [KINDS[i] for i in order]
        turned = hc.CellBox(
            names, kinds, weights[np.ix_(order, order)], alpha=alpha[order], psi=psi[order], **options
        )
        np.testing.assert_allclose(
            rates(turned, X[:, order], U[:, order]), rates(straight, X, U)[:, order], **ANALYTIC
        )
        assert turned.drugs == tuple(name for name in names if name in straight.drugs)
        np.testing.assert_array_equal(turned.mask, straight.mask[np.ix_(order, order)])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"envelope": "tan"}, "envelope is 'tan'.*Did you mean 'tanh'"),
        ({"envelope": "polynomial", "power": 1.5}, "whole number above 1"),
        ({"degree": 3}, "degree is 3; wanted 1 or 2"),
        ({"degree": "1"}, "degree is '1'; wanted 1 or 2"),
        ({"input": "outsid"}, "input is 'outsid'.*Did you mean 'outside'"),
        ({"alpha": 0.0}, "alpha of node 'ERK' is 0.0; wanted a positive number"),
        ({"epsilon": [1.0, -1.0, 1.0]}, "epsilon of node 'growth' is -1.0"),
        ({"psi": [1.0, 1.0]}, r"psi has shape \(2,\); wanted one number or \(3,\)"),
        ({"mask": np.ones((2, 2))}, r"mask has shape \(2, 2\); wanted \(3, 3\)"),
        ({"mask": np.zeros((3, 3))}, "'aMEK' -> 'ERK' = 0.8, which the mask"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(InvalidValueError, match=message):
        hc.CellBox(*THREE, W, **options)


def test_weights_must_be_finite_and_square():
    with pytest.raises(InvalidValueError, match=r"weights\['ERK', 'aMEK'\] is nan; wanted finite"):
        hc.CellBox(*THREE, [[0, 0, np.nan], [0] * 3, [0] * 3])
    with pytest.raises(InvalidValueError, match=r"weights has shape \(2, 2\); wanted \(3, 3\)"):
        hc.CellBox(*THREE, np.zeros((2, 2)))
    with pytest.raises(InvalidValueError, match="weights is no array of numbers"):
        hc.CellBox(*THREE, [["a"] * 3] * 3)


def test_duplicate_names_are_refused():
    with pytest.raises(InvalidValueError, match="'ERK' appears twice"):
        hc.CellBox(["ERK", "ERK"], ["protein", "protein"], np.zeros((2, 2)))


def test_the_default_mask_takes_in_edges_that_are_there():
    weights = np.array(W, dtype=float)
    weights[1, 2] = 0.3  # a drug acting on a phenotype, which kinds alone forbid
    model = hc.CellBox(*THREE, weights)
    assert model.mask[1, 2]
    assert not hc.CellBox(*THREE, W).mask[1, 2]
    assert model.n_edges == 3


def test_structural_zeros_stay_zero_whatever_training_does(small_network):
    moved = eqx.tree_at(lambda m: m._response.raw, small_network, small_network._response.raw + 1.0)
    weights = np.asarray(moved.weights)
    assert not weights[~small_network.mask].any()
    assert np.count_nonzero(weights) == small_network.mask.sum()


@pytest.mark.parametrize("clamp", [False, True])
def test_the_start_is_the_control_or_u_at_clamped_drugs(small_network, clamp):
    model = hc.CellBox(NAMES, KINDS, small_network.weights, clamp=clamp)
    start = np.asarray(model.initial_state(U))
    np.testing.assert_array_equal(start, U if clamp else np.zeros_like(U))
    assert not np.any(model.initial_state(np.zeros((1, 8))))
    field = model.field()
    np.testing.assert_array_equal(field.held, [clamp and kind == "drug" for kind in KINDS])


def test_psi_is_free_only_where_it_counts():
    inside, scaled = (hc.CellBox(*THREE, W, input=input) for input in ("inside", "scaled"))
    assert count_trainable(scaled) - count_trainable(inside) == 3


def test_a_hard_prior_narrows_the_mask_and_binds_the_signs():
    prior = edge_prior([{"source": "aMEK", "target": "ERK", "sign": 1}], tuple(THREE[0]), mode="hard")
    weights = np.zeros((3, 3))
    weights[0, 2] = 0.8
    model = hc.CellBox(*THREE, weights, edge_prior=prior)
    assert model.mask.sum() == 1
    with pytest.raises(
        InvalidValueError, match=r"'ERK' -> 'growth' = 0.5, which the mask or the hard prior forbids"
    ):
        hc.CellBox(*THREE, W, edge_prior=prior)
    with pytest.raises(InvalidValueError, match=r"'aMEK' -> 'ERK' = -0.8, against the hard prior's sign"):
        hc.CellBox(*THREE, -weights, edge_prior=prior)
    flipped = eqx.tree_at(lambda m: m._response.raw, model, -model._response.raw)
    np.testing.assert_allclose(flipped.weights, weights, **ANALYTIC)


def test_a_prior_of_another_network_is_refused():
    prior = edge_prior([{"source": "a", "target": "b"}], ("a", "b"))
    with pytest.raises(InvalidValueError, match=r"edge_prior has shape \(2, 2\); wanted \(3, 3\)"):
        hc.CellBox(*THREE, W, edge_prior=prior)


def test_drug_effects_of_another_network_are_refused(small_network, tiny_screen):
    import jax.random as jr

    similarity = pd.DataFrame({"drug_a": ["aMEK"], "drug_b": ["aAKT"], "similarity": [0.5]})
    effects = hc.CellBox.from_data(tiny_screen, drug_similarity=similarity, key=jr.key(0)).drug_effects
    with pytest.raises(InvalidValueError, match="made for a network of 8 nodes with the drugs aMEK, aAKT"):
        hc.CellBox(*THREE, W, drug_effects=effects)
    turned = (*NAMES[:6], "aAKT", "aMEK")
    with pytest.raises(InvalidValueError, match="or another order"):
        hc.CellBox(turned, KINDS, np.zeros((8, 8)), drug_effects=effects)
    hc.CellBox(NAMES, KINDS, np.zeros((8, 8)), drug_effects=effects)


def test_models_are_immutable(small_network):
    with pytest.raises(dataclasses.FrozenInstanceError):
        small_network.degree = 2


def test_it_shows_itself_with_names_escaped():
    assert repr(hc.CellBox(*THREE, W)) == (
        "CellBox(3 nodes, 2 possible edges, envelope='tanh', input='inside', degree=1)"
    )
    shown = hc.CellBox(*THREE, W, degree=2, input="scaled")._repr_html_()
    assert "1 protein, 1 phenotype, 1 drug" in shown
    assert "rowsum(W) x" in shown
    assert "ψ u" in shown
    assert "<script" not in hc.CellBox(["<script>"], ["drug"], [[0.0]])._repr_html_()
