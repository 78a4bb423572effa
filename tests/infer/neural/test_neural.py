"""Against a problem that is linear and normal: y = w u + noise, at the steady state of dx/dt = r(u) - x."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.settings import FitSettings
from hybridcell.infer.neural import last_layer, sgld
from hybridcell.infer.neural.last_layer import laplace_of
from hybridcell.infer.neural.sgld import langevin, largest_curvature, split_rhat
from hybridcell.infer.neural.weights import neural_weights

NOISE, RIDGE = 0.3, 2.0


@pytest.fixture(scope="module")
def linear():
    """Return a fit of the linear problem at its optimum, its inputs, and the optimum."""
    rng = np.random.default_rng(0)
    doses = rng.normal(size=(24, 2))
    values = doses @ np.array([[0.5, -1.0], [0.2, 0.3]]) + NOISE * rng.normal(size=(24, 2))
    values[3, 1] = np.nan
    names, kinds = ["a", "b", "d", "e"], ["protein", "protein", "drug", "drug"]
    data = hc.PerturbationData(
        values=values, readouts=names[:2], kinds=kinds[:2], conditions=[f"c{i}" for i in range(24)],
        perturbations=names[2:], doses=doses, input="strength", control="implied",
    )  # fmt: skip
    mechanism = hc.CellBox(names, kinds, np.zeros((4, 4)))
    model = mechanism + hc.NeuralResidual(width=0, bound=None, key=jr.key(0))
    best = np.zeros((2, 2))
    for j in range(2):
        rows = ~np.isnan(values[:, j])
        a = doses[rows].T @ doses[rows] + RIDGE * np.eye(2)
        best[j] = np.linalg.solve(a, doses[rows].T @ values[rows, j])
    target = neural_weights(_fit(model, data), last=True)
    fitted = _fit(target.place(jnp.asarray(best.ravel())), data)
    return fitted, doses, best, ~np.isnan(values)


def _fit(model, data):
    from hybridcell.fit import Fit

    settings = FitSettings(residual_l2=RIDGE).to_dict()
    return Fit(model=model, result="success", loss=0.1, train=data, info={"settings": settings})


def _covariance(doses, seen, variance=NOISE**2):
    out = np.zeros((4, 4))
    for j in range(2):
        a = doses[seen[:, j]].T @ doses[seen[:, j]] + RIDGE * np.eye(2)
        out[2 * j : 2 * j + 2, 2 * j : 2 * j + 2] = variance * np.linalg.inv(a)
    return out


def test_the_last_layer_has_the_posterior_of_a_ridge_regression(linear):
    fitted, doses, best, seen = linear
    found = laplace_of(neural_weights(fitted, last=True), noise=NOISE)
    np.testing.assert_allclose(found.mean, best.ravel(), atol=1e-12)
    np.testing.assert_allclose(found.covariance, _covariance(doses, seen), rtol=1e-8, atol=1e-12)
    leverage = 0.0
    for j in range(2):
        x = doses[seen[:, j]]
        leverage += np.trace(x @ np.linalg.solve(x.T @ x + RIDGE * np.eye(2), x.T))
    assert found.effective == pytest.approx(leverage, rel=1e-8)


def test_the_noise_is_what_the_fit_leaves(linear):
    fitted, doses, best, seen = linear
    found = laplace_of(neural_weights(fitted, last=True))
    squares = np.nansum((fitted.train.values - doses @ best.T) ** 2)
    assert found.noise == pytest.approx(np.sqrt(squares / (seen.sum() - found.effective)), rel=1e-6)


def test_beyond_the_bend_of_huber_errors_add_no_information(linear):
    fitted, doses, best, seen = linear
    error = doses @ best.T - fitted.train.values
    delta = 0.2
    huber = {**fitted.info["settings"], "loss": "huber", "huber_delta": delta}
    target = neural_weights(dataclasses.replace(fitted, info={"settings": huber}), last=True)
    inside = seen & (np.abs(np.nan_to_num(error)) <= delta)
    assert 10 < inside.sum() < seen.sum() - 10
    found = laplace_of(target, noise=NOISE)
    np.testing.assert_allclose(found.covariance, _covariance(doses, inside), rtol=1e-7, atol=1e-12)
    losses = np.where(inside, error**2, delta * (2 * np.abs(error) - delta))[seen]
    assert float(target.misfit(target.start)) == pytest.approx(losses.sum(), rel=1e-7)
    left = losses.sum() / (seen.sum() - found.effective)
    assert left / 2 < laplace_of(target).noise ** 2 < left


def test_members_spread_as_the_posterior_says(linear):
    fitted, doses, best, seen = linear
    ensemble = last_layer(fitted, n=400, noise=NOISE, key=jr.key(0))
    assert ensemble.n == 400
    assert ensemble.info["noise"] == pytest.approx(NOISE)
    found = hc.predict(ensemble, fitted.train.subset([0, 1]))
    covariance = _covariance(doses, seen)
    for i in range(2):
        sd = np.sqrt([doses[i] @ covariance[2 * j : 2 * j + 2, 2 * j : 2 * j + 2] @ doses[i] for j in (0, 1)])
        np.testing.assert_allclose(found.layers["epistemic"][i, :2], sd, rtol=0.12)
        np.testing.assert_allclose(found.X[i, :2], best @ doses[i], atol=4 * sd.max() / 20)
    assert np.isinf(found.layers["upper"]).all()


def test_langevin_draws_have_the_covariance_of_a_normal():
    precision = jnp.asarray([[2.0, 0.6], [0.6, 1.0]])
    potential = lambda x: 0.5 * x @ precision @ x  # noqa: E731
    top = largest_curvature(potential, jnp.zeros(2), jr.key(0))
    assert top == pytest.approx(float(jnp.linalg.eigvalsh(precision)[-1]), rel=1e-4)
    draws = langevin(
        lambda x, _: jax.grad(potential)(x),
        jnp.ones(2),
        step=0.05,
        n=4000,
        thin=40,
        warmup=200,
        key=jr.key(1),
    )
    np.testing.assert_allclose(np.cov(draws.T), np.linalg.inv(precision), atol=0.12)
    assert split_rhat(draws) < 1.01


@pytest.mark.parametrize("batch", [None, pytest.param(12, marks=pytest.mark.suite)])
def test_sgld_finds_the_posterior_of_a_ridge_regression(linear, batch):
    fitted, doses, best, seen = linear
    ensemble = sgld(fitted, n=600, thin=15, warmup=100, batch=batch, noise=NOISE, key=jr.key(2))
    weights = np.asarray(ensemble.members.residuals[0].network.weights[0].value).reshape(600, 4)
    sd = np.sqrt(np.diag(_covariance(doses, seen)))
    np.testing.assert_allclose(weights.mean(axis=0), best.ravel(), atol=0.35 * sd.max())
    # a gradient from half of the rows adds noise of its own
    np.testing.assert_allclose(weights.std(axis=0), sd, rtol=0.2 if batch is None else 0.35)
    assert ensemble.info["rhat"] < 1.1
    assert "advice" not in ensemble.info


def test_a_chain_that_has_not_mixed_is_said_in_words(linear):
    ensemble = sgld(linear[0], n=8, thin=1, warmup=0, step=1e-7, noise=NOISE, key=jr.key(0))
    assert ensemble.info["rhat"] > 1.1
    assert "do not yet show the posterior" in ensemble.info["advice"]


def test_sensitivities_of_a_nonlinear_hybrid_are_those_of_its_steady_states(linear):
    """Against finite differences of solved states, with a network between the nodes and hidden units."""
    data = linear[0].train
    names, kinds = ["a", "b", "d", "e"], ["protein", "protein", "drug", "drug"]
    weights = np.zeros((4, 4))
    weights[0, 1], weights[1, 0], weights[0, 2] = 0.4, -0.3, 0.7
    model = hc.CellBox(names, kinds, weights) + hc.NeuralResidual(width=3, key=jr.key(3))
    fitted = hc.fit(model, data, steps=5, residual_l2=RIDGE, progress=False, key=jr.key(0))
    target = neural_weights(fitted, last=True)
    found = laplace_of(target, noise=1.0)
    precision = np.linalg.inv(found.covariance)
    seen = np.isfinite(data.values)

    def values(theta):
        return hc.predict(target.place(jnp.asarray(theta)), data, solve=hc.Solve(steady_tol=1e-11)).X[:, :2][
            seen
        ]

    theta, h = np.asarray(target.start), 1e-4
    jacobian = np.stack(
        [(values(theta + h * e) - values(theta - h * e)) / (2 * h) for e in np.eye(len(theta))], 1
    )
    np.testing.assert_allclose(
        precision, jacobian.T @ jacobian + RIDGE * np.eye(len(theta)), rtol=1e-4, atol=1e-4
    )


def test_mistakes_are_refused(linear):
    fitted = linear[0]
    with pytest.raises(InvalidValueError, match="no neural residual"):
        last_layer(dataclasses.replace(fitted, model=fitted.model.mechanistic_only()), key=jr.key(0))
    improper = dataclasses.replace(fitted, info={"settings": {**fitted.info["settings"], "residual_l2": 0.0}})
    for infer in (last_layer, sgld):
        with pytest.raises(InvalidValueError, match="improper"):
            infer(improper, key=jr.key(0))
        with pytest.raises(InvalidValueError, match="noise is -1"):
            infer(fitted, noise=-1.0, key=jr.key(0))
        with pytest.raises(InvalidValueError, match="n is 0"):
            infer(fitted, n=0, key=jr.key(0))
        with pytest.raises(InvalidValueError, match="found a int"):
            infer(3, key=jr.key(0))
    with pytest.raises(InvalidValueError, match="step is"):
        sgld(fitted, step=-1.0, key=jr.key(0))
