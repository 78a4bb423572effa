"""Problems as sources: priors count, with Jacobians where the density is one of the linear value."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from scipy import stats

from hybridcell.infer.target import as_target
from tests.infer.problems import MEASURED, SD, TIMES


def log_density(theta):
    """Return the posterior of log10 k, log10 a0 and sd, written down."""
    k, a0, sd = 10 ** theta[0], 10 ** theta[1], theta[2]
    likelihood = stats.norm.logpdf(MEASURED, a0 * np.exp(-k * TIMES), sd).sum()
    prior = stats.norm.logpdf(theta[0], -0.3, 0.2) + stats.laplace.logpdf(a0, 2, 3)
    return likelihood + prior + np.log(10) * theta[1]  # of da0 / dtheta


def test_the_density_and_its_slope(noisy):
    density = as_target(noisy).density()
    thetas = np.array([[-0.3, 0.3, 0.1], [-0.5, 0.2, 0.3]])
    both = lambda t: (jnp.sum(density(t)), density(t))  # noqa: E731
    slopes, found = jax.jit(jax.grad(both, has_aux=True))(jnp.asarray(thetas))
    np.testing.assert_allclose(np.diff(found), np.diff([log_density(t) for t in thetas]), rtol=1e-6)
    step = 1e-5
    differences = [
        (log_density(thetas[1] + step * e) - log_density(thetas[1] - step * e)) / (2 * step)
        for e in np.eye(3)
    ]
    np.testing.assert_allclose(slopes[1], differences, rtol=1e-4)


def test_priors_inform(noisy, decaying):
    information = as_target(noisy).prior_information()
    np.testing.assert_allclose(np.diagonal(information)[0], 1 / 0.2**2, rtol=1e-6)
    assert information[2, 2] == 0.0
    assert not as_target(decaying).prior_information().any()


def test_support_and_what_is_improper(noisy):
    source = as_target(noisy).source
    lower, upper = source.support()
    np.testing.assert_allclose([lower[2], upper[2]], [1e-3, 10])
    assert not source.improper(None).any()


def test_what_was_measured(decaying):
    seen = as_target(decaying).source.observed(np.log10([[0.5, 2.0], [0.7, 1.0]]))
    np.testing.assert_allclose(seen.found[1], np.exp(-0.7 * TIMES), rtol=1e-6)
    np.testing.assert_allclose(seen.sigma, SD)
    assert seen.table["observable"].unique().tolist() == ["A_obs"]
    assert not seen.base.any()
