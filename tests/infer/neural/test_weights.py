"""What weights of neural parts were fitted by: penalties of stages, and the noise that is left."""

from __future__ import annotations

from types import SimpleNamespace

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.fit import Fit
from hybridcell.infer.neural.weights import expected_loss, huber_variance, neural_weights, noise_variance

NAMES, KINDS = ["a", "b", "d", "e"], ["protein", "protein", "drug", "drug"]
DOSES = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.5, -1.0]])


@pytest.fixture(scope="module")
def hybrid():
    return hc.CellBox(NAMES, KINDS, np.zeros((4, 4))) + hc.NeuralResidual(width=3, key=jr.key(0))


def fit_of(hybrid, **settings):
    data = hc.PerturbationData(
        values=np.full((4, 2), 0.2), readouts=NAMES[:2], kinds=KINDS[:2], conditions=list("wxyz"),
        perturbations=NAMES[2:], doses=DOSES, input="strength", control="implied",
    )  # fmt: skip
    return Fit(model=hybrid, result="success", loss=0.1, train=data, info={"settings": settings})


def test_placing_the_weights_as_fitted_gives_the_model_and_each_has_a_place(hybrid):
    x, u = np.zeros((1, 4)), np.array([[0.0, 0.0, 0.7, -0.4]])
    sizes = {}
    for last in (True, False):
        target = neural_weights(fit_of(hybrid), last=last)
        sizes[last] = len(target.start)
        same = target.place(target.start).field()(0.0, x, u)
        np.testing.assert_array_equal(same, hybrid.field()(0.0, x, u))
        moved = target.place(target.start + jnp.linspace(0.1, 0.3, sizes[last]))
        np.testing.assert_allclose(
            neural_weights(fit_of(moved), last=last).start, target.start + np.linspace(0.1, 0.3, sizes[last])
        )
        assert not np.allclose(moved.field()(0.0, x, u), same)
    # 3 hidden units to 2 nodes; before these 2 inputs to 3 units, and what biases there are
    assert sizes[True] == 6
    assert sizes[False] >= 12


@pytest.mark.parametrize(
    ("settings", "ridge"),
    [
        ({}, 2.0),
        ({"residual_l2": 0.7}, 0.7),
        ({"residual_l2": 0.7, "stages": []}, 0.7),
        ({"residual_l2": 0.7, "stages": [{"residual_l2": 5.0}, {"steps": 3}]}, 0.7),
        ({"residual_l2": 0.7, "stages": [{"steps": 3}, {"residual_l2": 5.0}]}, 5.0),
    ],
)
def test_the_penalty_is_that_of_the_last_stage(hybrid, settings, ridge):
    assert neural_weights(fit_of(hybrid, **settings), last=True).ridge == ridge


def test_a_last_stage_without_a_penalty_is_improper(hybrid):
    with pytest.raises(InvalidValueError, match="improper"):
        neural_weights(fit_of(hybrid, residual_l2=1.0, stages=[{"residual_l2": 0.0}]), last=True)


def squared(total, n, known=False):
    return SimpleNamespace(
        known_noise=known,
        delta=np.inf,
        n_values=n,
        start=jnp.zeros(1),
        misfit=lambda theta: total + 0.0 * theta[0],
    )


def test_noise_is_given_or_known_or_what_is_left():
    assert noise_variance(squared(9.0, 12), 0.3, 4.0) == pytest.approx(0.09)
    assert noise_variance(squared(9.0, 12, known=True), 0.3, 4.0) == pytest.approx(0.09)
    assert noise_variance(squared(9.0, 12, known=True), None, 4.0) == 1.0
    assert noise_variance(squared(9.0, 12), None, 4.0) == pytest.approx(9 / 8)
    with pytest.raises(InvalidValueError, match=r"4 values for 3\.5 effective weights .* give noise="):
        noise_variance(squared(9.0, 4), None, 3.5)
    with pytest.raises(InvalidValueError, match="leaves no error at all"):
        noise_variance(squared(0.0, 12), None, 4.0)
    for wrong in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(InvalidValueError, match="wanted a positive standard deviation"):
            noise_variance(squared(9.0, 12), wrong, 4.0)


@pytest.mark.parametrize(
    ("settings", "delta"),
    [
        ({}, np.inf),
        ({"huber_delta": 0.3}, np.inf),
        ({"loss": "huber", "huber_delta": 0.3}, 0.3),
        ({"loss": "huber"}, 1.0),
    ],
)
def test_only_the_loss_of_huber_has_a_bend(hybrid, settings, delta):
    assert neural_weights(fit_of(hybrid, **settings), last=True).delta == delta


def test_expected_losses_are_integrals_over_their_density():
    z = np.linspace(-400, 400, 800_001)
    for bend in (0.3, 1.0, 2.5):
        loss = np.where(np.abs(z) <= bend, z**2, bend * (2 * np.abs(z) - bend))
        density = np.exp(-loss / 2)
        assert expected_loss(np.array([bend])) == pytest.approx(np.sum(loss * density) / np.sum(density))
    np.testing.assert_allclose(expected_loss(np.array([1e-9, 40.0, 1e200])), [2, 1, 1])


def test_the_noise_of_huber_is_that_of_the_core_of_its_density():
    """Draws of exp(-loss / (2 s^2)): a normal core and exponential tails."""
    rng = np.random.default_rng(0)
    delta, s, n = 0.4, 0.3, 400_000
    bend = delta / s
    z = np.linspace(-40, 40, 400_001)
    density = np.exp(-np.where(np.abs(z) <= bend, z**2, bend * (2 * np.abs(z) - bend)) / 2)
    error = s * np.interp(rng.uniform(size=n), np.cumsum(density) / density.sum(), z)
    loss = np.where(np.abs(error) <= delta, error**2, delta * (2 * np.abs(error) - delta))
    target = SimpleNamespace(delta=delta, problem=SimpleNamespace(weight=np.array([[1.0, 0.0], [1.0, 1.0]])))
    assert np.sqrt(huber_variance(loss.mean(), target)) == pytest.approx(s, rel=0.01)
    # errors far inside the bend are normal ones, in any unit
    assert huber_variance(1e-20, target) == pytest.approx(1e-20, rel=1e-9)
