from __future__ import annotations

from types import SimpleNamespace

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell._core.model import Hybrid, HybridField, plain_field
from hybridcell.data import as_conditions
from tests.tolerances import ANALYTIC

X = np.linspace(-0.8, 0.9, 16).reshape(2, 8)
U = np.zeros((2, 8))
U[0, 6], U[1, 7] = -1.0, 0.4


def with_weights(residual, value):
    """Return a bound residual whose last layer is not zero."""
    last = residual.network.weights[-1]
    filled = last.with_value(np.full(last.raw.shape, value))
    return eqx.tree_at(lambda r: r.network.weights[-1], residual, filled)


@pytest.fixture(scope="module")
def hybrid(small_network):
    """Return the small network with two residuals that are not zero."""
    model = small_network + hc.NeuralResidual(width=4, key=jr.key(0))
    model = model + hc.NeuralResidual(inputs=["RAS"], outputs=["ERK", "growth"], width=0, key=jr.key(1))
    residuals = tuple(with_weights(r, value) for r, value in zip(model.residuals, (0.3, -0.7)))
    return Hybrid(mechanism=model.mechanism, residuals=residuals)


def test_doses_land_on_the_nodes_of_their_names(small_network):
    conditions = as_conditions([{"aMEK": -0.5, "ERK": 0.25}, {}, {"aAKT": -1.0}])
    u = small_network.inputs(conditions)
    wanted = np.zeros((3, 8))
    wanted[0, 6], wanted[0, 3], wanted[2, 7] = -0.5, 0.25, -1.0
    np.testing.assert_array_equal(u, wanted)


def test_an_unknown_perturbation_is_refused_where_it_is_used_and_drugs_come_first(small_network):
    unused = SimpleNamespace(perturbations=("aMEK", "aXYZ"), doses=[[1.0, 0.0]])
    assert small_network.inputs(unused)[0, 6] == 1.0
    used = SimpleNamespace(perturbations=("aMEK", "aAKt"), doses=[[1.0, 0.1]])
    with pytest.raises(UnknownNameError, match=r"no perturbation 'aAKt'. Did you mean 'aAKT'\? Known: aMEK"):
        small_network.inputs(used)


@pytest.mark.parametrize(
    ("doses", "message"),
    [
        ([[1.0, np.nan]], "dose of 'aAKT' in row 0 is nan; wanted finite"),
        ([[np.inf, 0.0]], "dose of 'aMEK' in row 0 is inf"),
        ([1.0, 2.0], r"shape \(2,\); wanted conditions x 2"),
        ([[1.0]], r"shape \(1, 1\); wanted conditions x 2"),
    ],
)
def test_doses_that_are_no_doses_are_refused(small_network, doses, message):
    with pytest.raises(InvalidValueError, match=message):
        small_network.inputs(SimpleNamespace(perturbations=("aMEK", "aAKT"), doses=doses))


def test_a_node_is_found_by_name(small_network):
    assert small_network.index("ERK") == 3
    with pytest.raises(UnknownNameError, match=r"no node 'Erk1'. Did you mean 'ERK'"):
        small_network.index("Erk1")


def test_only_residuals_are_added(small_network):
    with pytest.raises(InvalidValueError, match="A float cannot be added to a model; wanted a residual"):
        small_network + 1.0
    with pytest.raises(InvalidValueError, match="A CellBox cannot be added"):
        small_network + small_network


def test_a_hybrid_is_the_sum_of_its_parts(hybrid, small_network):
    assert isinstance(hybrid, Hybrid)
    assert (hybrid.names, hybrid.kinds, hybrid.n) == (small_network.names, small_network.kinds, 8)
    field = plain_field(hybrid)
    assert isinstance(field, HybridField)
    mechanism = small_network.vector_field(0.0, X, U)
    one, two = (jax.tree.map(np.asarray, term.field())(0.0, X, U) for term in hybrid.residuals)
    assert np.abs(one).max() > 0.1
    assert np.abs(two).max() > 0.1
    np.testing.assert_allclose(hybrid.vector_field(0.0, X, U), mechanism + one + two, **ANALYTIC)
    np.testing.assert_allclose(plain_field(hybrid).residual(0.0, X, U), one + two, **ANALYTIC)
    np.testing.assert_array_equal(field.relaxation, small_network.alpha)
    np.testing.assert_array_equal(hybrid.initial_state(U), small_network.initial_state(U))


def test_the_mechanism_comes_back_untouched(hybrid, small_network):
    assert hybrid.mechanistic_only() is small_network
    assert small_network.mechanistic_only() is small_network


def test_adding_leaves_the_operands_alone(small_network):
    residual = hc.NeuralResidual(width=4, key=jr.key(0))
    model = small_network + residual
    assert residual.network is None
    assert len(model.residuals) == 1
    assert len((model + residual).residuals) == 2
    assert len(model.residuals) == 1


@pytest.mark.parametrize("which", ["small_network", "hybrid"])
def test_numpy_and_jax_agree(request, which):
    model = request.getfixturevalue(which)
    plain = plain_field(model)
    assert all(isinstance(leaf, np.ndarray) for leaf in jax.tree.leaves(plain))
    by_numpy = plain(0.0, X, U)
    by_jax = model.vector_field(0.0, jnp.asarray(X), jnp.asarray(U))
    assert isinstance(by_numpy, np.ndarray)
    assert isinstance(by_jax, jax.Array)
    np.testing.assert_allclose(by_numpy, by_jax, **ANALYTIC)


def test_the_control_does_not_move(hybrid, small_network):
    zero = np.zeros((1, 8))
    assert not np.asarray(small_network.vector_field(0.0, zero, zero)).any()


def test_a_hybrid_shows_its_parts(hybrid):
    assert repr(hybrid).startswith("CellBox(8 nodes")
    assert repr(hybrid).count(" + NeuralResidual(") == 2
    shown = hybrid._repr_html_()
    assert shown.count("<strong>NeuralResidual</strong>") == 2
    assert shown.count("<strong>CellBox</strong>") == 1
