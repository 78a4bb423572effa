"""Stability: the cheap proofs agree with eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.model import make_field
from hybridcell.therapy.screen.certificate import has_one_state, states_are_stable


def _loop(forward, backward, **options):
    weights = [[0, backward], [forward, 0]]
    return make_field(hc.CellBox(["x", "y"], ["protein", "protein"], weights, **options))


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        # the spectral radius of the bound is sqrt(|forward backward|) eps / alpha
        (lambda: _loop(3.0, -0.3), True),
        (lambda: _loop(3.0, 0.34), False),
        # a loop of inhibition cannot hold itself up: diagonally stable at any strength
        (lambda: _loop(3.0, -0.34), True),
        (lambda: _loop(6.0, -6.0), True),
        (lambda: _loop(1.0, 0.5, epsilon=2.0, alpha=1.5), True),
        (lambda: _loop(1.0, 0.5, epsilon=2.0, alpha=1.4), False),
        (lambda: _loop(0.4, 0.4, degree=2), True),
        (lambda: _loop(0.6, 0.6, degree=2), False),
        # the steepest slope of s^3 / (1 + |s|^3) is 0.84
        (lambda: _loop(1.25, 1.25, envelope="polynomial"), False),
        (lambda: _loop(1.1, 1.1, envelope="polynomial"), True),
    ],
)
def test_contraction_is_told_by_the_strength_of_the_loops(field, expected):
    assert has_one_state(field()) is expected


def test_a_hybrid_is_not_judged():
    import jax.random as jr

    model = hc.CellBox(["x", "y"], ["protein", "protein"], [[0, 0.1], [0.1, 0]])
    hybrid = model + hc.NeuralResidual(width=2, key=jr.key(0))
    assert not has_one_state(make_field(hybrid))


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.3, 1.6))
def test_a_network_said_to_have_one_state_has_no_slopes_at_which_it_loses_it(seed, strength):
    rng = np.random.default_rng(seed)
    n = 5
    weights = rng.normal(size=(n, n)) * (1 - np.eye(n))
    weights *= strength / np.abs(np.linalg.eigvals(weights)).max()
    alpha = rng.uniform(0.2, 5.0, n)
    model = hc.CellBox(list("abcde"), ["protein"] * n, weights, alpha=alpha, epsilon=alpha)
    if not has_one_state(make_field(model)):
        return
    slopes = np.concatenate([rng.random((200, n)), (rng.random((200, n)) < 0.7) * 1.0, np.ones((1, n))])
    jacobians = alpha[:, None] * (slopes[:, :, None] * weights - np.eye(n))
    assert np.linalg.eigvals(jacobians).real.max() < 0


def test_a_switch_is_never_said_to_have_one_state():
    assert not has_one_state(_loop(1.05, 1.05))
    assert not has_one_state(_loop(0.1, 0.1, envelope="hill", power=0.5))  # infinitely steep at -1


@pytest.mark.parametrize("strength", [0.8, 1.15])
def test_stability_agrees_with_eigenvalues(strength):
    rng = np.random.default_rng(3)
    n = 7
    weights = rng.normal(size=(n, n)) * (1 - np.eye(n))
    weights *= strength / np.linalg.eigvals(weights).real.max()
    alpha = rng.uniform(0.5, 2.0, n)
    model = hc.CellBox([f"x{i}" for i in range(n)], ["protein"] * n, weights, alpha=alpha, epsilon=alpha)
    # any x is a steady state for some u: choose x, not u, from deep saturation to the linear range
    x = np.tanh(rng.normal(size=(300, n)) * rng.uniform(0.01, 2.0, (300, 1)))
    u = np.arctanh(x) - x @ weights.T
    jacobians = alpha[:, None] * ((1 - x**2)[:, :, None] * weights - np.eye(n))
    expected = np.linalg.eigvals(jacobians).real.max(axis=1) < 0
    assert expected.sum() > 0
    assert expected.all() == (strength < 1)
    np.testing.assert_array_equal(states_are_stable(make_field(model), x, u), expected)
    assert states_are_stable(make_field(model), x[:0], u[:0]).shape == (0,)


def test_a_state_on_the_verge_of_a_switch_is_not_stable():
    weights = [[0, 0.3, 0.7], [0.5, 0, 0.5], [0.1, 0.9, 0]]
    field = make_field(hc.CellBox(["x", "y", "z"], ["protein"] * 3, weights))
    assert not states_are_stable(field, np.zeros((1, 3)), np.zeros((1, 3))).any()
