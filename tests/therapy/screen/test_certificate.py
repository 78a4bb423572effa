"""Stability: the cheap proofs agree with eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.model import make_field
from hybridcell.therapy.screen.certificate import is_contractive, states_are_stable


def _loop(forward, backward, **options):
    weights = [[0, backward], [forward, 0]]
    return make_field(hc.CellBox(["x", "y"], ["protein", "protein"], weights, **options))


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        # the spectral radius of the bound is sqrt(|forward backward|) eps / alpha
        (lambda: _loop(3.0, -0.3), True),
        (lambda: _loop(3.0, -0.34), False),
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
    assert is_contractive(field()) is expected


def test_a_hybrid_is_not_judged():
    import jax.random as jr

    model = hc.CellBox(["x", "y"], ["protein", "protein"], [[0, 0.1], [0.1, 0]])
    hybrid = model + hc.NeuralResidual(width=2, key=jr.key(0))
    assert not is_contractive(make_field(hybrid))


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
