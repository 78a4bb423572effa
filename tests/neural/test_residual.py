from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell._core.expressions import symbol
from hybridcell._core.parameter import count_trainable
from tests.conftest import KINDS, NAMES
from tests.neural.formulas import drawn, run
from tests.tolerances import ANALYTIC, GRADIENT

KEY = jr.key(0)
X = np.random.default_rng(0).normal(0, 0.5, (3, 8))
U = np.where([kind == "drug" for kind in KINDS], np.random.default_rng(1).normal(0, 1, (3, 8)), 0.0)
DRUG, PROTEIN = NAMES.index("aMEK"), NAMES.index("ERK")


def bound(*args, **options):
    return hc.NeuralResidual(*args, key=KEY, **options).bind(NAMES, KINDS)


def filled(residual, seed=0, scale=1.0):
    """Return a bound residual whose weights and biases are all random."""
    rng = np.random.default_rng(seed)
    network = jax.tree.map(lambda leaf: jnp.asarray(scale * rng.normal(size=leaf.shape)), residual.network)
    return eqx.tree_at(lambda r: r.network, residual, network)


def term(residual, x=X, u=U):
    return jax.tree.map(np.asarray, residual.field())(0.0, x, u)


@pytest.mark.parametrize("options", [{}, {"width": 0}, {"width": 4, "depth": 3}, {"bound": None}], ids=str)
def test_it_starts_as_nothing(options):
    added = term(bound(**options), 10 * X, 10 * U)
    assert added.shape == X.shape
    assert not added.any()


def test_defaults_read_the_drugs_and_add_to_everything_else():
    residual = bound()
    assert residual.inputs == ("aMEK", "aAKT")
    assert residual.outputs == NAMES[:6]
    undrugged = hc.NeuralResidual(key=KEY).bind(("a", "b"), ("protein", "phenotype"))
    assert undrugged.inputs == undrugged.outputs == ("a", "b")


def test_it_adds_to_its_outputs_alone():
    added = term(filled(bound(outputs=["growth", "RAS"], width=3)))
    touched = np.array([name in ("growth", "RAS") for name in NAMES])
    assert np.all(added[:, touched] != 0)
    assert not added[:, ~touched].any()
    turned = term(filled(bound(outputs=["RAS", "growth"], width=3)))
    np.testing.assert_allclose(turned[:, [1, 5]], added[:, [5, 1]], **ANALYTIC)


def test_drugs_are_read_from_u_and_other_nodes_from_x():
    residual = filled(bound(inputs=["aMEK", "ERK"], width=3))
    start = term(residual)
    for node, read, ignored in ((DRUG, "u", "x"), (PROTEIN, "x", "u")):
        for which, matters in ((read, True), (ignored, False)):
            arrays = {"x": X.copy(), "u": U.copy()}
            arrays[which][:, node] += 1.0
            assert np.array_equal(term(residual, **arrays), start) != matters, (node, which)


@given(seed=st.integers(0, 1000), scale=st.floats(0.1, 1e4), limit=st.floats(0.01, 10))
@settings(max_examples=30, deadline=None)
def test_it_never_exceeds_its_bound(seed, scale, limit):
    added = term(filled(bound(width=4, bound=limit), seed, scale), 5 * X, 5 * U)
    assert np.isfinite(added).all()
    assert np.abs(added).max() <= limit * (1 + 1e-12)


def test_far_below_the_bound_it_is_the_bare_network():
    one, free = (term(filled(bound(width=4, bound=b), scale=1e-4)) for b in (5.0, None))
    np.testing.assert_allclose(one, free, rtol=1e-6)


def test_a_width_of_zero_is_a_linear_skip():
    residual = bound(inputs=["aMEK", "aAKT"], outputs=["ERK"], width=0, bound=None)
    assert count_trainable(residual) == 2
    last = residual.network.weights[0]
    residual = eqx.tree_at(lambda r: r.network.weights[0], residual, last.with_value([[0.5, -2.0]]))
    np.testing.assert_allclose(term(residual)[:, PROTEIN], U[:, 6:] @ [0.5, -2.0], **ANALYTIC)
    assert not term(residual, X, 0 * U).any()


@pytest.mark.parametrize(
    "options", [{"width": 3, "activation": "softplus"}, {"width": 0, "bound": None}], ids=str
)
def test_numpy_and_jax_agree_and_gradients_flow(options):
    field = filled(bound(inputs=["aMEK", "ERK"], **options)).field()
    by_jax = jax.jit(lambda x, u: field(0.0, x, u))(X, U)
    by_numpy = jax.tree.map(np.asarray, field)(0.0, X, U)
    assert isinstance(by_numpy, np.ndarray)
    np.testing.assert_allclose(by_numpy, by_jax, **ANALYTIC)

    plain = jax.tree.map(np.asarray, field)
    slope = jax.jit(jax.grad(lambda x: jnp.sum(plain(0.0, x, U) ** 2)))(
        jnp.asarray(X)
    )  # a tracer beside arrays
    step = np.zeros_like(X)
    step[1, PROTEIN] = 1e-6
    ends = [np.sum(plain(0.0, X + s * step, U) ** 2) for s in (1, -1)]
    np.testing.assert_allclose(slope[1, PROTEIN], (ends[0] - ends[1]) / 2e-6, **GRADIENT)


