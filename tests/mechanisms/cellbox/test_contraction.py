from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell.mechanisms.cellbox import contract
from hybridcell.mechanisms.cellbox.contraction import steepest_slope
from hybridcell.mechanisms.cellbox.envelope import apply_envelope
from tests.tolerances import ANALYTIC

KINDS = ["protein"] * 8 + ["phenotype"] * 2 + ["drug"] * 2
NAMES = [f"n{i}" for i in range(12)]
LIMIT = 0.9
FORMS = [
    ("tanh", 3, 1),
    ("polynomial", 3, 1),
    ("hill", 2.5, 1),
    ("tanh", 3, 2),
    ("hill", 1, 2),
]
tighten = eqx.filter_jit(contract)


def random_network(seed: int, envelope="tanh", power=3, degree=1, sd=1.0) -> hc.CellBox:
    empty = hc.CellBox(NAMES, KINDS, np.zeros((12, 12)))
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, sd, (12, 12)) * empty.mask
    alpha = rng.uniform(0.5, 2.0, 12)
    return hc.CellBox(
        NAMES,
        KINDS,
        weights,
        epsilon=1.2,
        alpha=alpha,
        envelope=envelope,
        power=power,
        degree=degree,
        mask=empty.mask,
    )


def steepest(envelope, power) -> float:
    s = np.linspace(-4, 4, 400_001)
    return float(np.max(np.diff(apply_envelope(envelope, float(power), s)) / np.diff(s)))


def jacobian_bound(model: hc.CellBox) -> np.ndarray:
    """Return bounds on the Jacobian of the fixed-point map, straight from the equation."""
    weights, gain = np.asarray(model.weights), np.asarray(model.gain)
    size = np.abs(weights)
    if model.degree == 2:
        size = size + np.diag(np.abs(weights.sum(axis=1)))
    return gain[:, None] * size * steepest(model.envelope, model.power)


def radius(matrix: np.ndarray) -> float:
    return float(np.max(np.abs(np.linalg.eigvals(matrix))))


@pytest.mark.parametrize(
    ("envelope", "power"), [("tanh", 3), ("linear", 3), ("clip", 3)] + [("polynomial", k) for k in (2, 3, 9)]
    + [("hill", k) for k in (1, 1.5, 3, 8)]
)  # fmt: skip
def test_the_steepest_slope_is_the_steepest(envelope, power):
    # finite differences miss the peak by a little, and never exceed it
    found = steepest_slope(envelope, power)
    assert found >= steepest(envelope, power) - 1e-9
    assert found == pytest.approx(steepest(envelope, power), rel=1e-4)


@pytest.mark.parametrize(("envelope", "power", "degree"), FORMS)
def test_one_call_makes_any_network_contractive(envelope, power, degree):
    for seed in range(8):
        model = random_network(seed, envelope, power, degree)
        assert radius(jacobian_bound(model)) > LIMIT
        guarded, v = tighten(model, jnp.ones(12), limit=LIMIT)
        assert radius(jacobian_bound(guarded)) <= LIMIT + 1e-6
        assert np.all(np.asarray(v) > 0)
        assert np.asarray(guarded.weights)[model.mask].all(), "rows are scaled, not emptied"


@pytest.mark.parametrize(("envelope", "power", "degree"), FORMS)
def test_a_contractive_network_is_left_alone(envelope, power, degree):
    for seed in range(8):
        model = random_network(seed, envelope, power, degree)
        factor = 0.9 * LIMIT / radius(jacobian_bound(model))
        gentle = eqx.tree_at(lambda m: m._response.raw, model, model._response.raw * factor)
        assert np.max(jacobian_bound(gentle).sum(axis=1)) > LIMIT, "row sums alone would not tell"
        guarded, _ = tighten(gentle, jnp.ones(12), limit=LIMIT)
        np.testing.assert_allclose(guarded._response.raw, gentle._response.raw, **ANALYTIC)


def test_edges_on_no_loop_are_not_cut():
    weights = np.zeros((12, 12))
    for i in range(5):
        weights[i + 1, i] = 4.0  # a strong cascade
    weights[8, 5] = weights[0, 10] = 6.0  # onto a phenotype, from a drug
    model = hc.CellBox(NAMES, KINDS, weights)
    guarded, v = tighten(model, jnp.ones(12), limit=LIMIT)
    for _ in range(4):
        guarded, v = tighten(guarded, v, limit=LIMIT)
    np.testing.assert_allclose(guarded.weights[8, 5], 6.0, **ANALYTIC)
    np.testing.assert_allclose(guarded.weights[0, 10], 6.0, **ANALYTIC)


def test_a_loop_of_two_is_cut_to_the_limit():
    weights = np.zeros((12, 12))
    weights[0, 1], weights[1, 0] = 4.0, -1.0
    model, v = hc.CellBox(NAMES, KINDS, weights), jnp.ones(12)
    for _ in range(3):
        model, v = tighten(model, v, limit=LIMIT)
    assert radius(jacobian_bound(model)) == pytest.approx(LIMIT, rel=1e-2)
    assert np.asarray(model.weights)[0, 1] > 0 > np.asarray(model.weights)[1, 0]


@pytest.mark.parametrize("degree", [1, 2])
def test_a_guarded_network_settles_to_one_state_from_anywhere(degree):
    model, _ = tighten(random_network(5, degree=degree), jnp.ones(12), limit=LIMIT)
    field = jax.tree.map(np.asarray, model.field())
    rng = np.random.default_rng(0)
    u = np.repeat(rng.normal(size=(1, 12)), 20, axis=0)
    x = rng.normal(0, 3, (20, 12))
    for _ in range(400):
        x = x + field(0.0, x, u) / field.relaxation
    np.testing.assert_allclose(x, np.broadcast_to(x[0], x.shape), atol=1e-9)


def test_the_free_part_of_a_drug_prior_belongs_to_a_row_of_degree_two(tiny_screen):
    similarity = pd.DataFrame({"drug_a": ["aMEK"], "drug_b": ["aAKT"], "similarity": [0.5]})
    model = hc.CellBox.from_data(tiny_screen, drug_similarity=similarity, degree=2, key=jr.key(0))
    latent = np.random.default_rng(0).normal(0, 4, model.drug_effects.latent.raw.shape)
    model = eqx.tree_at(lambda m: m.drug_effects.latent.raw, model, jnp.asarray(latent))
    assert radius(jacobian_bound(model)) > LIMIT
    guarded, _ = tighten(model, jnp.ones(8), limit=LIMIT)
    assert radius(jacobian_bound(guarded)) <= LIMIT + 1e-6
