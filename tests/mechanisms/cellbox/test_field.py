"""The right-hand side against formulas written down here, one node at a time."""

from __future__ import annotations

import dataclasses
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.mechanisms.cellbox.envelope import ENVELOPES
from hybridcell.mechanisms.cellbox.field import INPUTS, CellBoxField
from tests.mechanisms.cellbox.original import by_hand
from tests.tolerances import ANALYTIC, FLOAT32, GRADIENT, ORACLE

N = 5
HELD = np.array([False, False, False, True, True])
RNG = np.random.default_rng(3)
WEIGHTS = RNG.normal(0, 0.8, (N, N)) * ~np.eye(N, dtype=bool)
EPSILON, ALPHA, PSI = RNG.uniform(0.4, 1.6, (3, N))
X = RNG.normal(0, 0.7, (3, N))
U = np.array([[0, 0, 0, 0, 0], [0, 0, 0, -1.2, 0], [0.3, 0, 0, 0.5, -0.8]], dtype=float)
POWER = {"polynomial": 3.0, "hill": 2.0}


def make(envelope="tanh", degree=1, input="inside", clamp=False, **changes) -> CellBoxField:
    arrays = {
        "weights": WEIGHTS,
        "epsilon": EPSILON,
        "alpha": ALPHA,
        "psi": PSI,
        "held": HELD & clamp,
        **changes,
    }
    return CellBoxField(
        **arrays, envelope=envelope, power=POWER.get(envelope, 3.0), degree=degree, input=input, clamp=clamp
    )


def rate_by_hand(x, u, *, envelope, degree, input):
    """Return dx/dt of one condition, node by node, from the published equations."""
    k = POWER.get(envelope, 3.0)
    rates = []
    for i in range(N):
        s = 0.0
        for j in range(N):
            s += WEIGHTS[i, j] * (x[j] if degree == 1 else x[j] + x[i])
        if input == "inside":
            production = EPSILON[i] * by_hand(envelope, k, s + u[i])
        elif input == "outside":
            production = EPSILON[i] * (by_hand(envelope, k, s) + u[i])
        else:
            production = EPSILON[i] * by_hand(envelope, k, s) + PSI[i] * u[i]
        rates.append(production - ALPHA[i] * x[i])
    return rates


@pytest.mark.parametrize(("envelope", "degree", "input"), [*itertools.product(ENVELOPES, (1, 2), INPUTS)])
def test_every_form_is_the_published_equation(envelope, degree, input):
    field = make(envelope, degree, input)
    wanted = [rate_by_hand(x, u, envelope=envelope, degree=degree, input=input) for x, u in zip(X, U)]
    np.testing.assert_allclose(field(0.0, X, U), wanted, **ANALYTIC)
    on_jax = jax.tree.map(jnp.asarray, field)(0.0, jnp.asarray(X), jnp.asarray(U))
    np.testing.assert_allclose(on_jax, wanted, **ANALYTIC)


def test_production_and_decay_make_the_rate():
    field = make("hill", 2, "scaled")
    np.testing.assert_allclose(field.production(X, U) - field.relaxation * X, field(0.0, X, U), **ANALYTIC)


def original_heun(x, u, rate, *, steps, dt, moving):
    """Integrate one condition as the original does: increments of clamped nodes are masked to 0."""
    for _ in range(steps):
        slope = np.array(rate(x, u))
        end = x + dt * slope * moving
        x = x + 0.5 * dt * (slope + np.array(rate(end, u))) * moving
    return x


@pytest.mark.parametrize("clamp", [False, True])
@pytest.mark.parametrize("degree", [1, 2])
def test_trajectories_are_those_of_the_original_also_with_clamped_drugs(clamp, degree):
    def rate(x, u):
        return rate_by_hand(x, u, envelope="tanh", degree=degree, input="inside")

    start = U * HELD if clamp else np.zeros_like(U)
    moving = ~(HELD & clamp)
    wanted = [original_heun(x, u, rate, steps=40, dt=0.1, moving=moving) for x, u in zip(start, U)]
    field, x = make(degree=degree, clamp=clamp), start
    for _ in range(40):
        slope = field(0.0, x, U)
        x = x + 0.05 * (slope + field(0.0, x + 0.1 * slope, U))
    np.testing.assert_allclose(x, wanted, **ORACLE)
    if clamp:
        np.testing.assert_array_equal(x[:, HELD], U[:, HELD])


@pytest.mark.parametrize("clamp", [False, True])
def test_a_clamped_node_rests_at_u_and_returns_to_it(clamp):
    rate = make(clamp=clamp)(0.0, np.where(HELD, U, X), U)
    assert np.all(rate[:, HELD] == 0.0) == clamp
    if clamp:
        away = make(clamp=True)(0.0, X, U)
        np.testing.assert_allclose(away[:, HELD], (ALPHA * (U - X))[:, HELD], **ANALYTIC)
        np.testing.assert_allclose(away[:, ~HELD], make()(0.0, X, U)[:, ~HELD], **ANALYTIC)


@pytest.mark.parametrize(("envelope", "degree", "input"), [("tanh", 2, "inside"), ("hill", 1, "scaled")])
def test_gradients_agree_with_differences(envelope, degree, input):
    direction = np.random.default_rng(0).normal(size=(3, N))

    def total(arrays):
        x, weights, epsilon, psi = arrays
        field = make(envelope, degree, input, weights=weights, epsilon=epsilon, psi=psi)
        return jnp.sum(jnp.asarray(direction) * field(0.0, x, jnp.asarray(U)))

    arrays = tuple(jnp.asarray(a) for a in (X, WEIGHTS, EPSILON, PSI))
    total = jax.jit(total)
    slopes = jax.grad(total)(arrays)
    step = 1e-6
    for which, array in enumerate(arrays):
        for position in [(0,) * array.ndim, (-1,) * array.ndim, (1,) * array.ndim]:
            ends = [
                float(total(tuple(a.at[position].add(s) if k == which else a for k, a in enumerate(arrays))))
                for s in (step, -step)
            ]
            np.testing.assert_allclose(slopes[which][position], (ends[0] - ends[1]) / (2 * step), **GRADIENT)


@pytest.mark.parametrize("clamp", [False, True])
def test_a_traced_input_works_beside_plain_arrays(clamp):
    field = make(degree=2, clamp=clamp)
    slope = jax.jit(jax.grad(lambda u: jnp.sum(field(0.0, X, u))))(jnp.asarray(U))
    assert slope.shape == U.shape
    assert np.isfinite(slope).all()


def test_single_precision_is_close_to_double():
    field = make("tanh", 2, "inside")
    narrow = jax.tree.map(lambda a: a.astype(np.float32) if a.dtype == float else a, field)
    found = narrow(0.0, X.astype(np.float32), U.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, field(0.0, X, U), **FLOAT32)


def test_whole_numbers_are_numbers():
    ones = np.ones((1, N), dtype=int)
    np.testing.assert_allclose(make()(0.0, ones, ones), make()(0.0, ones * 1.0, ones * 1.0), **ANALYTIC)


def test_fields_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        make().alpha = ALPHA  # pyright: ignore[reportAttributeAccessIssue]