def test_whole_numbers_do_not_round_the_term():
    residual = filled(bound(width=3))
    ones = np.ones((1, 8), dtype=int)
    np.testing.assert_allclose(term(residual, ones, ones), term(residual, 1.0 * ones, 1.0 * ones), **ANALYTIC)
    assert term(residual, ones, ones).dtype == np.float64


def test_fresh_weights_come_with_another_key_and_the_same_states():
    residual = bound(width=4, depth=2)
    fresh = residual.reseeded(jr.key(5))
    assert jax.tree.structure(fresh) == jax.tree.structure(residual)
    assert not np.array_equal(fresh.network.weights[0].raw, residual.network.weights[0].raw)
    assert eqx.tree_equal(residual.reseeded(KEY), residual)
    assert hc.NeuralResidual(key=KEY).reseeded(jr.key(5)).network is None


def test_one_that_is_bound_keeps_its_weights_in_another_model():
    residual = filled(bound(inputs=["aMEK"], outputs=["ERK"], width=3))
    model = hc.CellBox(["ERK", "aMEK"], ["protein", "drug"], [[0, 0.5], [0, 0]]) + residual
    moved = model.residuals[0]
    assert eqx.tree_equal(moved.network, residual.network)
    found = term(moved, X[:, [PROTEIN, DRUG]], U[:, [PROTEIN, DRUG]])
    np.testing.assert_allclose(found[:, 0], term(residual)[:, PROTEIN], **ANALYTIC)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": -1}, "width is -1 and depth 1"),
        ({"width": 8.5}, "width is 8.5 .*whole numbers"),
        ({"depth": 0}, "depth 0; wanted whole numbers"),
        ({"bound": 0.0}, "bound is 0.0; wanted a positive number, or None"),
        ({"bound": np.inf}, "bound is inf"),
        ({"bound": np.nan}, "bound is nan"),
        ({"activation": "tan"}, "activation is 'tan'.*Did you mean 'tanh'"),
        ({"inputs": "aMEK"}, "found a single string"),
        ({"outputs": "ERK"}, "found a single string"),
        ({"inputs": ["aMEK", "aMEK"]}, "inputs has 'aMEK' twice"),
        ({"outputs": ["ERK", "RAS", "ERK"]}, "outputs has 'ERK' twice"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(InvalidValueError, match=message):
        hc.NeuralResidual(key=KEY, **options)


@pytest.mark.parametrize("role", ["input", "output"])
def test_an_unknown_node_names_the_nearest(small_network, role):
    with pytest.raises(
        UnknownNameError, match=rf"no node \(named as residual {role}\) 'ERk'. Did you mean 'ERK'"
    ):
        small_network + hc.NeuralResidual(**{f"{role}s": ["RAS", "ERk"]}, key=KEY)


def test_no_nodes_at_all_are_refused(small_network):
    with pytest.raises(InvalidValueError, match="at least one input node"):
        small_network + hc.NeuralResidual(inputs=[], key=KEY)
    only_drugs = hc.CellBox(["a", "b"], ["drug", "drug"], np.zeros((2, 2)))
    with pytest.raises(InvalidValueError, match="at least one output node"):
        only_drugs + hc.NeuralResidual(key=KEY)


def test_one_that_is_part_of_no_model_cannot_run():
    with pytest.raises(InvalidValueError, match="not part of a model yet; wanted mechanism"):
        hc.NeuralResidual(key=KEY).field()


def test_it_shows_its_layers():
    assert repr(hc.NeuralResidual(width=8, key=KEY)) == "NeuralResidual(?-8-?, tanh, bound=5)"
    assert repr(bound(width=8, depth=2)) == "NeuralResidual(2-8-8-6, tanh, bound=5)"
    assert repr(bound(width=0, bound=None)) == "NeuralResidual(2-6, linear, unbounded)"
    assert ">12</td>" in bound(width=0)._repr_html_()


def test_a_drug_cannot_be_an_output():
    mechanism = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    with pytest.raises(InvalidValueError, match="nothing acts on a drug"):
        mechanism + hc.NeuralResidual(outputs=["a", "d"], width=2, key=jr.key(0))


def test_of_a_reaction_network_it_is_layers_over_scaled_inputs():
    residual = hc.NeuralResidual(width=3, bound=2.0, key=KEY)
    assert residual.kind == "residual"
    given = {id: (symbol(id), symbol(f"s_{id}")) for id in ("A", "B")}
    expansion = residual.expand("p", given, 2)
    at = {"A": 4.0, "B": 6.0, "s_A": 2.0, "s_B": 3.0}
    assert not run(expansion, at).any()
    numbers = drawn(expansion, 0, 5.0)
    np.testing.assert_allclose(
        run(expansion, at, numbers), run(expansion, {"A": 2.0, "B": 2.0, "s_A": 1.0, "s_B": 1.0}, numbers)
    )
    assert np.abs(run(expansion, at, numbers)).max() <= 2.0


def test_fresh_weights_keep_what_was_asked_of_a_reaction_network():
    fresh = hc.NeuralResidual(conserve=False, positive=False, bound=None, key=KEY).reseeded(jr.key(1))
    assert (fresh.conserve, fresh.positive, fresh.bound) == (False, False, None)
